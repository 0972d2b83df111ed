import type { StackSource } from '../../frames/source.js';
import type { Scored } from '../predictor.js';

/** A stack of a stream, and what became of it. */
export interface ScoredStack {
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly source: StackSource;
  readonly result: Scored;
}

interface Work {
  /** Batches worked on at the same time. */
  readonly lanes: number;
  readonly batchSize: number;
  readonly score: (sources: readonly StackSource[]) => Promise<readonly Scored[]>;
  readonly isStopped: () => boolean;
  /** Whom to tell of a stop. */
  readonly onStop: Set<() => void>;
}

interface Placed {
  readonly index: number;
  readonly source: StackSource;
}

/**
 * Pulls batches of neighbours from a stream, scores several at a time, and gives results as they are done.
 *
 * At most `lanes` batches are pulled and not done. While as many results wait to be read, no more is pulled.
 */
export async function* scoreAll(
  { lanes, batchSize, score, isStopped, onStop }: Work,
  sources: AsyncIterable<StackSource> | Iterable<StackSource>,
): AsyncGenerator<ScoredStack> {
  const stream = iteratorOf(sources);
  const done: ScoredStack[] = [];
  let index = 0;
  let atWork = 0;
  let open = lanes;
  let isOver = false;
  let problem: { readonly cause: unknown } | undefined;
  const bell = bellOf();
  const room = bellOf();
  const ringBoth = (): void => {
    bell.ring();
    room.ring();
  };

  const pullBatch = async (): Promise<readonly Placed[]> => {
    const pulled: Placed[] = [];
    while (!isOver && !isStopped() && pulled.length < batchSize) {
      const next = await stream.next();
      if (next.done === true) isOver = true;
      else pulled.push({ index: index++, source: next.value });
    }
    return pulled;
  };
  // One lane pulls at a time, or neighbours would end up in different batches.
  let pulling: Promise<unknown> = Promise.resolve();
  const pull = (): Promise<readonly Placed[]> => {
    const mine = pulling.then(pullBatch);
    pulling = mine.catch(() => undefined);
    return mine;
  };

  const lane = async (): Promise<void> => {
    while (!isOver && !isStopped()) {
      if (done.length >= lanes * batchSize) {
        await room.heard();
        continue;
      }
      const pulled = await pull();
      if (pulled.length === 0) break;
      atWork++;
      const results = await score(pulled.map(({ source }) => source));
      atWork--;
      for (const [i, placed] of pulled.entries()) done.push({ ...placed, result: results[i] });
      bell.ring();
    }
  };

  onStop.add(ringBoth);
  for (let l = 0; l < lanes; l++) {
    void lane()
      .catch((cause: unknown) => {
        problem ??= { cause };
        isOver = true;
      })
      .finally(() => {
        open--;
        ringBoth();
      });
  }
  try {
    for (;;) {
      const next = done.shift();
      if (next !== undefined) {
        room.ring();
        yield next;
      } else if (problem !== undefined && atWork === 0) throw problem.cause;
      else if (open === 0 || (isStopped() && atWork === 0)) return;
      else await bell.heard();
    }
  } finally {
    isOver = true;
    onStop.delete(ringBoth);
    room.ring();
    // Not awaited: a source that is waiting for its own data may never answer.
    void Promise.resolve(stream.return?.()).catch(() => undefined);
  }
}

const iteratorOf = (
  sources: AsyncIterable<StackSource> | Iterable<StackSource>,
): AsyncIterator<StackSource> | Iterator<StackSource> =>
  Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]();

/** Something to wait for that may ring many times. Whoever waits looks for the reason himself. */
const bellOf = () => {
  let waiting: (() => void)[] = [];
  return {
    ring: (): void => {
      const all = waiting;
      waiting = [];
      for (const wake of all) wake();
    },
    heard: (): Promise<void> => new Promise((resolve) => waiting.push(resolve)),
  };
};
