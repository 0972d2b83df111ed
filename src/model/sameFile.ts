import { type BigIntStats, statSync } from 'node:fs';

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
