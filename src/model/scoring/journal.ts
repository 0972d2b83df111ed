import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { canonicalJson } from '../../decode/json/index.js';
import type { InvalidInput, IoFailure, Issue } from '../../domain/errors.js';
import { headOf, makeFolder } from '../../output/files.js';

/**
 * A file that is only ever appended to: a header that says what run it belongs to, then one JSON line per stack.
 *
 * It makes a run resumable. Whatever stops the run – a signal, `kill -9`, a power cut – leaves whole lines and at most one
 * incomplete line at the end, which is removed when the journal is opened again.
 */
export interface Journal {
  /** Adds lines in one write and returns where each begins, in bytes. Flushed to disk now and then, and by `close`. */
  readonly append: (lines: readonly object[]) => readonly number[];
  /** The line that begins there. */
  readonly read: (at: number) => unknown;
  readonly flush: () => void;
  readonly close: () => void;
}

/** Everything that the results of a run depend on. Only runs with equal keys may share a journal. */
export type RunKey = Readonly<Record<string, unknown>>;

export interface JournalHeader {
  readonly schema: typeof SCHEMA;
  /** SHA-256 of the canonical JSON of `run`. */
  readonly key: string;
  readonly run: RunKey;
}

/** An opened journal, and what was wrong with its earlier lines. */
export interface OpenedJournal {
  readonly journal: Journal;
  /** Lines that could not be read; their stacks are scored again. */
  readonly unreadable: number;
  /** Whether the run before left an incomplete line. */
  readonly torn: boolean;
}

const SCHEMA = 'tandem-journal/1';
const START = `{"schema":"${SCHEMA}"`;
const LF = 10;
const BLOCK = 1 << 18;
/** A power cut loses at most the work of this many seconds, or this many lines. */
const FLUSH_SECONDS = 1;
const FLUSH_LINES = 256;
/** A longer line was not written by Tandem. */
const LONGEST = 1 << 22;

const keyOf = (run: RunKey): string => createHash('sha256').update(canonicalJson(run)).digest('hex');

/**
 * Opens the journal of a run and reads its earlier lines.
 *
 * @param each - called with every readable line and its first byte, in the order in which they were written
 * @left InvalidInput when the journal belongs to another run; it is left unchanged then
 */
export const openJournal = (
  path: string,
  run: RunKey,
  { fresh = false, each }: { readonly fresh?: boolean; readonly each: (line: unknown, at: number) => void },
): E.Either<InvalidInput | IoFailure, OpenedJournal> => {
  let fd: number | undefined;
  try {
    makeFolder(dirname(path));
    if (!mayBeJournal(headOf(path) ?? '')) return E.left(otherFile(path));
    if (fresh) rmSync(path, { force: true });
    fd = openSync(path, fresh ? 'wx+' : 'a+');
    const opened = resumed(fd, path, run, each);
    if (E.isLeft(opened)) closeSync(fd);
    return opened;
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
  }
};

/**
 * Reads a journal that stays as it is.
 *
 * @param each - called with every readable line after the first
 * @left InvalidInput when the file is no journal
 */
