import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { makeFolder } from '../../report/makeFolder.js';
import { isGone, type Mark, ownMark, parseMark } from './mark.js';

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
