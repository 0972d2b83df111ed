import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { formatFailure, type ModelFailure } from '../failure.js';
import { fromFile, type StackSource } from '../source.js';
import { type Journal, openJournal, type RunKey } from './journal.js';
import type { Listed } from './listing.js';

/** Anything that looks at stacks and finds something: models that score, or the tensors they would be fed. */
export interface Scorer<Found> {
  /** Takes sources as it has room for them, `neighbours` at a time; answers in any order, each source once. */
  readonly score: (sources: Iterable<StackSource>) => AsyncIterable<{
    /** Position among the sources. */
    readonly index: number;
    readonly result: E.Either<ModelFailure, Found>;
  }>;
  /** What people want to know afterwards of who scored, e.g. the runtime. Kept in the journal. */
  readonly session: Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

export interface RunOptions<Found> {
  readonly stacks: readonly Listed[];
  /** What makes this run another run: pipeline, models, options. */
  readonly run: RunKey;
  /** Path of the journal. */
  readonly journal: string;
  /** Stacks whose results depend on one another, in list order; they are looked at together, and again together. */
  readonly neighbours: number;
  /** Opened only when there is something to do. */
  readonly open: (signal: AbortSignal) => TaskEither<ModelFailure | IoFailure, Scorer<Found>>;
  /** Throw away what the journal holds. */
  readonly fresh?: boolean;
  /** Look again at stacks that failed. */
  readonly retryFailed?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (at: RunProgress) => void;
}

export interface RunProgress {
  readonly total: number;
  /** Scored or failed, those of earlier runs included. */
  readonly done: number;
  readonly failed: number;
  /** Done before this run began. */
  readonly before: number;
}

/** Why one stack has no result, as it is written to the failures file. */
export interface Failed {
  readonly tag: string;
  readonly reason: string;
  readonly fix: string;
}

/** How a run stands when it ends, or is stopped. */
export interface Ran<Found> {
  readonly status: 'finished' | 'stopped';
  readonly total: number;
  readonly scored: number;
  readonly failed: number;
  /** Taken over from earlier runs. */
  readonly before: number;
  /** Looked at again because the file, or the neighbours it is padded with, have changed. */
  readonly changed: number;
  /** Who scored, one entry per run that had something to do. */
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  /** Every stack that has a result or a failure, in list order, read from the journal one by one. */
  readonly results: () => Generator<{ readonly stack: Listed; readonly result: E.Either<Failed, Found> }>;
  /** Closes the journal; `results` needs it open. */
  readonly close: () => void;
}

/** One line of the journal. */
interface Line {
  readonly stackId: string;
  /** Size and time of change of the file that was read: another file of the same name is another stack. */
  readonly bytes?: number;
  readonly modified?: number;
  /** Hash of all stacks of its batch, where neighbours matter. */
  readonly batch?: string;
  readonly found?: unknown;
  readonly failed?: Failed;
}

const PENDING = -1;
/** Files whose size is asked for at once. */
const AT_ONCE = 64;

/**
 * Scores what is not scored yet, and writes every result to the journal before it counts.
 *
 * Killed at any moment and started again, it goes on where it was. The results do not depend on that, nor on the order in
 * which stacks come back, nor on how many are looked at at once.
 *
 * @left InvalidInput when the journal belongs to another run; IoFailure when it cannot be written; what `open` said
 */
export const runScores =
  <Found>(options: RunOptions<Found>): TaskEither<ModelFailure | InvalidInput | IoFailure, Ran<Found>> =>
  async () => {
    const { stacks, neighbours } = options;
    const place = new Map(stacks.map(({ stackId }, i) => [stackId, i]));
    // Columns instead of objects: half a million stacks must fit beside the models.
    const at = new Float64Array(stacks.length).fill(PENDING);
    const hasFailed = new Uint8Array(stacks.length);
    const bytes = new Float64Array(stacks.length);
    const modified = new Float64Array(stacks.length);
    const batchOf = neighbours > 1 ? batchHashes(stacks, neighbours) : undefined;
    const inOtherBatch = new Uint8Array(stacks.length);
    const sessions: Readonly<Record<string, unknown>>[] = [];

    const stop = new AbortController();
    // Earlier results are thrown away only for a scorer that works.
    const early = options.fresh === true ? await options.open(stop.signal)() : undefined;
    if (early !== undefined && E.isLeft(early)) return early;

    const opened = openJournal(options.journal, options.run, {
      ...(options.fresh === undefined ? {} : { fresh: options.fresh }),
      each: (line, where) => {
        if (isSession(line)) sessions.push(line.session);
        if (!isLine(line)) return;
        const i = place.get(line.stackId);
        if (i === undefined) return;
        inOtherBatch[i] = batchOf !== undefined && line.batch !== batchOf[Math.floor(i / neighbours)] ? 1 : 0;
        at[i] = where;
        hasFailed[i] = line.failed === undefined ? 0 : 1;
        bytes[i] = line.bytes ?? PENDING;
        modified[i] = line.modified ?? PENDING;
      },
    });
    if (E.isLeft(opened)) {
      await early?.right.close();
      return opened;
    }
    const { journal } = opened.right;

    const changed = await forgetChanged({ stacks, at, bytes, modified, inOtherBatch });
    if (options.retryFailed === true) for (let i = 0; i < at.length; i++) if (hasFailed[i] === 1) at[i] = PENDING;
    const pending = pendingOf(at, neighbours);
    const counts = (): { readonly done: number; readonly failed: number } => {
      let done = 0;
      let failed = 0;
      for (let i = 0; i < at.length; i++) {
        if (at[i] === PENDING) continue;
        done++;
        failed += hasFailed[i];
      }
      return { done, failed };
    };
    const before = stacks.length - pending.length;

    const ended = (status: 'finished' | 'stopped'): Ran<Found> => {
      const { done, failed } = counts();
      return {
        status,
        total: stacks.length,
        scored: done - failed,
        failed,
        before,
        changed,
        sessions,
        results: function* () {
          for (let i = 0; i < at.length; i++) {
            if (at[i] === PENDING) continue;
            const line = journal.read(at[i]) as Line;
            const result = line.failed === undefined ? E.right(line.found as Found) : E.left(line.failed);
            yield { stack: stacks[i], result };
          }
        },
        close: journal.close,
      };
    };
    if (pending.length === 0) {
      await early?.right.close();
      return E.right(ended('finished'));
    }

    const onAbort = (): void => {
      // At once, because the process may end right after.
      journal.flush();
      stop.abort();
    };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted === true) onAbort();
    const scorer = early ?? (await options.open(stop.signal)());
    if (E.isLeft(scorer)) {
      options.signal?.removeEventListener('abort', onAbort);
      journal.close();
      return scorer;
    }
    try {
      sessions.push(scorer.right.session);
      journal.append([{ session: scorer.right.session }]);
      for (const i of pending) at[i] = PENDING;
      const progress = { total: stacks.length, before, ...counts() };
      const waiting = new Map<number, { readonly i: number; readonly line: Line }[]>();
      const sources = function* (): Generator<StackSource> {
        for (const i of pending) {
          const { path, stackId } = stacks[i];
          const file = stampNow(path);
          bytes[i] = file?.bytes ?? PENDING;
          modified[i] = file?.modified ?? PENDING;
          yield { ...fromFile(path), stack: stackId };
        }
      };
      for await (const { index, result } of until(stop.signal, scorer.right.score(sources()))) {
        if (E.isLeft(result) && isStop(result.left)) continue;
        const i = pending[index];
        const group = Math.floor(i / neighbours);
        const together = waiting.get(group) ?? [];
        together.push({
          i,
          line: {
            stackId: stacks[i].stackId,
            ...(bytes[i] === PENDING ? {} : { bytes: bytes[i], modified: modified[i] }),
            ...(batchOf === undefined ? {} : { batch: batchOf[group] }),
            ...(E.isRight(result) ? { found: result.right } : { failed: failedOf(result.left) }),
          },
        });
        waiting.set(group, together);
        // Neighbours are written together: half a batch would be of no use to the next run.
        if (together.length < Math.min(neighbours, stacks.length - group * neighbours)) continue;
        waiting.delete(group);
        const places = journal.append(together.map(({ line }) => line));
        for (const [k, { i: done, line }] of together.entries()) {
          at[done] = places[k];
          hasFailed[done] = line.failed === undefined ? 0 : 1;
          progress.done++;
          progress.failed += hasFailed[done];
        }
        options.onProgress?.({ ...progress });
      }
      journal.flush();
      return E.right(ended(stop.signal.aborted ? 'stopped' : 'finished'));
    } catch (cause) {
      closeQuietly(journal);
      if (!isIo(cause)) throw cause;
      return E.left({ _tag: 'IoFailure', path: options.journal, doing: 'write', cause });
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      await scorer.right.close();
    }
  };

