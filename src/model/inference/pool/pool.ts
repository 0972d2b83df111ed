import { availableParallelism } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { ModelFailure } from '../../../domain/errors.js';
import { modelFileFailure, runFailure, stopped } from '../../../domain/modelFailure.js';
import { limitsOf } from '../../frames/limits.js';
import type { StackSource } from '../../frames/source.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { ModelFile, PredictorOptions } from '../modelFile.js';
import { type Predictor, requireMean, type Scored, type ScoreProvenance } from '../predictor.js';
import { type ScoredStack, scoreAll } from './lanes.js';
import type { WorkerReady } from './worker.js';
import { type Died, startWorker, type WorkerProcess } from './workerProcess.js';

export interface PoolOptions extends Omit<PredictorOptions, 'threads'> {
  /** Child processes, each with one core for its models; default one for every core. */
  readonly processes?: number;
  /** The child's program; only for those who bundle this package into a file of their own. */
  readonly worker?: URL;
}

/** A pipeline with its models, open in several processes. This process's event loop stays free. */
export interface Pool extends ScoreProvenance, Pick<Predictor, 'batchSize' | 'predict' | 'close'> {
  /**
   * Scores a stream of stacks; results come as they are done, each with the place of its stack in the stream.
   *
   * Never more than `processes` × `batchSize` stacks are in hand, and never twice as many between the source and the reader:
   * a slow reader slows the pool, and the pool slows the source. Once stopped, stacks in hand fail as `Aborted` and the
   * stream ends.
   */
  readonly predictAll: (sources: AsyncIterable<StackSource> | Iterable<StackSource>) => AsyncIterable<ScoredStack>;
  /** The children alive now. */
  readonly pids: () => readonly number[];
}

const ATTEMPTS = 2;

// Built, all of the package's own files lie side by side; from the sources the built child serves too.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../dist/model/inference/pool/worker.js' : './worker.js',
  import.meta.url,
);

/**
 * Opens a pipeline in child processes. Stacks are sent as they are; decoding, preparing and running all happen there.
 *
 * A child that dies is replaced, and what it was at is tried once more; then every stack of it fails as `WorkerDied`.
 * The replacement must load the very bytes that the first children loaded. Children end with this process.
 *
 * @param files - as for `openPredictor`
 * @returns `Left` as `openPredictor` does
 */
