import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

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
  return { pid: Number(pid), host, ...(start === undefined || start === '-' ? {} : { start }) };
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
