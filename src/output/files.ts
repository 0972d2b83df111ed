import { randomBytes } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { closeSync, mkdirSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { IoFailure } from '../domain/errors.js';

/** Whether two paths name the same existing file, also through links. */
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

/** Longer than the first line of any file that we write. */
const HEAD = 1 << 16;

/** The first bytes of a file as text, to recognise its kind; undefined when there is no such file. */
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
 * Makes a folder and its parents, one at a time. The `recursive` option of Node loops forever below `/proc`, where an
 * existing folder reports that it does not exist.
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

/** Characters per write. A million decisions never become one string. */
const PIECE = 1 << 20;

/**
 * Writes a file whole or not at all: into a hidden sibling first, flushed to disk, then renamed over `path`.
 *
 * An interruption, even `kill -9` or a power cut, leaves the old file or none, never half of the new one.
 *
 * @param path - its folder is made when missing
 * @param parts - text or bytes, written one after another
 */
export const writeAtomically = async (
  path: string,
  parts: Iterable<string | Uint8Array>,
): Promise<E.Either<IoFailure, void>> => {
  try {
    await replaceFile(path, parts);
    return E.right(undefined);
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
  }
};

/** One file of a set: its place, and text or bytes, written one after another. */
export type FileOfSet = readonly [path: string, parts: Iterable<string | Uint8Array>];

/**
 * Writes several files as one set: all of them whole beside their places first, then renamed one after another.
 *
 * Where one cannot be written, none is replaced. An interruption between two renames leaves whole files, some of them new.
 *
 * @returns the paths, in their order
 */
export const writeTogether = async (files: readonly FileOfSet[]): Promise<E.Either<IoFailure, readonly string[]>> => {
  const ready: { readonly path: string; readonly sibling: string }[] = [];
  try {
    for (const [path, parts] of files) {
      try {
        ready.push({ path, sibling: await writeBeside(path, parts) });
      } catch (cause) {
        return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
      }
    }
    for (const { path, sibling } of ready) {
      try {
        await rename(sibling, path);
      } catch (cause) {
        return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
      }
      partials.delete(sibling);
    }
    return E.right(ready.map(({ path }) => path));
  } finally {
    for (const { sibling } of ready.filter((one) => partials.has(one.sibling))) {
      await rm(sibling, { force: true });
      partials.delete(sibling);
    }
  }
};

const replaceFile = async (path: string, parts: Iterable<string | Uint8Array>): Promise<void> => {
  const sibling = await writeBeside(path, parts);
  try {
    await rename(sibling, path);
  } catch (cause) {
    await rm(sibling, { force: true });
    throw cause;
  } finally {
    partials.delete(sibling);
  }
};

/** Writes a hidden sibling of a file, whole and flushed to disk. @returns its path, which stays among `partials` */
const writeBeside = async (path: string, parts: Iterable<string | Uint8Array>): Promise<string> => {
  makeFolder(dirname(path));
  const sibling = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  // Created and noted in one synchronous step, so that a signal cannot come in between.
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
    return sibling;
  } catch (cause) {
    await file.close().catch(() => undefined);
    await rm(sibling, { force: true });
    partials.delete(sibling);
    throw cause;
  }
};

const partials = new Set<string>();

/** Removes half-written files, before an interrupted process ends. */
export const removePartials = (): void => {
  for (const partial of partials) rmSync(partial, { force: true });
};
