import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { InvalidInput, IoFailure, ModelFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { StackSource } from '../frames/source.js';
import { type Journal, openJournal, type RunKey } from './journal.js';
import { type Failed, type Ledger, type Line, openLedger } from './ledger.js';
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

/** How a run stands when it ends, or is stopped. */
export interface Ran<Found> {
  readonly status: 'finished' | 'stopped';
  readonly total: number;
  readonly scored: number;
  readonly failed: number;
  /** Taken over from earlier runs. */
  readonly before: number;
  /** Looked at again because the file, its place, or the neighbours it is padded with, have changed. */
  readonly changed: number;
  /** Scored in earlier runs, and the file is not there now. Among the scored. */
  readonly away: number;
  /** Scored in earlier runs, and not listed now: no results of this run, but the journal keeps them. */
  readonly unlisted: number;
  /** Who scored, one entry per run that had something to do. */
  readonly sessions: readonly Readonly<Record<string, unknown>>[];
  /** Every stack that has a result or a failure, in list order, read from the journal one by one. */
  readonly results: () => Generator<{ readonly stack: Listed; readonly result: E.Either<Failed, Found> }>;
  /** Closes the journal; `results` needs it open. */
  readonly close: () => void;
}

/**
 * Scores what is not scored yet, and writes every result to the journal before it counts.
 *
 * Killed at any moment and started again, it goes on where it was. The results do not depend on that, nor on the order in
 * which stacks come back, nor on how many are looked at at once.
 *
 * @left InvalidInput when the journal belongs to another run, or another program wrote into it meanwhile; IoFailure when it
 * cannot be written; what `open` said
 */
export const runScores =
  <Found>(options: RunOptions<Found>): TaskEither<ModelFailure | InvalidInput | IoFailure, Ran<Found>> =>
  async () => {
    const { stacks, signal } = options;
    const stop = new AbortController();
    // Earlier results are thrown away only for a scorer that works.
    const early = options.fresh === true ? await options.open(stop.signal)() : undefined;
    if (early !== undefined && E.isLeft(early)) return early;

    const ledger = openLedger(stacks, options.neighbours);
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
    const changed = await ledger.forgetChanged();
    if (options.retryFailed === true) ledger.forgetFailed();
    const pending = ledger.pending();
    const before = stacks.length - pending.length;
    const ended = (status: 'finished' | 'stopped'): E.Either<InvalidInput | IoFailure, Ran<Found>> => {
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
    const scorer = early ?? (await options.open(stop.signal)());
    if (E.isLeft(scorer)) {
      signal?.removeEventListener('abort', onAbort);
      journal.close();
      return scorer;
    }
    try {
      sessions.push(scorer.right.session);
      journal.append([{ session: scorer.right.session }]);
      ledger.reopen(pending);
      await scorePending(scorer.right, { ...options, ledger, journal, pending, stop: stop.signal });
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

/** Every result into the journal, then into the ledger; neighbours together. */
const scorePending = async <Found>(
  scorer: Scorer<Found>,
  of: Pick<RunOptions<Found>, 'stacks' | 'neighbours' | 'onProgress'> & {
    readonly ledger: Ledger;
    readonly journal: Journal;
    readonly pending: Uint32Array;
    readonly stop: AbortSignal;
  },
): Promise<void> => {
  const { stacks, neighbours, ledger, journal, pending, stop } = of;
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
    const together = waiting.get(group) ?? [];
    together.push({ i, line: ledger.lineOf(i, result) });
    waiting.set(group, together);
    // Neighbours are written together: half a batch would be of no use to the next run.
    if (together.length < Math.min(neighbours, stacks.length - group * neighbours)) continue;
    waiting.delete(group);
    const places = journal.append(together.map(({ line }) => line));
    for (const [k, { i: done, line }] of together.entries()) {
      ledger.settle(done, line, places[k]);
      progress.done++;
      if (line.failed !== undefined) progress.failed++;
    }
    of.onProgress?.({ ...progress });
  }
};

/** @left InvalidInput when a line is not where it was written: somebody else has written into the journal since */
const ownLines = (path: string, ledger: Ledger, journal: Journal): E.Either<InvalidInput | IoFailure, void> => {
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

const foreign = (path: string, { stackId }: Listed): InvalidInput => ({
  _tag: 'InvalidInput',
  source: path,
  total: 1,
  issues: [
    {
      found: 'what another program has written there meanwhile',
      expected: `the result of ${JSON.stringify(stackId)} where this run wrote it`,
      fix: 'See that nothing else writes to this file, and start the same command again; what is done counts.',
    },
  ],
});

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

/** A stack that was not looked at because the run was stopped has not failed. */
const isStop = (failure: ModelFailure): boolean => failure._tag === 'Aborted' || failure._tag === 'DecodeAborted';

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
