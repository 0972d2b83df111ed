import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { ModelFailure } from '../../domain/errors.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import { type RunFailure, runFailure, stopped } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import { limitsOf } from '../frames/limits.js';
import type { StackSource } from '../frames/source.js';
import { pipelineHash } from '../pipeline/document.js';
import type { Flip, Pipeline } from '../pipeline/pipeline.js';
import { type Prepared, prepareStack } from '../pipeline/prepare.js';
import { depthOf, orientations, padded, type Tensor } from '../pipeline/tensor.js';
import { type EnsembleVerdict, ensembleVerdict, mean32, readAnswers } from './answers.js';
import { type EarlyStop, settledBy } from './earlyStop.js';
import type { Wiring } from './fit/wiring.js';
import type { ModelFile, PredictorOptions } from './modelFile.js';
import type { WeightFile } from './modelHashes.js';
import { type OpenModels, openModels } from './openModels.js';
import type { OpenModel } from './runtime.js';

/** Which file, and which of its outputs, answers for a role of the pipeline. */
export interface UsedModel {
  readonly role: string;
  readonly path: string;
  /** Of the file as read. */
  readonly sha256: string;
  readonly output: string;
  /** Files beside it that hold weights, as read; absent when the model holds them all itself. */
  readonly weights?: readonly WeightFile[];
}

export interface StackScore {
  readonly stack: string;
  readonly frames: number;
  readonly verdict: EnsembleVerdict;
  /** Row per model used, one probability per flip, in the pipeline's order; rows end early where the asking did. */
  readonly answers: readonly (readonly number[])[];
  /** Forward passes of one network: models × flips, or fewer. A merged file makes several in one run. */
  readonly passes: number;
  /** Why fewer; the score is then the mean of the answers so far, and models never asked have no place in `perModel`. */
  readonly settled?: 'exact' | 'risk';
  readonly seconds: {
    /** Reading, decoding, outline, tensor. */
    readonly prepare: number;
    /** In the model runtime. */
    readonly infer: number;
  };
}

/** What answers for a pipeline. */
export interface ScoreProvenance {
  readonly pipelineHash: string;
  readonly models: readonly UsedModel[];
  /** Name and version, e.g. `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
  /** What a reader of the scores should know, e.g. that only 2 of 5 models took part. */
  readonly note?: string;
}

export type Scored = E.Either<ModelFailure, StackScore>;

/** A stack as a tensor, and how many frames it had. */
export type ReadyStack = Pick<Prepared, 'stack' | 'frames' | 'tensor'>;

