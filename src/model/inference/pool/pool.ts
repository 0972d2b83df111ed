import { availableParallelism } from 'node:os';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../../domain/errors.js';
import { modelFileFailure, runFailure, stopped } from '../../../domain/modelFailure.js';
import { limitsOf } from '../../frames/limits.js';
import type { StackSource } from '../../frames/source.js';
import type { ModelFile, PipelineModels } from '../modelFile.js';
import {
  type Predictor,
  type PredictorOptions,
  patienceOf,
  requireMean,
  type ScoreProvenance,
  type ScoreResult,
} from '../predictor.js';
import { type ScoredStack, scoreAll } from './lanes.js';
import type { WorkerReady, WorkerReply } from './worker.js';
import { type Died, startWorker, type WorkerProcess } from './workerProcess.js';

/** How to run models in several processes. */
export interface PoolOptions extends Omit<PredictorOptions, 'threads' | 'onStep'> {
  /** Child processes, each with one core for its models; default one for every core. */
  readonly processes?: number;
  /** The program of a child; only needed when this package is bundled into another file. */
  readonly worker?: URL;
}

/** A pipeline with its models, open in several processes. This process's event loop stays free. */
export interface Pool extends ScoreProvenance, Pick<Predictor, 'neighbours' | 'predict' | 'close'> {
  /**
   * Scores a stream of stacks. Results come as they are done, each with the place of its stack in the stream.
   *
   * At most `processes` × `neighbours` stacks are worked on, and fewer than twice as many are between the source and the
   * reader: a slow reader slows the pool, and the pool slows the source. After a stop, unfinished stacks fail as `Aborted`
   * and the stream ends.
   */
  readonly predictAll: (sources: AsyncIterable<StackSource> | Iterable<StackSource>) => AsyncIterable<ScoredStack>;
  /** The children alive now. */
  readonly pids: () => readonly number[];
}

const ATTEMPTS = 2;

// The built child is used from the sources, too.
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../dist/model/inference/pool/worker.js' : './worker.js',
  import.meta.url,
);

/**
 * Opens a pipeline in child processes. Stacks are sent as they are; the children decode, prepare and run.
 *
 * A child that dies is replaced, and its stacks are tried once more; then they fail as `WorkerDied`. The replacement must
 * load the same bytes as the first children. Children end with this process.
 *
 * @param options - number of processes, and the options of `openPredictor` except `threads`
 * @returns `Left` as `openPredictor` does
 * @throws RangeError when `processes` is not a whole number, 1 or more
 * @example
 * const pool = Errors.getOrThrow(await Model.openPool({ processes: 1 })(Model.embeddedModel()));
 * pool.models.length // => 5
 * await pool.close();
 */
export const openPool =
  ({ processes = availableParallelism(), worker = WORKER, signal, ...options }: PoolOptions = {}) =>
  async (models: PipelineModels): Promise<E.Either<ModelFailure, Pool>> => {
    requireMean(models.pipeline, options.stop);
    limitsOf(options.limits);
    if (!Number.isInteger(processes) || processes < 1) {
      throw new RangeError(`openPool: expected one process or more, got ${processes}`);
    }
    const patience = patienceOf(options);
    const children = new Set<WorkerProcess>();
    let isStopped = signal?.aborted === true;
    const onStop = new Set<() => void>();
    let pins: readonly Pin[] = [];

    const start = async (): Promise<E.Either<Died | ModelFailure, Started>> => {
      const child = startWorker(worker);
      children.add(child);
      const reply = await child.request({ _tag: 'Open', models: pinned(models, pins), options }, patience.open);
      const opened = E.isLeft(reply) ? reply : openedOf(reply.right);
      if (E.isRight(opened)) return E.right({ child, about: opened.right });
      children.delete(child);
      await child.kill();
      return opened;
    };

    const stop = async (how: 'end' | 'kill'): Promise<void> => {
      isStopped = true;
      for (const notify of onStop) notify();
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
      return E.left(failure._tag === 'Died' ? diedAtStart(failure) : failure);
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

    const score = async (sources: readonly StackSource[]): Promise<readonly ScoreResult[]> => {
      const slot = free.pop() ?? (await new Promise<Slot>((resolve) => waiting.push(resolve)));
      try {
        return await tryTwice(slot, sources);
      } finally {
        const next = waiting.shift();
        if (next === undefined) free.push(slot);
        else next(slot);
      }
    };

    const tryTwice = async (slot: Slot, sources: readonly StackSource[]): Promise<readonly ScoreResult[]> => {
      const all = (fail: (stack: string) => ModelFailure): readonly ScoreResult[] =>
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
        const reply = await slot.child.request({ _tag: 'Score', sources }, patience.prepare);
        if (E.isRight(reply)) return reply.right._tag === 'Scored' ? reply.right.results : unexpected();
        const { silentFor } = reply.left;
        // Once more would take as long.
        if (silentFor !== undefined) return all((stack) => tooLong(silentFor, stack));
        how = reply.left.how;
      }
      return all((stack) =>
        isStopped ? stopped(stack) : runFailure('WorkerDied', `the process at work on it was ${how}, twice`, { stack }),
      );
    };

    const { neighbours } = about;
    return E.right({
      ...about,
      predict: async (sources) => {
        const groups = Array.from({ length: Math.ceil(sources.length / neighbours) }, (_, g) =>
          sources.slice(g * neighbours, (g + 1) * neighbours),
        );
        return (await Promise.all(groups.map(score))).flat();
      },
      predictAll: (sources) =>
        scoreAll({ lanes: slots.length, neighbours, score, isStopped: () => isStopped, onStop }, sources),
      pids: () => [...children].flatMap((child) => (child.isAlive() && child.pid !== undefined ? [child.pid] : [])),
      close,
    });
  };

interface Started {
  readonly child: WorkerProcess;
  readonly about: WorkerReady;
}

/** A place for one child. When the child dies, another takes the place. */
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

const openedOf = (reply: WorkerReply) => (reply._tag === 'Opened' ? reply.opened : unexpected());

/** The same models, pinned to the bytes that were loaded first. */
const pinned = ({ pipeline, models = [] }: PipelineModels, pins: readonly Pin[]): PipelineModels => {
  const first = new Map(pins.map((pin) => [pin.path, pin]));
  // Files that the pipeline names are given explicitly from then on: a role has no place for the pins of weights.
  return { pipeline, models: models.length === 0 ? [...first.values()] : models.map((m) => first.get(m.path) ?? m) };
};

const tooLong = (seconds: number, stack: string): ModelFailure =>
  runFailure('ModelTimedOut', `a model gave no answer for ${seconds} s`, { stack });

const diedAtStart = ({ how, silentFor }: Died): ModelFailure =>
  silentFor !== undefined
    ? runFailure('ModelTimedOut', `the models did not open within ${silentFor} s`)
    : runFailure('WorkerDied', `a scoring process was ${how} while it opened the models`, {
        fix: 'Use fewer processes if memory was short; open the models in this process to see more.',
      });

const unexpected = (): never => {
  throw new RangeError('openPool: expected one reply to each request');
};