export const readJournal = (
  path: string,
  each: (line: unknown) => void,
): E.Either<InvalidInput | IoFailure, JournalHeader> => {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    let header: unknown;
    eachLine(fd, (text, at) => {
      const line = parsed(text);
      if (at === 0) header = line;
      else if (line !== undefined) each(line);
    });
    return isHeader(header) ? E.right(header) : E.left(noJournal(path));
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

const resumed = (
  fd: number,
  path: string,
  run: RunKey,
  each: (line: unknown, at: number) => void,
): E.Either<InvalidInput, OpenedJournal> => {
  let header: unknown;
  let unreadable = 0;
  let hasWork = false;
  const { whole, size } = eachLine(fd, (text, at) => {
    const line = parsed(text);
    if (at === 0) header = line;
    else if (line === undefined) unreadable++;
    else {
      hasWork ||= isWork(line);
      each(line, at);
    }
  });
  const ours: JournalHeader = { schema: SCHEMA, key: keyOf(run), run };
  if (whole > 0 && !isHeader(header)) return E.left(otherFile(path));
  const isOther = isHeader(header) && header.key !== ours.key;
  if (isHeader(header) && isOther && hasWork) return E.left(otherRun(path, header.run, run));
  // A run without a result, because its models did not fit or it was stopped, does not keep the journal.
  const isNew = whole === 0 || isOther;
  const keep = isNew ? 0 : whole;
  if (keep < size) ftruncateSync(fd, keep);
  const journal = appender(fd, keep);
  if (isNew) {
    journal.append([ours]);
    journal.flush();
  }
  return E.right({ journal, unreadable, torn: whole < size });
};

/** Whether the file is a journal, or what a power cut can leave of its first line. No other file is written over. */
const mayBeJournal = (head: string): boolean => head.startsWith(START) || START.startsWith(head.replace(/\0+$/, ''));

/** Calls `take` with every whole line and its place; returns the bytes of whole lines, and of the file. */
const eachLine = (
  fd: number,
  take: (text: string, at: number) => void,
): { readonly whole: number; readonly size: number } => {
  const decoder = new TextDecoder();
  const block = Buffer.alloc(BLOCK);
  let held = Buffer.alloc(0);
  let size = 0;
  let whole = 0;
  for (let n = readSync(fd, block, 0, BLOCK, 0); n > 0; n = readSync(fd, block, 0, BLOCK, size)) {
    held = Buffer.concat([held, block.subarray(0, n)]);
    size += n;
    let from = 0;
    for (let end = held.indexOf(LF); end >= 0; end = held.indexOf(LF, from)) {
      take(decoder.decode(held.subarray(from, end)), whole);
      whole += end + 1 - from;
      from = end + 1;
    }
    held = Buffer.from(held.subarray(from));
    if (held.length > LONGEST) break;
  }
  return { whole, size };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isWork = (line: unknown): boolean => typeof line === 'object' && line !== null && 'stackId' in line;

const isHeader = (line: unknown): line is JournalHeader =>
  typeof line === 'object' && line !== null && 'schema' in line && line.schema === SCHEMA && 'key' in line;

const appender = (fd: number, from: number): Journal => {
  let end = from;
  let unflushed = 0;
  let flushed = performance.now();
  const flush = (): void => {
    if (unflushed > 0) fdatasyncSync(fd);
    unflushed = 0;
    flushed = performance.now();
  };
  return {
    append: (lines) => {
      const texts = lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`));
      const bytes = Buffer.concat(texts);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      const places = texts.map((text) => {
        end += text.length;
        return end - text.length;
      });
      unflushed += lines.length;
      if (unflushed >= FLUSH_LINES || performance.now() - flushed > FLUSH_SECONDS * 1000) flush();
      return places;
    },
    read: (at) => JSON.parse(lineAt(fd, at)),
    flush,
    close: () => {
      flush();
      closeSync(fd);
    },
  };
};

const lineAt = (fd: number, at: number): string => {
  for (let length = 4096; ; length *= 4) {
    const block = Buffer.alloc(length);
    const n = readSync(fd, block, 0, length, at);
    const end = block.subarray(0, n).indexOf(LF);
    if (end >= 0) return block.toString('utf8', 0, end);
    if (n < length) throw new RangeError(`journal: expected a line at byte ${at}, got the end of the file`);
  }
};

const otherFile = (path: string): InvalidInput => ({
  _tag: 'InvalidInput',
  source: path,
  total: 1,
  issues: [
    {
      line: 1,
      found: 'something else',
      expected: 'the journal of an earlier run',
      fix: 'Move the file away, or give another --out.',
    },
  ],
});

const noJournal = (path: string): InvalidInput => ({
  _tag: 'InvalidInput',
  source: path,
  total: 1,
  issues: [
    {
      line: 1,
      found: 'something else',
      expected: 'the journal of a run',
      fix: 'Name the files that `tandem score` leaves beside its output: scores.csv.journal.ndjson.',
    },
  ],
});

/** Why the journals of two runs do not go together: each part of the keys that differs. */
export const differingKeys = (theirs: RunKey, ours: RunKey): readonly Issue[] =>
  [...new Set([...Object.keys(theirs), ...Object.keys(ours)])]
    .filter((name) => canonicalJson(theirs[name] ?? null) !== canonicalJson(ours[name] ?? null))
    .map((name) => ({
      field: name,
      found: briefly(theirs[name]),
      expected: briefly(ours[name]),
      fix: 'Merge only runs of one version with one pipeline and the same models; score the others again.',
    }));

const otherRun = (path: string, theirs: RunKey, ours: RunKey): InvalidInput => {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const differing = names.filter((name) => canonicalJson(theirs[name] ?? null) !== canonicalJson(ours[name] ?? null));
  return {
    _tag: 'InvalidInput',
    source: path,
    total: differing.length,
    issues: differing.slice(0, 5).map((name) => ({
      field: name,
      found: `${briefly(theirs[name])} of an earlier run`,
      expected: `${briefly(ours[name])} as asked for now`,
      fix: 'Give another --out, or add --fresh to throw the earlier results away and start over.',
    })),
  };
};

const BRIEF = 120;

/** Hashes are shortened to their first digits; people compare those. */
const briefly = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  const short = text.replace(/\b([0-9a-f]{8})[0-9a-f]{56}\b/g, '$1…').replaceAll('"', '');
  return short.length > BRIEF ? `${short.slice(0, BRIEF)}…` : short;
};
