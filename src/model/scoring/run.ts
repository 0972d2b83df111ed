import { dirname, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure, ModelFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { StackSource } from '../frames/source.js';
import { type Journal, openJournal, type RunKey } from './journal.js';
import { type FailureRecord, type Line, openLedger, type RunLedger } from './ledger.js';
import type { ListedStack } from './listing.js';
import type { Shard } from './shard.js';

/** Anything that has a result for each stack: the score of models, or the tensors that they would be fed. */
export interface Scorer<Found> {
  /** Takes sources when it has room for them, `neighbours` at a time; yields each source's result once, in any order. */
  readonly score: (sources: Iterable<StackSource>) => AsyncIterable<{
    /** Position among the sources. */
    readonly index: number;
    readonly result: E.Either<ModelFailure, Found>;
  }>;
  /** Facts about the scorer for the provenance, e.g. the runtime. Written to the journal. */
  readonly session: Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

/** A run of stacks with its journal. */
export interface RunOptions<Found> {
  /** Everything that the results depend on: pipeline, models, options. */
  readonly run: RunKey;
  /** Path of the journal. */
  readonly journal: string;
  /** How many stacks, in list order, depend on one another. They are always scored together. */
  readonly neighbours: number;
  /** Which part of all stacks these are, noted in the journal so that a merge finds what is missing. */
  readonly shard?: Shard;
  /** Called only when there is something to do. */
  readonly open: (signal: AbortSignal) => Promise<E.Either<ModelFailure, Scorer<Found>>>;
  /** Discard the results in the journal. */
  readonly fresh?: boolean;
  /** Score failed stacks again. */
  readonly retryFailed?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (at: RunProgress) => void;
}

/** How far a run of stacks has come. */
export interface RunProgress {
  readonly total: number;
  /** Scored or failed, those of earlier runs included. */
  readonly done: number;
  readonly failed: number;
  /** Done before this run began. */
  readonly before: number;
}

/** The state of a run when it ends or is stopped. */
export interface RunResult<Found> {
  readonly status: 'finished' | 'stopped';
  readonly total: number;
  readonly scored: number;
  readonly failed: number;
  /** Taken over from earlier runs. */
  readonly before: number;
  /** Scored again because the file, its place, or its neighbours have changed. */
  readonly changed: number;
  /** Scored in earlier runs, and the file is missing now. Included in `scored`. */
  readonly away: number;
  /** Scored in earlier runs, and not listed now. Not among the results; the journal still has them. */
  readonly unlisted: number;
  /** The `session` of every run that had something to do. */
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  /** Every stack that has a result or a failure, in list order, read from the journal one by one. */
  readonly results: () => Generator<{ readonly stack: ListedStack; readonly result: E.Either<FailureRecord, Found> }>;
  /** Closes the journal; `results` needs it open. */
  readonly close: () => void;
}

/**
 * Scores the stacks that have no result yet. A result counts only after it is in the journal.
 *
 * A run that is killed at any moment continues where it stopped when it is started again. The results do not depend on that,
 * nor on the order in which stacks are done, nor on the number of processes.
 *
 * @param options - what decides the results, the journal, the scorer
 * @param stacks - as `listStacks` lists them
 * @left InvalidInput when the journal belongs to another run, or another program wrote into it; IoFailure when it cannot be
 * written; any failure of `open`
 */
export const runScores =
  <Found>(options: RunOptions<Found>) =>
  async (stacks: readonly ListedStack[]): Promise<E.Either<ModelFailure | InvalidInput, RunResult<Found>>> => {
    const { signal } = options;
    const stop = new AbortController();
    // Earlier results are discarded only when the scorer opens.
    const early = options.fresh === true ? await options.open(stop.signal) : undefined;
    if (early !== undefined && E.isLeft(early)) return early;

    const ledger = openLedger(stacks, options.neighbours, dirname(resolve(options.journal)));
    const sessions: Readonly<Record<string, unknown>>[] = [];
    const opened = openJournal(
      options.journal,
      options.run,
      present({
        fresh: options.fresh,
        each: (line: unknown, place: number) => {
          if (isSession(line)) sessions.push(line.session);
          ledger.recall(line, place);
        },
      }),
    );
    if (E.isLeft(opened)) {
      await early?.right.close();
      return opened;
    }
    const { journal } = opened.right;
    if (options.shard !== undefined) journal.append([{ shard: options.shard, stacks: stacks.length }]);
    const changed = await ledger.forgetChanged();
    if (options.retryFailed === true) ledger.forgetFailed();
    const pending = ledger.pending();
    const before = stacks.length - pending.length;
    const ended = (status: 'finished' | 'stopped'): E.Either<InvalidInput | IoFailure, RunResult<Found>> => {
      const checked = ownLines(options.journal, ledger, journal);
      if (E.isLeft(checked)) {
        closeQuietly(journal);
        return checked;
      }
      const { done, failed, away, unlisted } = ledger.counts();
      return E.right({
        ...{ status, total: stacks.length, scored: done - failed, failed, before, changed, away, unlisted, sessions },
        results: function* () {
          for (const { stack, place } of ledger.done()) {
            const line = journal.read(place) as Line;
            const result = line.failed === undefined ? E.right(line.found as Found) : E.left(line.failed);
            yield { stack, result };
          }
        },
        close: journal.close,
      });
    };
    if (pending.length === 0) {
      await early?.right.close();
      return ended('finished');
    }

    const onAbort = (): void => {
      // At once, because the process may end right after.
      journal.flush();
      stop.abort();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    const scorer = early ?? (await options.open(stop.signal));
    if (E.isLeft(scorer)) {
      signal?.removeEventListener('abort', onAbort);
      journal.close();
      return scorer;
    }
    try {
      sessions.push(scorer.right.session);
      journal.append([{ session: scorer.right.session }]);
      ledger.reopen(pending);
      await scorePending(scorer.right, { ...options, stacks, ledger, journal, pending, stop: stop.signal });
      journal.flush();
      return ended(stop.signal.aborted ? 'stopped' : 'finished');
    } catch (cause) {
      closeQuietly(journal);
      if (!isIo(cause)) throw cause;
      return E.left({ _tag: 'IoFailure', path: options.journal, doing: 'write', cause });
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await scorer.right.close();
    }
  };

/** Writes every result to the journal, then to the ledger; neighbours together. */
const scorePending = async <Found>(
  scorer: Scorer<Found>,
  run: Pick<RunOptions<Found>, 'neighbours' | 'onProgress'> & {
    readonly stacks: readonly ListedStack[];
    readonly ledger: RunLedger;
    readonly journal: Journal;
    readonly pending: Uint32Array;
    readonly stop: AbortSignal;
  },
): Promise<void> => {
  const { stacks, neighbours, ledger, journal, pending, stop, onProgress } = run;
  const { done, failed } = ledger.counts();
  const progress = { total: stacks.length, before: stacks.length - pending.length, done, failed };
  const waiting = new Map<number, { readonly i: number; readonly line: Line }[]>();
  const sources = function* (): Generator<StackSource> {
    for (const i of pending) yield ledger.source(i);
  };
  for await (const { index, result } of until(stop, scorer.score(sources()))) {
    if (E.isLeft(result) && isStop(result.left)) continue;
    const i = pending[index];
    const group = Math.floor(i / neighbours);
    const results = waiting.get(group) ?? [];
    results.push({ i, line: ledger.lineOf(i, result) });
    waiting.set(group, results);
    // Neighbours are written together: the next run could not use a part of them.
    if (results.length < Math.min(neighbours, stacks.length - group * neighbours)) continue;
    waiting.delete(group);
    const places = journal.append(results.map(({ line }) => line));
    for (const [k, { i: done, line }] of results.entries()) {
      ledger.settle(done, line, places[k]);
      progress.done++;
      if (line.failed !== undefined) progress.failed++;
    }
    onProgress?.({ ...progress });
  }
};

/** @left InvalidInput when a line is not where it was written: another program has written to the journal */
const ownLines = (path: string, ledger: RunLedger, journal: Journal): E.Either<InvalidInput | IoFailure, void> => {
  try {
    for (const { stack, place } of ledger.done())
      if (stackIdAt(journal, place) !== stack.stackId) return E.left(foreign(path, stack));
    return E.right(undefined);
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
};

const stackIdAt = (journal: Journal, place: number): unknown => {
  try {
    const line = journal.read(place);
    return typeof line === 'object' && line !== null && 'stackId' in line ? line.stackId : undefined;
  } catch (cause) {
    if (isIo(cause)) throw cause;
    // Half a line, or none.
    return undefined;
  }
};

const foreign = (path: string, { stackId }: ListedStack): InvalidInput => ({
  _tag: 'InvalidInput',
  source: path,
  total: 1,
  issues: [
    {
      found: 'text that another program has written there',
      expected: `the result of ${JSON.stringify(stackId)} where this run wrote it`,
      fix: 'Make sure that nothing else writes to this file, and start the same command again. Finished stacks are not scored again.',
    },
  ],
});

/** An error of the file system. Anything else is a bug and is thrown. */
const isIo = (cause: unknown): boolean => cause instanceof Error && 'syscall' in cause;

const closeQuietly = (journal: Journal): void => {
  try {
    journal.close();
  } catch {
    // The disk that just failed fails again.
  }
};

/** Whether a line tells about a session and not about a stack. */
export const isSession = (line: unknown): line is { readonly session: Readonly<Record<string, unknown>> } =>
  typeof line === 'object' && line !== null && 'session' in line && typeof line.session === 'object';

/** A stack that was not scored because the run was stopped has not failed. */
const isStop = (failure: ModelFailure): boolean => failure._tag === 'Aborted' || failure._tag === 'DecodeAborted';

/** The same items until the signal. It ends at once, without waiting for the next item. */
async function* until<Item>(signal: AbortSignal, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]();
  let wake = (): void => undefined;
  signal.addEventListener('abort', () => wake(), { once: true });
  for (;;) {
    // Each item has its own promise: a race against one shared promise would keep every item in memory.
    const next = await new Promise<IteratorResult<Item> | undefined>((done, failed) => {
      wake = () => done(undefined);
      if (signal.aborted) wake();
      else iterator.next().then(done, failed);
    });
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}
