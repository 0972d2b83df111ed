import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../domain/errors.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import { type RunFailure, runFailure, stopped } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import type { DecodeOptions } from '../frames/decodeStack.js';
import { limitsOf } from '../frames/limits.js';
import type { StackSource } from '../frames/source.js';
import { pipelineHash } from '../pipeline/document.js';
import type { Flip, Pipeline } from '../pipeline/pipeline.js';
import { type Prepared, prepareStack } from '../pipeline/prepare.js';
import { depthOf, neighboursOf, orientations, padded, type Tensor } from '../pipeline/tensor.js';
import { type EnsembleScore, ensembleScore, mean32, readAnswers } from './answers.js';
import { type EarlyStop, settledBy } from './earlyStop.js';
import type { Wiring } from './fit/modelFit.js';
import type { PipelineModels, WeightFile } from './modelFile.js';
import { type OpenModels, type OpenOptions, openModels } from './openModels.js';
import type { OpenModel } from './runtime.js';

/** How to run models: runtime, cores, and whether to stop early. */
export interface PredictorOptions extends DecodeOptions, OpenOptions {
  /** Stop asking when the routing is settled; only where the ensemble is a mean. */
  readonly stop?: EarlyStop;
  /** Longest time of one pass of a model, and a tenth of the longest time to open all of them; default 300. Kept by `openPool` only. */
  readonly passSeconds?: number | undefined;
  /** Called before each step with the seconds that it may take. */
  readonly onStep?: ((seconds: number) => void) | undefined;
}

/** A pass of the largest prize-winning network takes 3 s on one quiet core. */
const PASS_SECONDS = 300;
/** Beside decoding: cutting, resizing and turning frames takes less than a second. */
const PREPARE_SECONDS = 60;

/** How long each step may take, in seconds. Opening includes one pass of every model. */
export const patienceOf = ({
  passSeconds = PASS_SECONDS,
  limits,
}: Pick<PredictorOptions, 'passSeconds' | 'limits'>) => {
  if (!(passSeconds > 0)) throw new RangeError(`passSeconds: expected a number above 0, got ${passSeconds}`);
  return { open: 10 * passSeconds, pass: passSeconds, prepare: limitsOf(limits).seconds + PREPARE_SECONDS };
};

/** The file, and its output, that plays a role of the pipeline. */
export interface UsedModel {
  readonly role: string;
  readonly path: string;
  /** Of the file as read. */
  readonly sha256: string;
  readonly output: string;
  /** Files beside it that hold weights, as read; absent when the model holds them all itself. */
  readonly weights?: readonly WeightFile[];
}

/** The score of a stack, with the answer of every model and flip behind it. */
export interface StackScore {
  readonly stack: string;
  readonly frames: number;
  readonly ensemble: EnsembleScore;
  /** One row per model used, one probability per flip, in the pipeline's order; rows are shorter after an early stop. */
  readonly answers: readonly (readonly number[])[];
  /** Forward passes of one network: models × flips, or fewer. A merged file makes several in one run. */
  readonly passes: number;
  /** The reason for fewer passes. The score is then the mean of the answers so far; `perModel` lacks models never asked. */
  readonly settled?: 'exact' | 'risk';
  readonly seconds: {
    /** Reading, decoding, outline, tensor. */
    readonly prepare: number;
    /** In the model runtime. */
    readonly infer: number;
  };
}

/** What made the scores. */
export interface ScoreProvenance {
  readonly pipelineHash: string;
  readonly models: readonly UsedModel[];
  /** Name and version, e.g. `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
  /** What a reader of the scores should know, e.g. that only 2 of 5 models took part. */
  readonly note?: string;
}

/** The score of a stack, or why it has none. */
export type ScoreResult = E.Either<ModelFailure, StackScore>;

/** A stack as a tensor, and how many frames it had. */
export type ReadyStack = Pick<Prepared, 'stack' | 'frames' | 'tensor'>;

