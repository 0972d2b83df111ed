import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';

/**
 * Makes this process the only one that writes a journal. A lock left behind by a process that is gone counts for nothing.
 *
 * @returns how to give the lock back
 * @left InvalidInput when another process holds it
 */
export const lock = (path: string): E.Either<InvalidInput | IoFailure, () => void> => {
  try {
    mkdirSync(dirname(path), { recursive: true });
    for (let attempt = 0; ; attempt++) {
      try {
        const fd = openSync(path, 'wx');
        writeSync(fd, `${process.pid} ${hostname()}\n`);
        closeSync(fd);
        return E.right(() => rmSync(path, { force: true }));
      } catch (cause) {
        if (!isThere(cause) || attempt > 0) throw cause;
        const [pid, host] = readFileSync(path, 'utf8').trim().split(' ');
        if (!isGone(Number(pid), host)) return E.left(held(path, pid, host));
        rmSync(path, { force: true });
      }
    }
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
  }
};

const isThere = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';

/** In a container every start may have the same number: our own number is nobody else's. */
const isGone = (pid: number, host: string | undefined): boolean => {
  if (!Number.isInteger(pid) || pid === process.pid) return true;
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'ESRCH';
  }
};

const held = (path: string, pid: string | undefined, host: string | undefined): InvalidInput => ({
  _tag: 'InvalidInput',
  source: path,
  total: 1,
  issues: [
    {
      found: `the mark of process ${pid ?? '?'} on ${host ?? '?'}, which writes the same results`,
      expected: 'no other run at work on this --out',
      fix: 'Wait for it, or give another --out; remove the file when there is no such process.',
    },
  ],
});
