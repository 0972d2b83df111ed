import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { Encoding } from '../containers/encoding.js';
import type { FormatName } from '../formats/list.js';
import type { IssueLog } from './issues.js';
import type { Recognised } from './recognised.js';

/** How a file should be read, where its content does not say it, and who wants to hear what it turned out to be. */
export interface ReadAs {
  /** The export it is; absent: recognised by its header or first JSON value. `table`: by its columns alone. */
  readonly format?: FormatName | undefined;
  /** The sheet of a workbook; absent: the first. */
  readonly sheet?: string | undefined;
  /** Told once for each file that was read: what it turned out to be, what was counted, and what its owner should know. */
  readonly onRecognised?: ((recognised: Recognised) => void) | undefined;
}

/** Where bytes come from. A source whose `bytes` can be iterated again can be decoded again. */
export interface Source {
  /** What messages call it. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Several files that are read as one table, in this order; `bytes` is then all of them, one after the other. */
  readonly parts?: readonly Source[];
  readonly as?: ReadAs;
}

const CHUNK = 1 << 18;

// Node's own modules are asked for when a file is read, so that bundles for browsers need none of them.
const fileBytes = (path: string): AsyncIterator<Uint8Array> =>
  process.getBuiltinModule('node:fs').createReadStream(path, { highWaterMark: CHUNK })[Symbol.asyncIterator]();

/**
 * A file, opened when it is decoded. What it holds is recognised by its first bytes, whatever the file is called: text, gzip,
 * zstd, an Excel workbook, Parquet.
 *
 * @example
 * Decode.fromFile('votes.csv').name // => 'votes.csv'
 */
export const fromFile = (path: string): Source => ({
  name: path,
  bytes: { [Symbol.asyncIterator]: () => fileBytes(path) },
});

// This byte never occurs in UTF-8, so decoding reports it.
const NEVER_UTF8 = 0xff;

/**
 * Text in memory, under a name for messages.
 *
 * @example
 * Errors.getOrThrow(await Decode.votes()(Decode.fromText('votes', 'stackId,label\ns1,1'))).stackIds // => ['s1']
 */
export const fromText = (name: string, text: string): Source => ({
  name,
  bytes: {
    async *[Symbol.asyncIterator]() {
      // A lone surrogate would be encoded as U+FFFD, and two different ids could become one.
      const parts = text.split(/\p{Surrogate}/u);
      for (const [i, part] of parts.entries()) {
        if (i > 0) yield Uint8Array.of(NEVER_UTF8);
        yield new TextEncoder().encode(part);
      }
    },
  },
});

/**
 * The same source, read as told: the export it is, or the sheet of a workbook.
 *
 * @example
 * const wide = Decode.fromText('wide.csv', 'item,ann,ben\ns1,1,0\ns2,,1\n');
 * const votes = await Decode.votes()(Decode.readAs({ format: 'cleanlab-wide' })(wide));
 * Errors.getOrThrow(votes).offsets // => Uint32Array [0, 2, 3]
 */
export const readAs =
  (as: ReadAs) =>
  (source: Source): Source =>
    present({
      ...source,
      as: { ...source.as, ...present(as) },
      parts: source.parts?.map(readAs(as)),
    });

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

/** Enough to know every kind of file by its first bytes. */
const HEAD = 8;

/** The first bytes of a stream, at least eight if there are that many, and the whole stream as it was. */
export interface Headed {
  readonly head: Uint8Array;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Looks at the first bytes of a stream without taking them away. */
const withHead = async (chunks: AsyncIterable<Uint8Array>): Promise<Headed> => {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < HEAD) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : joined(head, next.value);
  }
  return { head, chunks: resumed(head, iterator) };
};

/** A stream that begins with what was taken from it already. */
export async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** All bytes of a stream. */
export const allBytes = async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

/** Standard input, kept in memory, so that it can be decoded again. */
const standardInput = (): Source => {
  const held: Uint8Array[] = [];
  let ended = false;
  return {
    name: 'standard input',
    bytes: {
      async *[Symbol.asyncIterator]() {
        yield* held;
        if (ended) return;
        for await (const chunk of process.stdin) {
          held.push(chunk);
          yield chunk;
        }
        ended = true;
      },
    },
  };
};

/** Several sources as one table: equal columns by name, whatever their order in each. */
const together = (parts: readonly Source[]): Source => ({
  name: parts.map(({ name }) => name).join(', '),
  parts,
  bytes: {
    async *[Symbol.asyncIterator]() {
      for (const part of parts) yield* part.bytes;
    },
  },
});

/**
 * Files by paths and patterns, as one source. Several files become one table: each has a header of its own, and columns are
 * found by name in each. `-` is standard input; in a pattern, `*` and `?` stand for parts of a name, `**` for any folders.
 *
 * @returns one source; its `parts` are the files, those of a pattern in alphabetical order
 * @left InvalidInput when a pattern matches no file
 * @example
 * const none = await Decode.fromFiles()(['no such folder/*.csv']);
 * none._tag // => 'Left'
 */
