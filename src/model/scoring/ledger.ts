import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { format, type ModelFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { type StackSource, stackFromFile } from '../frames/source.js';
import type { ListedStack } from './listing.js';

/** Why one stack has no result, as written to the failures file. */
export interface FailureRecord {
  readonly tag: string;
  readonly reason: string;
  readonly fix: string;
}

/** One line of the journal: the result of one stack, and of which file. */
export interface Line {
  readonly stackId: string;
  /** The file's path, and the path behind its links where that differs, from the folder of the journal; with `/` between folders. */
  readonly path?: string;
  readonly real?: string;
  /** Its size and time of change when it was read. */
  readonly bytes?: number;
  readonly modified?: number;
  /** Of its content when it was read. It tells whether a file that was moved, copied or touched is still the same stack. */
  readonly sha256?: string;
  /** Hash of the ids of its neighbours, where neighbours matter. */
  readonly batch?: string;
  readonly found?: unknown;
  readonly failed?: FailureRecord;
}

/** The state of every stack of a run: done, with its place in the journal; or still to do. */
export interface RunLedger {
  /** Takes over a line of an earlier run, which begins at `place`. Stacks that are not listed are only counted. */
  readonly recall: (line: unknown, place: number) => void;
  /**
   * Forgets results of files whose content has changed, and of stacks with other neighbours than before. A file with its place,
   * size and time is not read again; any other is compared by its content. A missing file, perhaps on a disk that is not mounted,
   * counts as unchanged: its result stays.
   *
   * @returns how many
   */
  readonly forgetChanged: () => Promise<number>;
  readonly forgetFailed: () => void;
  /** Positions of stacks still to do; where neighbours matter, whole groups. */
  readonly pending: () => Uint32Array;
  /** Puts stacks back among those to do. */
  readonly reopen: (positions: Uint32Array) => void;
  /** The source of a stack that is about to be read; notes the file's size, time and place. */
  readonly source: (i: number) => StackSource;
  readonly lineOf: (i: number, result: E.Either<ModelFailure, unknown>) => Line;
  /** Marks a stack as done: its line is in the journal. */
  readonly settle: (i: number, line: Line, place: number) => void;
  readonly counts: () => {
    readonly done: number;
    readonly failed: number;
    /** Scored, and the file is missing now. */
    readonly away: number;
    /** Scored in earlier runs, and not listed in this one. */
    readonly unlisted: number;
  };
  /** Stacks that are done, in list order, with their places in the journal. */
  readonly done: () => Generator<{ readonly stack: ListedStack; readonly place: number }>;
}

const PENDING = -1;
/** Files whose size is asked for at once. */
const AT_ONCE = 64;

/**
 * A ledger in which nothing is done. It has columns, not objects: half a million stacks must fit in memory beside the models.
 *
 * @param folder - of the journal: paths in it start there, so that it can move with its stacks to another machine
 */
export const openLedger = (stacks: readonly ListedStack[], neighbours: number, folder: string): RunLedger => {
  const position = new Map(stacks.map(({ stackId }, i) => [stackId, i]));
  const at = new Float64Array(stacks.length).fill(PENDING);
  const hasFailed = new Uint8Array(stacks.length);
  const bytes = new Float64Array(stacks.length);
  const modified = new Float64Array(stacks.length);
  const batchOf = neighbours > 1 ? batchHashes(stacks, neighbours) : undefined;
  const inOtherBatch = new Uint8Array(stacks.length);
  const isElsewhere = new Uint8Array(stacks.length);
  const real = new Float64Array(stacks.length);
  const content = new Float64Array(stacks.length).fill(PENDING);
  const isAway = new Uint8Array(stacks.length);
  const readNow = new Map<number, { readonly real: string; readonly sha256: string | undefined }>();
  const unlisted = new Set<string>();
  return {
    recall: (line, place) => {
      if (!isLine(line)) return;
      const i = position.get(line.stackId);
      if (i === undefined) {
        if (line.failed === undefined) unlisted.add(line.stackId);
        else unlisted.delete(line.stackId);
        return;
      }
      // Journals of older versions have no path.
      isElsewhere[i] = line.path !== undefined && resolve(folder, line.path) !== resolve(stacks[i].path) ? 1 : 0;
      real[i] = line.path === undefined ? PENDING : shortHash(resolve(folder, line.real ?? line.path));
      content[i] = line.sha256 === undefined ? PENDING : shortOf(line.sha256);
      inOtherBatch[i] = batchOf !== undefined && line.batch !== batchOf[Math.floor(i / neighbours)] ? 1 : 0;
      at[i] = place;
      hasFailed[i] = line.failed === undefined ? 0 : 1;
      bytes[i] = line.bytes ?? PENDING;
      modified[i] = line.modified ?? PENDING;
    },
    forgetChanged: async () => {
      const known = Array.from(at.keys()).filter((i) => at[i] !== PENDING);
      let changed = 0;
      for (let from = 0; from < known.length; from += AT_ONCE) {
        await Promise.all(
          known.slice(from, from + AT_ONCE).map(async (i) => {
            const { path } = stacks[i];
            const file = await stat(path).catch(() => undefined);
            isAway[i] = file === undefined ? 1 : 0;
            const isUntouched =
              isElsewhere[i] === 0 &&
              (file === undefined ||
                (file.size === bytes[i] &&
                  Math.floor(file.mtimeMs) === modified[i] &&
                  (real[i] === PENDING || real[i] === shortHash(await realpath(path).catch(() => resolve(path))))));
            const isSame =
              isUntouched ||
              (file?.size === bytes[i] && content[i] !== PENDING && content[i] === shortOf(await hashOf(path)));
            if (isSame && inOtherBatch[i] === 0) return;
            at[i] = PENDING;
            changed++;
          }),
        );
      }
      return changed;
    },
    forgetFailed: () => {
      for (let i = 0; i < at.length; i++) if (hasFailed[i] === 1) at[i] = PENDING;
    },
    pending: () => {
      const positions: number[] = [];
      for (let from = 0; from < at.length; from += neighbours) {
        const to = Math.min(from + neighbours, at.length);
        if (at.subarray(from, to).every((place) => place !== PENDING)) continue;
        for (let i = from; i < to; i++) positions.push(i);
      }
      return Uint32Array.from(positions);
    },
    reopen: (positions) => {
      for (const i of positions) at[i] = PENDING;
    },
    source: (i) => {
      const { path, stackId } = stacks[i];
      const file = fileAt(path);
      bytes[i] = file?.size ?? PENDING;
      modified[i] = file === undefined ? PENDING : Math.floor(file.mtimeMs);
      isAway[i] = 0;
      readNow.set(i, { real: file?.real ?? resolve(path), sha256: file?.isFile === true ? hashNow(path) : undefined });
      return { ...stackFromFile(path), stack: stackId };
    },
    lineOf: (i, result) =>
      present({
        stackId: stacks[i].stackId,
        ...whereabouts(folder, resolve(stacks[i].path), readNow.get(i)?.real),
        bytes: bytes[i] === PENDING ? undefined : bytes[i],
        modified: bytes[i] === PENDING ? undefined : modified[i],
        sha256: readNow.get(i)?.sha256,
        batch: batchOf === undefined ? undefined : batchOf[Math.floor(i / neighbours)],
        ...(E.isRight(result) ? { found: result.right } : { failed: failedOf(result.left) }),
      }),
    settle: (i, line, place) => {
      at[i] = place;
      hasFailed[i] = line.failed === undefined ? 0 : 1;
      readNow.delete(i);
    },
    counts: () => {
      let [done, failed, away] = [0, 0, 0];
      for (let i = 0; i < at.length; i++) {
        if (at[i] === PENDING) continue;
        done++;
        failed += hasFailed[i];
        if (hasFailed[i] === 0) away += isAway[i];
      }
      return { done, failed, away, unlisted: unlisted.size };
    },
    done: function* () {
      for (let i = 0; i < at.length; i++) if (at[i] !== PENDING) yield { stack: stacks[i], place: at[i] };
    },
  };
};

/** Size, time and real path of a file; undefined when it cannot be read, which the decoder then reports. */
const fileAt = (
  path: string,
): (Pick<Stats, 'size' | 'mtimeMs'> & { readonly real: string; readonly isFile: boolean }) | undefined => {
  try {
    const there = statSync(path);
    const { size, mtimeMs } = there;
    return { size, mtimeMs, real: realpathSync.native(path), isFile: there.isFile() };
  } catch {
    return undefined;
  }
};

const whereabouts = (folder: string, path: string, real = path): Pick<Line, 'path' | 'real'> => {
  const from = (to: string): string => relative(folder, to).split(sep).join('/');
  return real === path ? { path: from(path) } : { path: from(path), real: from(real) };
};

/** 48 bits, which a column of numbers can hold. */
const shortHash = (text: string): number => createHash('sha256').update(text).digest().readUIntBE(0, 6);
const shortOf = (sha256: string): number => Number.parseInt(sha256.slice(0, 12), 16);

const BLOCK = 1 << 20;

/** Of a file that is about to be read, block by block. Undefined where it cannot be read, which the decoder then reports. */
const hashNow = (path: string): string | undefined => {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const hash = createHash('sha256');
    const block = Buffer.alloc(BLOCK);
    for (let n = readSync(fd, block); n > 0; n = readSync(fd, block)) hash.update(block.subarray(0, n));
    return hash.digest('hex');
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

/** The same beside other work. Empty where it cannot be read. */
const hashOf = async (path: string): Promise<string> => {
  try {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return hash.digest('hex');
  } catch {
    return '';
  }
};

/** Whether a line of a journal is the result of a stack. */
export const isLine = (line: unknown): line is Line =>
  typeof line === 'object' &&
  line !== null &&
  'stackId' in line &&
  typeof line.stackId === 'string' &&
  ('found' in line || 'failed' in line);

const failedOf = (failure: ModelFailure): FailureRecord =>
  failure._tag === 'IoFailure'
    ? { tag: failure._tag, reason: format(failure), fix: 'Check the path and the permissions of the file.' }
    : {
        tag: failure._tag,
        reason:
          'frame' in failure && failure.frame !== undefined
            ? `${failure.reason} (frame ${failure.frame})`
            : failure.reason,
        fix: failure.fix,
      };

/** One hash per group of neighbours: of their ids, in order. */
const batchHashes = (stacks: readonly ListedStack[], neighbours: number): readonly string[] =>
  Array.from({ length: Math.ceil(stacks.length / neighbours) }, (_, group) => {
    const members = stacks.slice(group * neighbours, (group + 1) * neighbours).map(({ stackId }) => stackId);
    return createHash('sha256').update(JSON.stringify(members)).digest('hex').slice(0, 16);
  });
