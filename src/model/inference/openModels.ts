import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { ModelFailure } from '../../domain/errors.js';
import { modelFileFailure, stopped } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { readAnswers } from './answers.js';
import { inputShape, inRoleOrder, shapeText, type Wiring, wiringOf } from './fit/wiring.js';
import type { ModelFile, PredictorOptions } from './modelFile.js';
import { loadRuntime, type OpenModel, type RawOutput } from './runtime.js';

/** Below the fewest frames of 587,208 known stacks (17), and cheap; the second is for networks that need more. */
const WARM_FRAMES = [16, 64];

/** Runs every model once on zeros: memory is in place before the first stack, and a misfit the file did not tell shows. */
export const warmUp = async (
  pipeline: Pipeline,
  opened: readonly OpenModel[],
  wiring: Wiring,
): Promise<E.Either<readonly string[], Wiring>> => {
  const made = inputShape(pipeline);
  const tries = made.includes('T') ? WARM_FRAMES : [0];
  const differences: string[] = [];
  for (const [file, model] of opened.entries()) {
    let problem: string | undefined;
    for (const frames of tries) {
      const shape = made.map((n) => (typeof n === 'number' ? n : n === 'N' ? wiring.together : frames));
      const zeros = { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
      const ran = await model.run(model.inputs[0].name, zeros);
      problem = E.isLeft(ran)
        ? `it does not run on ${shapeText(shape)} (${ran.left})`
        : misread(ran.right, pipeline, wiring, file);
      if (problem === undefined) break;
    }
    if (problem !== undefined) differences.push(opened.length === 1 ? problem : `${model.path}: ${problem}`);
  }
  return differences.length === 0 ? E.right(wiring) : E.left(differences);
};

/** A shape or type that cannot be read; what zeros mean to the network does not matter here. */
const misread = (
  raw: Readonly<Record<string, RawOutput>>,
  { output: kind }: Pipeline,
  { wires, together }: Wiring,
  file: number,
): string | undefined => {
  for (const { output } of wires.filter((wire) => wire.file === file)) {
    const given = raw[output];
    const zeros = given && { ...given, data: Array.from(given.data, (x) => (typeof x === 'number' ? 0.5 : x)) };
    const read = readAnswers(zeros, kind, together);
    if (E.isLeft(read)) return `output \`${output}\` ${read.left}`;
  }
  return undefined;
};

/** The models of a pipeline, open, held against it and run once. */
export interface OpenModels {
  readonly models: readonly OpenModel[];
  readonly wiring: Wiring;
  /** Name and version. */
  readonly runtime: string;
}

/** Opens model files; what is open when something fails is released again. */
export const openModels =
  (
    pipeline: Pipeline,
    files: readonly ModelFile[],
    { runtime: choice = 'auto', threads = 1, signal }: PredictorOptions,
  ): TaskEither<ModelFailure, OpenModels> =>
  async () => {
    const wanted = inRoleOrder(pipeline, files.length > 0 ? files : filesOfPipeline(pipeline));
    if (wanted.length === 0) {
      const reason = 'it names no model files, and none were given';
      return E.left(modelFileFailure('ModelUnreadable', pipeline.name, reason, NO_FILES));
    }
    const runtime = await loadRuntime(choice)();
    if (E.isLeft(runtime)) return runtime;
    const models: OpenModel[] = [];
    const release = async (): Promise<void> => {
      for (const model of models) await model.release();
    };
    for (const file of wanted) {
      const model = await runtime.right.open(file, threads)();
      if (E.isRight(model)) models.push(model.right);
      const failure = E.isLeft(model) ? model.left : signal?.aborted === true ? stopped() : undefined;
      if (failure === undefined) continue;
      await release();
      return E.left(failure);
    }
    const wiring = await fitted(pipeline, models);
    if (E.isRight(wiring)) return E.right({ models, wiring: wiring.right, runtime: runtime.right.name });
    await release();
    return wiring;
  };

const NO_FILES = 'Give the ONNX files, or add `file` to the models of the pipeline.';

/** The distinct files a pipeline names. */
export const filesOfPipeline = ({ models }: Pipeline): readonly ModelFile[] => {
  const files = new Map<string, ModelFile>();
  for (const { file, sha256 } of models) {
    if (file === undefined) continue;
    files.set(file, present({ path: file, ...files.get(file), sha256 }));
  }
  return [...files.values()];
};

const fitted = async (pipeline: Pipeline, opened: readonly OpenModel[]): Promise<E.Either<ModelFailure, Wiring>> => {
  const told = wiringOf(pipeline, opened);
  const wiring = E.isLeft(told) ? told : await warmUp(pipeline, opened, told.right);
  if (E.isLeft(wiring)) {
    const path = opened.length === 1 ? opened[0].path : `${opened.length} models`;
    return E.left(modelFileFailure('ModelMismatch', path, wiring.left.join('; ')));
  }
  // A pin in the pipeline holds for whichever file plays the role.
  for (const { role, file } of wiring.right.wires) {
    const { path, sha256 } = opened[file];
    if (role.sha256 !== undefined && role.sha256.toLowerCase() !== sha256) {
      const reason = `its SHA-256 is ${sha256}; pipeline ${pipeline.name} pins ${role.sha256} for ${role.role}`;
      return E.left(modelFileFailure('ModelChanged', path, reason));
    }
  }
  return wiring;
};