/** Only an error of the file system; anything else is a bug and must be seen. */
const isIo = (cause: unknown): boolean => cause instanceof Error && 'syscall' in cause;

const closeQuietly = (journal: Journal): void => {
  try {
    journal.close();
  } catch {
    // The disk that failed a moment ago fails again.
  }
};

const isSession = (line: unknown): line is { readonly session: Readonly<Record<string, unknown>> } =>
  typeof line === 'object' && line !== null && 'session' in line && typeof line.session === 'object';

const isLine = (line: unknown): line is Line =>
  typeof line === 'object' &&
  line !== null &&
  'stackId' in line &&
  typeof line.stackId === 'string' &&
  ('found' in line || 'failed' in line);

/** A stack that was not looked at because the run was stopped has not failed. */
const isStop = (failure: ModelFailure): boolean => failure._tag === 'Aborted' || failure._tag === 'DecodeAborted';

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

const stampNow = (path: string): { readonly bytes: number; readonly modified: number } | undefined => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { bytes: found.size, modified: Math.floor(found.mtimeMs) };
};

/** One hash per batch: of the stacks in it and their order. */
const batchHashes = (stacks: readonly Listed[], neighbours: number): readonly string[] =>
  Array.from({ length: Math.ceil(stacks.length / neighbours) }, (_, group) => {
    const members = stacks.slice(group * neighbours, (group + 1) * neighbours).map(({ stackId }) => stackId);
    return createHash('sha256').update(JSON.stringify(members)).digest('hex').slice(0, 16);
  });