/** A pipeline with its models, open and warm. */
export interface Predictor extends ScoreProvenance {
  /** Stacks that are padded together; 1 where neighbours do not matter. */
  readonly neighbours: number;
  /**
   * Scores stacks, `neighbours` at a time. A stack that fails does not fail its neighbours.
   *
   * @returns aligned with `sources`
   */
  readonly predict: (sources: readonly StackSource[]) => Promise<readonly ScoreResult[]>;
  /** Scores prepared tensors. All of them are padded together. */
  readonly predictPrepared: (stacks: readonly ReadyStack[]) => Promise<readonly ScoreResult[]>;
  /** One run: the answers of the models of one file for one orientation. Files count from 0 in the order of `models`. */
  readonly ask: (
    stack: Pick<Prepared, 'stack' | 'tensor'>,
    question: { readonly file: number; readonly flip: Flip },
  ) => Promise<E.Either<ModelFailure, readonly number[]>>;
  /** Frees the models. Every later call fails as `Aborted`. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the models of a pipeline in this process, compares them with it and runs each once.
 *
 * Without `models` the files named in the pipeline are opened; `readPipeline` finds them beside the JSON. Each file plays the
 * roles that name it, in whatever order the files are given. Outputs of other files, in order, play the roles of
 * `pipeline.models`, in order: a merged file with five outputs plays five roles. A mean works with fewer models than roles,
 * and `note` then says so. A sha256 pinned in the pipeline holds for every file that plays the role.
 *
 * A forward pass blocks the event loop. `openPool` does the same work in other processes.
 *
 * @param options - runtime, threads, decoder, limits, early stop
 * @returns `Left` when no runtime is installed, a file is missing, damaged or not the one pinned, or the models do not fit
 * @throws RangeError when `threads` is not a whole number from 1 to 1024, or models that vote shall stop early
 * @example
 * const predictor = Errors.getOrThrow(await Model.openPredictor()(Model.embeddedModel()));
 * predictor.models.length // => 5
 * await predictor.close();
 */
export const openPredictor =
  (options: PredictorOptions = {}) =>
  async (models: PipelineModels): Promise<E.Either<ModelFailure, Predictor>> => {
    requireMean(models.pipeline, options.stop);
    requireThreads(options.threads ?? 1);
    limitsOf(options.limits);
    const opened = await openModels(options)(models);
    return E.isLeft(opened) ? opened : E.right(predictorOf(models.pipeline, opened.right, options));
  };

/** More than one machine has cores for; a runtime would start them all. */
const MOST_THREADS = 1024;

const requireThreads = (threads: number): void => {
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return;
  throw new RangeError(`threads: expected a whole number from 1 to ${MOST_THREADS}, got ${threads}`);
};

/** @throws RangeError when models that vote shall stop early: a count of votes has no bound of the kind a mean has */
export const requireMean = ({ name, ensemble }: Pipeline, stop: EarlyStop | undefined): void => {
  if (stop !== undefined && ensemble._tag !== 'Mean') {
    throw new RangeError(`stop: expected an ensemble by mean, pipeline ${name} votes`);
  }
};

const predictorOf = (
  pipeline: Pipeline,
  { models: opened, wiring: { wires, flipsPerRun }, runtime }: OpenModels,
  options: PredictorOptions,
): Predictor => {
  const used: Pipeline = { ...pipeline, models: wires.map(({ role }) => role) };
  const scoreOf = ensembleScore(used);
  const all = wires.length * pipeline.flips.length;
  const neighbours = neighboursOf(pipeline);
  const patience = patienceOf(options);
  let isClosed = false;
  const hasStopped = (): boolean => isClosed || options.signal?.aborted === true;

  /** Answers of the models of one file for the orientations of one run; one row per wire of the file. */
  const run = async (
    stack: string,
    tensor: Tensor,
    file: number,
    flips: readonly Flip[],
  ): Promise<E.Either<ModelFailure, readonly (readonly number[])[]>> => {
    options.onStep?.(patience.pass);
    // A run blocks the event loop. Between runs the loop turns once, so that an abort or `close` takes effect.
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

  const predictOne = async ({ stack, frames, tensor }: ReadyStack, prepare: number): Promise<ScoreResult> => {
    const start = performance.now();
    const answers: number[][] = wires.map(() => []);
    const soFar: number[] = [];
    let settled: 'exact' | 'risk' | undefined;
    // One orientation at a time: a batch of eight is no faster and needs eight times the memory.
    asking: for (let first = 0; first < pipeline.flips.length; first += flipsPerRun) {
      const flips = pipeline.flips.slice(first, first + flipsPerRun);
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
    return E.right(
      present({
        stack,
        frames,
        ensemble: settled === undefined ? scoreOf(answers) : scoreSoFar(used, answers),
        answers,
        passes: soFar.length,
        settled,
        seconds: { prepare, infer: seconds(start) },
      }),
    );
  };

  /** Pads all stacks that could be prepared to the longest of them, and scores them. */
  const predictTogether = async (
    stacks: readonly E.Either<ModelFailure, ReadyStack & { readonly prepare: number }>[],
  ): Promise<readonly ScoreResult[]> => {
    const depths = stacks.map((stack) => (E.isRight(stack) ? depthOf(stack.right.tensor, pipeline.layout) : 0));
    const pad = padded(neighbours > 1 ? Math.max(...depths) : 0, pipeline.layout);
    const results: ScoreResult[] = [];
    for (const stack of stacks) {
      results.push(
        E.isLeft(stack)
          ? stack
          : await predictOne({ ...stack.right, tensor: pad(stack.right.tensor) }, stack.right.prepare),
      );
    }
    return results;
  };

  const prepare = prepareStack({ ...options, pipeline });
  const prepared = async (source: StackSource) => {
    options.onStep?.(patience.prepare);
    if (hasStopped()) return E.left(stopped(source.stack));
    const start = performance.now();
    const made = await prepare(source);
    if (hasStopped()) return E.left(stopped(source.stack));
    if (E.isLeft(made)) return made;
    const { stack, frames, tensor } = made.right;
    return E.right({ stack, frames, tensor, prepare: seconds(start) });
  };

  return {
    ...provenance(pipeline, wires, opened),
    runtime,
    neighbours,
    predict: async (sources) => {
      const results: ScoreResult[] = [];
      for (let first = 0; first < sources.length; first += neighbours) {
        const stacks = [];
        for (const source of sources.slice(first, first + neighbours)) stacks.push(await prepared(source));
        results.push(...(await predictTogether(stacks)));
      }
      return results;
    },
    predictPrepared: (stacks) => predictTogether(stacks.map((stack) => E.right({ ...stack, prepare: 0 }))),
    ask: async ({ stack, tensor }, { file, flip }) => {
      if (opened[file] === undefined) throw new RangeError(`ask: expected a file below ${opened.length}, got ${file}`);
      const flips = Array.from({ length: flipsPerRun }, () => flip);
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

/** The mean of the answers so far; every answer has the same weight. */
const scoreSoFar = ({ ensemble }: Pipeline, answers: readonly (readonly number[])[]): EnsembleScore => {
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
