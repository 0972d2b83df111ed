import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { closeSync, mkdirSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { IoFailure } from '../domain/errors.js';

/** Whether two paths lead to one file that is there, by whatever names and links. */
export const sameFile = (a: string, b: string): boolean => {
  const first = statOf(a);
  if (first === undefined) return false;
  const second = statOf(b);
  return second !== undefined && first.dev === second.dev && first.ino === second.ino;
};

const statOf = (path: string): BigIntStats | undefined => {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
};

/** Longer than any first line of ours. */
const HEAD = 1 << 16;

/** How a file begins, to tell what it is; undefined when there is none. */
export const headOf = (path: string): string | undefined => {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  try {
    const block = Buffer.alloc(HEAD);
    return block.toString('utf8', 0, readSync(fd, block, 0, HEAD, 0));
  } finally {
    closeSync(fd);
  }
};

/**
 * Makes a folder and those above it, one at a time. Node's own `recursive` never comes back where it cannot: below `/proc`
 * a folder that is there says that it is not.
 */
export const makeFolder = (path: string): void => {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (cause) {
    // Another process may have been faster.
    if (!isFolder(path)) throw cause;
  }
};

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Text is written in pieces of about this many characters, so that a million decisions are never one string. */
const PIECE = 1 << 20;

/**
 * Writes a file whole or not at all: into a hidden sibling first, flushed to disk, then renamed over `path`.
 *
 * An interruption, even `kill -9` or a power cut, leaves the old file or none, never half of the new one.
 *
 * @param path - its folder is made when missing
 * @param parts - text or bytes, written one after another
 */
export const writeAtomically = (path: string, parts: Iterable<string | Uint8Array>): TE.TaskEither<IoFailure, void> =>
  TE.tryCatch(
    async () => {
      makeFolder(dirname(path));
      const sibling = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
      // Made and noted in one go: no signal is heard in between, and opening what is there makes nothing anew.
      writeFileSync(sibling, '', { flag: 'wx' });
      partials.add(sibling);
      const file = await open(sibling, 'r+').catch((cause) => {
        partials.delete(sibling);
        rmSync(sibling, { force: true });
        throw cause;
      });
      try {
        let piece = '';
        for (const part of parts) {
          if (typeof part === 'string') piece += part;
          if (typeof part === 'string' && piece.length < PIECE) continue;
          await file.writeFile(piece);
          piece = '';
          if (typeof part !== 'string') await file.writeFile(part);
        }
        await file.writeFile(piece);
        await file.sync();
        await file.close();
        await rename(sibling, path);
      } catch (cause) {
        await file.close().catch(() => undefined);
        await rm(sibling, { force: true });
        throw cause;
      } finally {
        partials.delete(sibling);
      }
    },
    (cause): IoFailure => ({ _tag: 'IoFailure', path, doing: 'write', cause }),
  );

const partials = new Set<string>();

/** Removes what is half written. For the moment before an interrupted process ends. */
export const removePartials = (): void => {
  for (const partial of partials) rmSync(partial, { force: true });
};