/** Forgets results of files that are no longer what they were, and of batches put together otherwise. */
const forgetChanged = async (columns: {
  readonly stacks: readonly Listed[];
  readonly at: Float64Array;
  readonly bytes: Float64Array;
  readonly modified: Float64Array;
  readonly inOtherBatch: Uint8Array;
}): Promise<number> => {
  const { stacks, at, bytes, modified, inOtherBatch } = columns;
  const known: number[] = [];
  for (let i = 0; i < at.length; i++) if (at[i] !== PENDING) known.push(i);
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
};

/** What is left to do; where neighbours matter, whole batches. */
const pendingOf = (at: Float64Array, neighbours: number): Uint32Array => {
  const pending: number[] = [];
  for (let from = 0; from < at.length; from += neighbours) {
    const to = Math.min(from + neighbours, at.length);
    if (at.subarray(from, to).every((place) => place !== PENDING)) continue;
    for (let i = from; i < to; i++) pending.push(i);
  }
  return Uint32Array.from(pending);
};

/** The same items until the signal, which does not wait for the next one. */
async function* until<Item>(signal: AbortSignal, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake(), { once: true });
  for (;;) {
    // A promise of its own for each item: a race against one promise for all would remember every item.
    const next = await new Promise<IteratorResult<Item> | undefined>((done, failed) => {
      wake = () => done(undefined);
      if (signal.aborted) wake();
      else iterator.next().then(done, failed);
    });
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}
