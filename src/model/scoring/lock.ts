import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { makeFolder } from '../../output/files.js';

/** Who holds a lock, as it is written in its file. */
export interface Mark {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in ticks since the machine did. Only Linux tells; numbers are given out again, this is not. */
  readonly start?: string;
}

const MARK = /^(\d+) (\S+)(?: (\d+|-) [0-9a-f]+)?\n$/;
/** What a full disk or a power cut can leave of a mark. */
const TORN = /^\d*(?: \S*){0,3}\0*$/;

/** The mark of this process. @param nonce - hexadecimal, so that no two marks are the same */
export const ownMark = (nonce: string): string =>
  `${process.pid} ${hostname()} ${processAt(process.pid)?.start ?? '-'} ${nonce}\n`;

/** @returns 'torn' for a mark cut short, undefined for a file that never was one */
export const parseMark = (text: string): Mark | 'torn' | undefined => {
  const found = MARK.exec(text);
  if (found === null) return TORN.test(text) ? 'torn' : undefined;
  const [, pid, host, start] = found;
  return present({ pid: Number(pid), host, start: start === undefined || start === '-' ? undefined : start });
};

/**
 * Whether the process that made a mark has ended for certain. Of another host nothing can be known, and in a container every
 * start may have the same number.
 */
export const isGone = ({ pid, host, start }: Mark): boolean => {
  if (host !== hostname()) return false;
  if (!isThere(pid)) return true;
  const now = processAt(pid);
  if (now === undefined || start === undefined) return pid === process.pid;
  return now.start !== start || ENDED.includes(now.state);
};

/** Zombies have a number and nothing else. */
const ENDED = ['Z', 'X', 'x'];

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH');
  }
};

interface Process {
  readonly state: string;
  readonly start: string;
}

/** What Linux tells of a process; undefined elsewhere, and where it is hidden. */
const processAt = (pid: number): Process | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name, which may hold anything, parentheses too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], start: fields[19] };
  } catch {
    return undefined;
  }
};

/**
 * Makes this process the only one that writes a journal. A lock left behind by a process that is gone counts for nothing.
 *
 * @returns how to give the lock back
 * @left InvalidInput when another process holds it, or the file is no lock
 */
export const lock = (path: string): E.Either<InvalidInput | IoFailure, () => void> => {
  const own = ownMark(randomBytes(6).toString('hex'));
  try {
    makeFolder(dirname(path));
    for (let attempt = 1; ; attempt++) {
      if (created(path, own)) return E.right(() => removeIf(path, own));
      const text = textOf(path);
      // It has just been given back; or it is a link that leads nowhere.
      if (text === undefined && attempt < ATTEMPTS) continue;
      const mark = text === undefined ? undefined : parseMark(text);
      if (text === undefined || mark === undefined) return E.left(noLock(path));
      if (attempt >= ATTEMPTS || (mark !== 'torn' && !isGone(mark))) return E.left(held(path, mark));
      // It may be about to be written whole, or somebody else may be about to take it away.
      if (attempt > 1 || mark === 'torn') pause();
      if (textOf(path) === text) takeAway(path, text, own);
    }
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
  }
};

const ATTEMPTS = 10;
const PAUSE_MS = 50;

const pause = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
};

/**
 * Makes a file with this text where there is none, in one go: no other process sees it half written, and a full disk leaves
 * nothing behind.
 */
const created = (path: string, text: string): boolean => {
  const sibling = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(sibling, text, { flag: 'wx' });
    try {
      linkSync(sibling, path);
      return true;
    } catch (cause) {
      // A share may answer a second time to what it has done the first time.
      if (codeOf(cause) === 'EEXIST') return textOf(path) === text;
      // File systems without hard links, memory sticks and some shares, have many names for that. What is really wrong
      // the other way will say.
      return createdWithoutLinks(path, text);
    }
  } finally {
    rmSync(sibling, { force: true });
  }
};

const createdWithoutLinks = (path: string, text: string): boolean => {
  let fd: number;
  try {
    fd = openSync(path, 'wx');
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
  try {
    writeFileSync(fd, text);
  } catch (cause) {
    rmSync(path, { force: true });
    throw cause;
  } finally {
    closeSync(fd);
  }
  // Whoever saw it empty may have taken it away.
  return textOf(path) === text;
};

/**
 * Removes a mark of a process that is gone, and no other: of those who have judged it, only the one who makes this second
 * file may remove it, and nobody can put another mark in its place before it is removed.
 */
const takeAway = (path: string, judged: string, own: string): void => {
  const turn = `${path}.turn`;
  if (created(turn, own)) {
    try {
      removeIf(path, judged);
    } finally {
      removeIf(turn, own);
    }
    return;
  }
  // Theirs for a moment only, unless they died in it.
  const text = textOf(turn);
  pause();
  const mark = text === undefined ? undefined : parseMark(text);
  if (text !== undefined && mark !== undefined && (mark === 'torn' || isGone(mark))) removeIf(turn, text);
};

const removeIf = (path: string, text: string): void => {
  if (textOf(path) === text) rmSync(path, { force: true });
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
};

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : undefined);

const held = (path: string, mark: Mark | 'torn'): InvalidInput => {
  const whose = mark === 'torn' ? 'a process that does not say which' : `process ${mark.pid} on ${mark.host}`;
  return {
    _tag: 'InvalidInput',
    source: path,
    total: 1,
    issues: [
      {
        found: `the mark of ${whose}, which writes the same results`,
        expected: 'no other run at work on this --out',
        fix: 'Wait for it, or give another --out; remove the file when there is no such process.',
      },
    ],
  };
};

const noLock = (path: string): InvalidInput => ({
  _tag: 'InvalidInput',
  source: path,
  total: 1,
  issues: [
    {
      found: 'something else',
      expected: 'no file, or the mark of an earlier run',
      fix: 'Move the file away, or give another --out.',
    },
  ],
});