export const openPool =
  (
    pipeline: Pipeline,
    files: readonly ModelFile[] = [],
    { processes = availableParallelism(), worker = WORKER, signal, ...options }: PoolOptions = {},
  ): TaskEither<ModelFailure, Pool> =>
  async () => {
    requireMean(pipeline, options.stop);
    limitsOf(options.limits);
    if (!Number.isInteger(processes) || processes < 1) {
      throw new RangeError(`openPool: expected one process or more, got ${processes}`);
    }
    const children = new Set<WorkerProcess>();
    let isStopped = signal?.aborted === true;
    const onStop = new Set<() => void>();
    let pins: readonly Pin[] = [];

    const start = async (): Promise<E.Either<Died | ModelFailure, Started>> => {
      const child = startWorker(worker);
      children.add(child);
      const reply = await child.request({ _tag: 'Open', ...pinned(pipeline, files, pins), options });
      const opened =
        E.isRight(reply) && reply.right._tag === 'Opened' ? reply.right.opened : E.isLeft(reply) ? reply : unexpected();
      if (E.isRight(opened)) return E.right({ child, about: opened.right });
      children.delete(child);
      await child.kill();
      return opened;
    };

    const stop = async (how: 'end' | 'kill'): Promise<void> => {
      isStopped = true;
      for (const told of onStop) told();
      const all = [...children];
      children.clear();
      await Promise.all(all.map((child) => child[how]()));
    };
    const onAbort = (): void => void stop('kill');
    signal?.addEventListener('abort', onAbort, { once: true });
    const close = async (): Promise<void> => {
      signal?.removeEventListener('abort', onAbort);
      await stop('end');
    };

    const first = isStopped ? [] : await Promise.all(Array.from({ length: processes }, start));
    const failed = first.find(E.isLeft);
    if (isStopped || failed !== undefined) {
      const failure = isStopped || failed === undefined ? stopped() : failed.left;
      await close();
      return E.left(failure._tag === 'Died' ? diedAtStart(failure.how) : failure);
    }
    const started = first.flatMap((one) => (E.isRight(one) ? [one.right] : []));
    const [{ about }] = started;
    pins = about.models.map(({ path, sha256, weights = [] }) => ({ path, sha256, weights }));
    const other = started.flatMap(({ about: its }) => its.models).find((model) => !isPinned(pins, model));
    if (other !== undefined) {
      await close();
      return E.left(modelFileFailure('ModelChanged', other.path, 'it was written to while it was read'));
    }

    const slots: Slot[] = started.map(({ child }) => ({ child }));
    const free = [...slots];
    const waiting: ((slot: Slot) => void)[] = [];

    const score = async (sources: readonly StackSource[]): Promise<readonly Scored[]> => {
      const slot = free.pop() ?? (await new Promise<Slot>((resolve) => waiting.push(resolve)));
      try {
        return await tryTwice(slot, sources);
      } finally {
        const next = waiting.shift();
        if (next === undefined) free.push(slot);
        else next(slot);
      }
    };

    const tryTwice = async (slot: Slot, sources: readonly StackSource[]): Promise<readonly Scored[]> => {
      const all = (fail: (stack: string) => ModelFailure): readonly Scored[] =>
        sources.map(({ stack }) => E.left(fail(stack)));
      let how = '';
      for (let attempt = 0; attempt < ATTEMPTS && !isStopped; attempt++) {
        if (!slot.child.isAlive()) {
          children.delete(slot.child);
          const again = await start();
          if (E.isRight(again)) slot.child = again.right.child;
          else if (again.left._tag === 'Died') {
            how = again.left.how;
            continue;
          } else {
            const { left } = again;
            return all(() => left);
          }
        }
        const reply = await slot.child.request({ _tag: 'Score', sources });
        if (E.isRight(reply)) return reply.right._tag === 'Scored' ? reply.right.results : unexpected();
        how = reply.left.how;
      }
      return all((stack) =>
        isStopped ? stopped(stack) : runFailure('WorkerDied', `the process at work on it was ${how}, twice`, { stack }),
      );
    };

    const { batchSize } = about;
    return E.right({
      ...about,
      predict: async (sources) => {
        const groups = Array.from({ length: Math.ceil(sources.length / batchSize) }, (_, g) =>
          sources.slice(g * batchSize, (g + 1) * batchSize),
        );
        return (await Promise.all(groups.map(score))).flat();
      },
      predictAll: (sources) =>
        scoreAll({ lanes: slots.length, batchSize, score, isStopped: () => isStopped, onStop }, sources),
      pids: () => [...children].flatMap((child) => (child.isAlive() && child.pid !== undefined ? [child.pid] : [])),
      close,
    });
  };

interface Started {
  readonly child: WorkerProcess;
  readonly about: WorkerReady;
}

/** A place for one child; its child changes when it dies. */
interface Slot {
  child: WorkerProcess;
}

type Pin = Required<ModelFile>;

const isPinned = (pins: readonly Pin[], { path, sha256, weights = [] }: ModelFile): boolean =>
  pins.some(
    (pin) =>
      pin.path === path &&
      pin.sha256 === sha256 &&
      pin.weights.length === weights.length &&
      pin.weights.every((one, w) => one.file === weights[w].file && one.sha256 === weights[w].sha256),
  );

/** The same request, for the very bytes that were loaded first. */
const pinned = (pipeline: Pipeline, files: readonly ModelFile[], pins: readonly Pin[]) => {
  const first = new Map(pins.map((pin) => [pin.path, pin]));
  // Those that the pipeline named are given from then on: a role has no place for the pins of weights.
  return { pipeline, files: files.length === 0 ? [...first.values()] : files.map((f) => first.get(f.path) ?? f) };
};

const diedAtStart = (how: string): ModelFailure =>
  runFailure('WorkerDied', `a scoring process was ${how} while it opened the models`, {
    fix: 'Use fewer processes if memory was short; open the models in this process to see more.',
  });

const unexpected = (): never => {
  throw new RangeError('openPool: expected one reply to each request');
};