/** A pipeline with its models, open and warm. */
export interface Predictor extends ScoreProvenance {
  /** Stacks that are padded together; 1 wherever neighbours do not matter. */
  readonly batchSize: number;
  /**
   * Scores stacks, `batchSize` neighbours at a time. A stack that fails does not fail its neighbours.
   *
   * @returns aligned with `sources`
   */
  readonly predict: (sources: readonly StackSource[]) => Promise<readonly Scored[]>;
  /** The same from tensors already prepared, all of them one batch. */
  readonly predictPrepared: (stacks: readonly ReadyStack[]) => Promise<readonly Scored[]>;
  /** One run: what the models of one file say of one orientation. Files count from 0 in the order of `models`. */
  readonly ask: (
    stack: Pick<Prepared, 'stack' | 'tensor'>,
    question: { readonly file: number; readonly flip: Flip },
  ) => Promise<E.Either<ModelFailure, readonly number[]>>;
  /** Frees the models. Whatever is asked afterwards fails as `Aborted`. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the models of a pipeline in this process, holds them against it and runs each once.
 *
 * Without `files` those named in the pipeline are opened; `readPipeline` finds them beside the JSON. They play the roles
 * that name them, in whatever order they are given. Outputs of other `files`, in order, play the roles of
 * `pipeline.models`, in order: a merged file with five outputs plays five. Where the ensemble is a mean, fewer will do, and
 * `note` says so. A sha256 pinned in the pipeline holds for either.
 *
 * A forward pass blocks the event loop. `openPool` does the same work in other processes.
 *
 * @returns `Left` when no runtime is installed, a file is missing, damaged or not the one pinned, or the models do not fit
 * @throws RangeError when `threads` is no such number, or votes are to stop early
 */
export const openPredictor =
  (
    pipeline: Pipeline,
    files: readonly ModelFile[] = [],
    options: PredictorOptions = {},
  ): TaskEither<ModelFailure, Predictor> =>
  async () => {
    requireMean(pipeline, options.stop);
    requireThreads(options.threads ?? 1);
    limitsOf(options.limits);
    const opened = await openModels(pipeline, files, options)();
    return E.isLeft(opened) ? opened : E.right(predictorOf(pipeline, opened.right, options));
  };

/** More than one machine has cores for; a runtime would start them all. */
const MOST_THREADS = 1024;

const requireThreads = (threads: number): void => {
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return;
  throw new RangeError(`threads: expected a whole number from 1 to ${MOST_THREADS}, got ${threads}`);
};

/** @throws RangeError when votes are to stop early: a count of votes is no mean that could be bounded */
export const requireMean = ({ name, ensemble }: Pipeline, stop: EarlyStop | undefined): void => {
  if (stop !== undefined && ensemble._tag !== 'Mean') {
    throw new RangeError(`stop: expected an ensemble by mean, pipeline ${name} votes`);
  }
};

const predictorOf = (
  pipeline: Pipeline,
  { models: opened, wiring: { wires, together }, runtime }: OpenModels,
  options: PredictorOptions,
): Predictor => {
  const used: Pipeline = { ...pipeline, models: wires.map(({ role }) => role) };
  const judge = ensembleVerdict(used);
  const all = wires.length * pipeline.flips.length;
  const batchSize = pipeline.depth._tag === 'PadToBatch' ? pipeline.depth.batch : 1;
  let isClosed = false;
  const hasStopped = (): boolean => isClosed || options.signal?.aborted === true;

  /** What the models of one file say of as many orientations as go into one run; row per wire of the file. */
  const run = async (
    stack: string,
    tensor: Tensor,
    file: number,
    flips: readonly Flip[],
  ): Promise<E.Either<ModelFailure, readonly (readonly number[])[]>> => {
    // A run blocks the event loop; between runs it turns, so that a signal or a closing is heard.
    await new Promise((resolve) => setImmediate(resolve));
    if (hasStopped()) return E.left(stopped(stack));
    const model = opened[file];
    const raw = await model.run(model.inputs[0].name, tensor);
    if (hasStopped()) return E.left(stopped(stack));
    if (E.isLeft(raw)) return E.left(invalid(stack, `${model.path} does not run on it (${raw.left})`));
    const rows: (readonly number[])[] = [];
    for (const { role, output } of wires.filter((wire) => wire.file === file)) {
      const read = readAnswers(raw.right[output], pipeline.output, flips.length);
      if (E.isLeft(read)) {
        const turned = pipeline.flips.length === 1 ? '' : ` for flip ${flips.join(', ')}`;
        return E.left(invalid(stack, `model ${role.role} ${read.left}${turned}`));
      }
      rows.push(read.right);
    }
    return E.right(rows);
  };

  const predictOne = async ({ stack, frames, tensor }: ReadyStack, prepare: number): Promise<Scored> => {
    const start = performance.now();
    const answers: number[][] = wires.map(() => []);
    const soFar: number[] = [];
    let settled: 'exact' | 'risk' | undefined;
    // One orientation at a time: a batch of eight is no faster and wants eight times the memory.
    asking: for (let first = 0; first < pipeline.flips.length; first += together) {
      const flips = pipeline.flips.slice(first, first + together);
      const turned = orientations({ flips, layout: pipeline.layout })(tensor);
      for (const file of opened.keys()) {
        const rows = await run(stack, turned, file, flips);
        if (E.isLeft(rows)) return rows;
        const targets = answers.filter((_, w) => wires[w].file === file);
        for (const [i, row] of rows.right.entries()) targets[i].push(...row);
        soFar.push(...rows.right.flat());
        if (options.stop === undefined || soFar.length === all) continue;
        settled = settledBy(options.stop, all)(soFar);
        if (settled !== undefined) break asking;
      }
    }
    const said = settled === undefined ? judge(answers) : judgeEarly(used, answers);
    return E.right(
      present({
        stack,
        frames,
        verdict: said,
        answers,
        passes: soFar.length,
        settled,
        seconds: { prepare, infer: seconds(start) },
      }),
    );
  };

  /** One batch: everything that could be prepared is padded to the longest of it. */
  const predictBatch = async (
    stacks: readonly E.Either<ModelFailure, ReadyStack & { readonly prepare: number }>[],
  ): Promise<readonly Scored[]> => {
    const depths = stacks.map((stack) => (E.isRight(stack) ? depthOf(stack.right.tensor, pipeline.layout) : 0));
    const pad = padded(batchSize > 1 ? Math.max(...depths) : 0, pipeline.layout);
    const results: Scored[] = [];
    for (const stack of stacks) {
      results.push(
        E.isLeft(stack)
          ? stack
          : await predictOne({ ...stack.right, tensor: pad(stack.right.tensor) }, stack.right.prepare),
      );
    }
    return results;
  };

  const prepared = async (source: StackSource) => {
    if (hasStopped()) return E.left(stopped(source.stack));
    const start = performance.now();
    const made = await prepareStack(pipeline, options)(source)();
    if (hasStopped()) return E.left(stopped(source.stack));
    if (E.isLeft(made)) return made;
    const { stack, frames, tensor } = made.right;
    return E.right({ stack, frames, tensor, prepare: seconds(start) });
  };

  return {
    ...provenance(pipeline, wires, opened),
    runtime,
    batchSize,
    predict: async (sources) => {
      const results: Scored[] = [];
      for (let first = 0; first < sources.length; first += batchSize) {
        const stacks = [];
        for (const source of sources.slice(first, first + batchSize)) stacks.push(await prepared(source));
        results.push(...(await predictBatch(stacks)));
      }
      return results;
    },
    predictPrepared: (stacks) => predictBatch(stacks.map((stack) => E.right({ ...stack, prepare: 0 }))),
    ask: async ({ stack, tensor }, { file, flip }) => {
      if (opened[file] === undefined) throw new RangeError(`ask: expected a file below ${opened.length}, got ${file}`);
      const flips = Array.from({ length: together }, () => flip);
      const rows = await run(stack, orientations({ flips, layout: pipeline.layout })(tensor), file, flips);
      return E.isLeft(rows) ? rows : E.right(rows.right.map(([p]) => p));
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      for (const model of opened) await model.release();
    },
  };
};

/** The mean of what has been said, with every answer of the same weight. */
const judgeEarly = ({ ensemble }: Pipeline, answers: readonly (readonly number[])[]): EnsembleVerdict => {
  const asked = answers.filter((row) => row.length > 0);
  const score = mean32(asked.flat());
  const isStalled = ensemble._tag === 'Mean' && score > ensemble.stalledAbove;
  return { perModel: asked.map(mean32), score, label: isStalled ? STALLED : FLOWING };
};

const invalid = (stack: string, reason: string): RunFailure => runFailure('ModelOutputInvalid', reason, { stack });
const seconds = (start: number): number => (performance.now() - start) / 1000;

const provenance = (pipeline: Pipeline, wires: Wiring['wires'], opened: readonly OpenModel[]) => {
  const [have, want] = [wires.length, pipeline.models.length];
  return present({
    pipelineHash: pipelineHash(pipeline),
    models: wires.map(({ role, file, output }): UsedModel => {
      const { path, sha256, weights } = opened[file];
      return present({ role: role.role, path, sha256, output, weights: weights.length === 0 ? undefined : weights });
    }),
    note: have === want ? undefined : `${have} of ${want} models`,
  });
};
