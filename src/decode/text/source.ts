import type { IoFailure, Issue } from '../../domain/errors.js';
import type { IssueLog } from './issues.js';

/** Where bytes come from. A source whose `bytes` can be iterated again can be decoded again. */
export interface Source {
  /** What messages call it. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const CHUNK = 1 << 18;

// Node's own modules are asked for when a file is read, so that bundles for browsers need none of them.
const fileBytes = (path: string): AsyncIterator<Uint8Array> =>
  process.getBuiltinModule('node:fs').createReadStream(path, { highWaterMark: CHUNK })[Symbol.asyncIterator]();

/**
 * A file, opened when it is decoded. Gzip is recognised by its first bytes, whatever the file is called.
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

/** A source being read. After the last chunk, `failure` returns the error of the file or stream, if there was one. */
export interface Reading {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly failure: () => IoFailure | undefined;
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

const HEAD = 4;

/** The same chunks, but the first has at least four bytes if there are that many. */
async function* withHead(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = joined(head, chunk);
    if (head.length < HEAD) continue;
    yield head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

const startsWith = (bytes: Uint8Array, ...magic: readonly number[]): boolean =>
  magic.every((byte, i) => bytes[i] === byte);

/** Recognises files that are not CSV or NDJSON by their first bytes. */
const foreign = (head: Uint8Array): Issue | undefined => {
  if (startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff)) {
    return { line: 1, found: 'UTF-16 text', expected: 'UTF-8 text', fix: 'Save the file as "CSV UTF-8".' };
  }
  if (startsWith(head, 0x50, 0x4b, 0x03, 0x04)) {
    return {
      found: 'a zip archive or an Excel workbook',
      expected: 'CSV or NDJSON text',
      fix: 'Unpack the archive, or export the sheet as "CSV UTF-8".',
    };
  }
  return undefined;
};

async function* unpacked(chunks: AsyncIterable<Uint8Array>, log: IssueLog): AsyncGenerator<Uint8Array> {
  const iterator = withHead(chunks)[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const rest = (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  if (!startsWith(first.value, 0x1f, 0x8b)) {
    yield* rest;
    return;
  }
  const { pipeline, Readable } = process.getBuiltinModule('node:stream');
  const gunzip = process.getBuiltinModule('node:zlib').createGunzip();
  // A failure of either end comes out of the loop below.
  pipeline(Readable.from(rest), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!code.startsWith('Z_')) throw cause;
    const found = code === 'Z_BUF_ERROR' ? 'gzip data that ends too early' : 'damaged gzip data';
    log.halt({ found, expected: 'a complete gzip file', fix: 'Copy or download the file again.' });
  }
}

/**
 * The text bytes of a source: unpacked, without byte order mark. Problems go to `log` and to `failure`; nothing is thrown.
 *
 * @param onBytes - called with the number of bytes read so far, counted before unpacking
 */
export const reading = (source: Source, log: IssueLog, onBytes?: (n: number) => void): Reading => {
  let failure: IoFailure | undefined;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    let n = 0;
    for await (const chunk of source.bytes) {
      n += chunk.length;
      onBytes?.(n);
      yield chunk;
    }
  };
  const text = async function* (): AsyncGenerator<Uint8Array> {
    try {
      let isFirst = true;
      for await (const chunk of withHead(unpacked(counted(), log))) {
        if (!isFirst) {
          yield chunk;
          continue;
        }
        isFirst = false;
        const issue = foreign(chunk);
        if (issue !== undefined) {
          log.halt(issue);
          return;
        }
        yield startsWith(chunk, 0xef, 0xbb, 0xbf) ? chunk.subarray(3) : chunk;
      }
    } catch (cause) {
      failure = { _tag: 'IoFailure', path: source.name, doing: 'read', cause };
    }
  };
  return { chunks: text(), failure: () => failure };
};
