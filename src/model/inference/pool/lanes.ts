import type { StackSource } from '../../frames/source.js';
import type { ScoreResult } from '../predictor.js';

/** A stack of a stream, and its result. */
export interface ScoredStack {
  /** Place in the stream, from 0. */
  readonly index: number;
  readonly source: StackSource;
  readonly result: ScoreResult;
}

interface Work {
  /** Groups of neighbours scored at the same time. */
  readonly lanes: number;
  readonly neighbours: number;
  readonly score: (sources: readonly StackSource[]) => Promise<readonly ScoreResult[]>;
  readonly isStopped: () => boolean;
  /** Called on a stop. */
  readonly onStop: Set<() => void>;
}

interface Placed {
  readonly index: number;
  readonly source: StackSource;
}

/**
 * Pulls groups of neighbours from a stream, scores several groups at a time, and yields results as they are done.
 *
 * At most `lanes` groups are pulled and not done. While as many results wait for the reader, nothing more is pulled.
 */
export async function* scoreAll(
  { lanes, neighbours, score, isStopped, onStop }: Work,
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

  const pullGroup = async (): Promise<readonly Placed[]> => {
    const pulled: Placed[] = [];
    while (!isOver && !isStopped() && pulled.length < neighbours) {
      const next = await stream.next();
      if (next.done === true) isOver = true;
      else pulled.push({ index: index++, source: next.value });
    }
    return pulled;
  };
  // One lane pulls at a time; otherwise neighbours would end up in different groups.
  let pulling: Promise<unknown> = Promise.resolve();
  const pull = (): Promise<readonly Placed[]> => {
    const mine = pulling.then(pullGroup);
    pulling = mine.catch(() => undefined);
    return mine;
  };

  const lane = async (): Promise<void> => {
    while (!isOver && !isStopped()) {
      if (done.length >= lanes * neighbours) {
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
    // Not awaited: a source that waits for its own data may never return.
    void Promise.resolve(stream.return?.()).catch(() => undefined);
  }
}

const iteratorOf = (
  sources: AsyncIterable<StackSource> | Iterable<StackSource>,
): AsyncIterator<StackSource> | Iterator<StackSource> =>
  Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]();

/** A signal that may be given many times. The waiting code finds out the reason itself. */
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
