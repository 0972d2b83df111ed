import { randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { makeFolder } from './files.js';

/** The process that holds a lock, as written in its file. */
export interface Mark {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot; Linux only. Process numbers are used again, start times are not. */
  readonly start?: string;
}

const MARK = /^(\d+) (\S+)(?: (\d+|-) [0-9a-f]+)?\n$/;
/** What a full disk or a power cut can leave of a mark. */
const TORN = /^\d*(?: \S*){0,3}\0*$/;

/** The mark of this process. @param nonce - hexadecimal, so that no two marks are the same */
const ownMark = (nonce: string): string =>
  `${process.pid} ${hostname()} ${processAt(process.pid)?.start ?? '-'} ${nonce}\n`;

/** @returns 'torn' for a mark cut short, undefined for a file that never was one */
const parseMark = (text: string): Mark | 'torn' | undefined => {
  const found = MARK.exec(text);
  if (found === null) return TORN.test(text) ? 'torn' : undefined;
  const [, pid, host, start] = found;
  return present({ pid: Number(pid), host, start: start === undefined || start === '-' ? undefined : start });
};

/**
 * Whether the process that made a mark has certainly ended. Processes of another host are known by their silence only: whoever is
 * at work renews its mark. In a container every start may have the same process number.
 */
const isGone = ({ pid, host, start }: Mark, silentSeconds: number): boolean => {
  if (host !== hostname()) return silentSeconds > LEASE_SECONDS;
  if (!isThere(pid)) return true;
  const now = processAt(pid);
  if (now === undefined || start === undefined) return pid === process.pid;
  return now.start !== start || ENDED.includes(now.state);
};

/** States of a process that has ended; a zombie still has its number. */
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

/** State and start of a process; undefined on systems other than Linux, and where `/proc` is hidden. */
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

/** A mark that nobody has renewed for so long belongs to a process that has ended, or will find out that it lost its mark. */
const LEASE_SECONDS = 60;
const RENEW_SECONDS = 10;

/**
 * Makes this process the only one that writes a journal. A lock of a process that has ended is removed: on this host at once, of
 * another host when it has not been renewed for a minute, so that nobody ever has to delete one.
 *
 * @param onLost - called when another process has taken the lock over, because this one was halted for more than a minute
 * @returns a function that releases the lock
 * @left InvalidInput when another process holds it, or the file is no lock
 */
export const lock = (path: string, onLost?: () => void): E.Either<InvalidInput | IoFailure, () => void> => {
  const own = ownMark(randomBytes(6).toString('hex'));
  try {
    makeFolder(dirname(path));
    for (let attempt = 1; ; attempt++) {
      if (created(path, own)) return E.right(renewed(path, own, onLost));
      const text = textOf(path);
      // It has just been released; or it is a link without a target.
      if (text === undefined && attempt < ATTEMPTS) continue;
      const mark = text === undefined ? undefined : parseMark(text);
      if (text === undefined || mark === undefined) return E.left(noLock(path));
      const silent = silence(path);
      if (attempt >= ATTEMPTS || (mark !== 'torn' && !isGone(mark, silent))) return E.left(held(path, mark, silent));
      // The mark may be half written, or another process may be about to remove it.
      if (attempt > 1 || mark === 'torn') pause();
      if (textOf(path) === text) takeAway(path, text, own);
    }
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
  }
};

/** Renews a mark until it is released. By writing, so that its time is that of the disk and not of this host's clock. */
const renewed = (path: string, own: string, onLost: (() => void) | undefined): (() => void) => {
  const timer = setInterval(() => {
    try {
      if (textOf(path) === own) writeFileSync(path, own, { flag: 'r+' });
      else {
        clearInterval(timer);
        onLost?.();
      }
    } catch {
      // A disk that is away for a moment; the next renewal tries again.
    }
  }, RENEW_SECONDS * 1000);
  timer.unref();
  return () => {
    clearInterval(timer);
    removeIf(path, own);
  };
};

/** Seconds since a mark was renewed, by the clock of the disk it is on: that of another host may be wrong. */
const silence = (path: string): number => {
  const sibling = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(sibling, '', { flag: 'wx' });
    return (statSync(sibling).mtimeMs - statSync(path).mtimeMs) / 1000;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return 0;
    throw cause;
  } finally {
    rmSync(sibling, { force: true });
  }
};

const ATTEMPTS = 10;
const PAUSE_MS = 50;

const pause = (): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
};

/**
 * Creates a file with this text where there is none, in one step: no other process sees it half written, and a full disk
 * leaves no file.
 */
const created = (path: string, text: string): boolean => {
  const sibling = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(sibling, text, { flag: 'wx' });
    try {
      linkSync(sibling, path);
      return true;
    } catch (cause) {
      // A network share may repeat a request that has already succeeded.
      if (codeOf(cause) === 'EEXIST') return textOf(path) === text;
      // File systems without hard links (memory sticks, some shares) report many different errors. If something else is
      // wrong, the next attempt reports it.
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
  // A process that saw the file empty may have removed it.
  return textOf(path) === text;
};

/**
 * Removes the mark of a process that has ended, and no other mark. Of all processes that want to remove it, only the one that
 * creates a second file (`.turn`) may do so, and no new mark can take its place before it is removed.
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
  // Another process has the turn, for a moment only, unless it died in between.
  const text = textOf(turn);
  pause();
  const mark = text === undefined ? undefined : parseMark(text);
  if (text !== undefined && mark !== undefined && (mark === 'torn' || isGone(mark, silence(turn))))
    removeIf(turn, text);
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

const held = (path: string, mark: Mark | 'torn', silentSeconds: number): InvalidInput => {
  const isElsewhere = mark !== 'torn' && mark.host !== hostname();
  const left = Math.max(1, Math.ceil(LEASE_SECONDS - silentSeconds));
  const whose = mark === 'torn' ? 'an unknown process' : `process ${mark.pid} on ${mark.host}`;
  return {
    _tag: 'InvalidInput',
    source: path,
    total: 1,
    issues: [
      {
        found: `the mark of ${whose}, which writes the same results`,
        expected: 'no other run at work on this --out',
        fix: isElsewhere
          ? `Wait for it, or give another --out. If that process has ended, its mark counts for ${left} more seconds.`
          : 'Wait for it, or give another --out.',
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
