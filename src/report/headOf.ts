import { closeSync, openSync, readSync } from 'node:fs';

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
