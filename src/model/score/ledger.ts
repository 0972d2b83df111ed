import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import { formatFailure, type ModelFailure } from '../failure.js';
import { fromFile, type StackSource } from '../source.js';
import type { Listed } from './listing.js';

/** Why one stack has no result, as it is written to the failures file. */
export interface Failed {
  readonly tag: string;
  readonly reason: string;
  readonly fix: string;
}

/** One line of the journal: the result of one stack, and of which file. */
export interface Line {
  readonly stackId: string;
  /** Size and time of change of the file that was read: another file of the same name is another stack. */
  readonly bytes?: number;
  readonly modified?: number;
  /** Hash of all stacks of its batch, where neighbours matter. */
  readonly batch?: string;
  readonly found?: unknown;
  readonly failed?: Failed;
}

/** How every stack of a run stands: done, and where in the journal; or still to do. */
export interface Ledger {
  /** Takes over a line of an earlier run, which begins at `place`; lines about other stacks are none of its business. */
  readonly recall: (line: unknown, place: number) => void;
  /** Forgets results of files that are no longer what they were, and of batches put together otherwise. @returns how many */
  readonly forgetChanged: () => Promise<number>;
  readonly forgetFailed: () => void;
  /** Positions of stacks still to do; where neighbours matter, whole batches. */
  readonly pending: () => Uint32Array;
  /** Puts stacks back among those to do. */
  readonly reopen: (positions: Uint32Array) => void;
  /** The stack to be read now; remembers which file it is. */
  readonly source: (i: number) => StackSource;
  readonly lineOf: (i: number, result: E.Either<ModelFailure, unknown>) => Line;
  /** A line is in the journal. */
  readonly settle: (i: number, line: Line, place: number) => void;
  readonly counts: () => { readonly done: number; readonly failed: number };
  /** Stacks that are done, in list order, with their places in the journal. */
  readonly done: () => Generator<{ readonly stack: Listed; readonly place: number }>;
}

const PENDING = -1;
/** Files whose size is asked for at once. */
const AT_ONCE = 64;

/** A ledger in which nothing is done. Columns instead of objects: half a million stacks must fit beside the models. */
export const openLedger = (stacks: readonly Listed[], neighbours: number): Ledger => {
  const position = new Map(stacks.map(({ stackId }, i) => [stackId, i]));
  const at = new Float64Array(stacks.length).fill(PENDING);
  const hasFailed = new Uint8Array(stacks.length);
  const bytes = new Float64Array(stacks.length);
  const modified = new Float64Array(stacks.length);
  const batchOf = neighbours > 1 ? batchHashes(stacks, neighbours) : undefined;
  const inOtherBatch = new Uint8Array(stacks.length);
  return {
    recall: (line, place) => {
      if (!isLine(line)) return;
      const i = position.get(line.stackId);
      if (i === undefined) return;
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
            const file = await stat(stacks[i].path).catch(() => undefined);
            const isSame =
              (file?.size ?? PENDING) === bytes[i] &&
              (file === undefined || Math.floor(file.mtimeMs) === modified[i]) &&
              inOtherBatch[i] === 0;
            if (isSame) return;
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
      const file = statSync(path, { throwIfNoEntry: false });
      bytes[i] = file?.size ?? PENDING;
      modified[i] = file === undefined ? PENDING : Math.floor(file.mtimeMs);
      return { ...fromFile(path), stack: stackId };
    },
    lineOf: (i, result) => ({
      stackId: stacks[i].stackId,
      ...(bytes[i] === PENDING ? {} : { bytes: bytes[i], modified: modified[i] }),
      ...(batchOf === undefined ? {} : { batch: batchOf[Math.floor(i / neighbours)] }),
      ...(E.isRight(result) ? { found: result.right } : { failed: failedOf(result.left) }),
    }),
    settle: (i, line, place) => {
      at[i] = place;
      hasFailed[i] = line.failed === undefined ? 0 : 1;
    },
    counts: () => {
      let [done, failed] = [0, 0];
      for (let i = 0; i < at.length; i++) {
        if (at[i] === PENDING) continue;
        done++;
        failed += hasFailed[i];
      }
      return { done, failed };
    },
    done: function* () {
      for (let i = 0; i < at.length; i++) if (at[i] !== PENDING) yield { stack: stacks[i], place: at[i] };
    },
  };
};

const isLine = (line: unknown): line is Line =>
  typeof line === 'object' &&
  line !== null &&
  'stackId' in line &&
  typeof line.stackId === 'string' &&
  ('found' in line || 'failed' in line);

const failedOf = (failure: ModelFailure): Failed =>
  failure._tag === 'IoFailure'
    ? { tag: failure._tag, reason: formatFailure(failure), fix: 'Check the path and the permissions of the file.' }
    : {
        tag: failure._tag,
        reason:
          'frame' in failure && failure.frame !== undefined
            ? `${failure.reason} (frame ${failure.frame})`
            : failure.reason,
        fix: failure.fix,
      };

/** One hash per batch: of the stacks in it and their order. */
const batchHashes = (stacks: readonly Listed[], neighbours: number): readonly string[] =>
  Array.from({ length: Math.ceil(stacks.length / neighbours) }, (_, group) => {
    const members = stacks.slice(group * neighbours, (group + 1) * neighbours).map(({ stackId }) => stackId);
    return createHash('sha256').update(JSON.stringify(members)).digest('hex').slice(0, 16);
  });