export const fromFiles =
  (as: ReadAs = {}) =>
  async (patterns: readonly string[]): Promise<E.Either<InvalidInput | IoFailure, Source>> => {
    const parts: Source[] = [];
    for (const pattern of patterns) {
      const paths = /[*?]/.test(pattern)
        ? await (await import('../containers/patterns.js')).matches(pattern)
        : [pattern];
      if (paths.length === 0) {
        const issue = {
          found: 'a pattern that matches no file',
          expected: 'at least one file',
          fix: 'Check the folder and the spelling; put the pattern in quotes.',
        };
        return E.left({ _tag: 'InvalidInput', source: pattern, issues: [issue], total: 1 });
      }
      for (const path of paths) {
        const source = path === '-' ? standardInput() : fromFile(path);
        parts.push(Object.keys(present(as)).length === 0 ? source : { ...source, as: present(as) });
      }
    }
    return E.right(parts.length === 1 ? parts[0] : together(parts));
  };

/** What the bytes of a source hold, after they are unpacked. */
export type Content = 'text' | 'workbook' | 'parquet';

/** A source being read. */
export interface Reading {
  readonly content: Content;
  /** UTF-8 without byte order mark, or the bytes of a workbook or of Parquet. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly compression?: 'gzip' | 'zstd';
  readonly encoding: Encoding;
}

const startsWith = (bytes: Uint8Array, ...magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const PARQUET = [0x50, 0x41, 0x52, 0x31];
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Byte order marks. */
const [LITTLE, BIG, MARK] = [
  [0xff, 0xfe],
  [0xfe, 0xff],
  [0xef, 0xbb, 0xbf],
];
const OLD_OFFICE = [0xd0, 0xcf, 0x11, 0xe0];

/** Kinds of file that hold no table, or none that is read here, by their first bytes. */
const refusal = (head: Uint8Array) => {
  if (startsWith(head, ...OLD_OFFICE)) {
    return {
      found: 'an Excel workbook of the old kind (.xls)',
      expected: 'CSV, JSON, .xlsx or Parquet',
      fix: 'Open it and save it as .xlsx, or as "CSV UTF-8".',
    };
  }
  if (startsWith(head, 0x42, 0x5a, 0x68) || startsWith(head, 0xfd, 0x37, 0x7a, 0x58)) {
    return {
      found: 'a file packed with bzip2 or xz',
      expected: 'gzip or zstd',
      fix: 'Unpack it, or pack it with gzip.',
    };
  }
  if (startsWith(head, ...LITTLE, 0, 0) || startsWith(head, 0, 0, ...BIG)) {
    return { line: 1, found: 'UTF-32 text', expected: 'UTF-8 text', fix: 'Save the file as "CSV UTF-8".' };
  }
  return undefined;
};

/** UTF-16 by its byte order mark, or by a NUL in every second byte of the first characters, as with plain letters. */
const utf16In = (head: Uint8Array): Encoding | undefined => {
  if (startsWith(head, ...LITTLE)) return 'UTF-16LE';
  if (startsWith(head, ...BIG)) return 'UTF-16BE';
  if (head.length < 4) return undefined;
  const [a, b, c, d] = head;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'UTF-16LE';
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? 'UTF-16BE' : undefined;
};

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true;
  for await (const chunk of chunks) {
    yield isFirst ? chunk.subarray(MARK.length) : chunk;
    isFirst = false;
  }
}

/** How a source is opened. */
interface Opening {
  /** Called with the number of bytes read so far, counted before unpacking. */
  readonly onBytes?: ((n: number) => void) | undefined;
  /** Where the bytes turned out not to be UTF-8. */
  readonly encoding?: Encoding | undefined;
}

/** Runs `use` on the content of a source. Errors of the file or stream come back as a value; problems go to `log`. */
export const reading = async (
  source: Source,
  log: IssueLog,
  { onBytes, encoding }: Opening,
  use: (reading: Reading) => Promise<void>,
): Promise<IoFailure | undefined> => {
  let failure: IoFailure | undefined;
  const guarded = async function* (chunks: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks();
    } catch (cause) {
      failure = { _tag: 'IoFailure', path: source.name, doing: 'read', cause };
    }
  };
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    let n = 0;
    for await (const chunk of source.bytes) {
      n += chunk.length;
      onBytes?.(n);
      yield chunk;
    }
  };
  const packed = await withHead(guarded(counted));
  const unpackedBy = async function* (kind: 'gzip' | 'zstd'): AsyncGenerator<Uint8Array> {
    const { unpacked } = await import('../containers/compression.js');
    yield* unpacked(kind, packed.chunks, log);
  };
  const compression = startsWith(packed.head, ...GZIP) ? 'gzip' : startsWith(packed.head, ...ZSTD) ? 'zstd' : undefined;
  // What few files need is loaded when such a file comes.
  const open = compression === undefined ? packed : await withHead(guarded(() => unpackedBy(compression)));
  const { head, chunks } = open;
  if (failure !== undefined || log.halted()) return failure;
  const refused = refusal(head);
  if (refused !== undefined) {
    log.halt(refused);
    return undefined;
  }
  const content = startsWith(head, ...ZIP) ? 'workbook' : startsWith(head, ...PARQUET) ? 'parquet' : 'text';
  const found = content === 'text' ? (utf16In(head) ?? encoding ?? 'UTF-8') : 'UTF-8';
  const asUtf8 = async (): Promise<AsyncIterable<Uint8Array>> => {
    if (found === 'UTF-8') return content === 'text' && startsWith(head, ...MARK) ? withoutMark(chunks) : chunks;
    const { toUtf8 } = await import('../containers/encoding.js');
    return toUtf8(found, chunks, log);
  };
  await use(present({ content, compression, encoding: found, chunks: await asUtf8() }));
  return failure;
};
