import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Pipeline } from '../decode/pipeline.js';
import { type ModelFailure, modelFileFailure, stopped } from './failure.js';
import { fit, inRoleOrder, type Wiring } from './modelFit.js';
import { loadRuntime, type OpenModel } from './onnx.js';
import type { ModelFile, PredictorOptions } from './predictor.js';
import { warmUp } from './warmUp.js';

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
    const wanted = inRoleOrder(pipeline, files.length > 0 ? files : filesOf(pipeline));
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
export const filesOf = ({ models }: Pipeline): readonly ModelFile[] => {
  const files = new Map<string, ModelFile>();
  for (const { file, sha256 } of models) {
    if (file === undefined) continue;
    files.set(file, { path: file, ...files.get(file), ...(sha256 === undefined ? {} : { sha256 }) });
  }
  return [...files.values()];
};

const fitted = async (pipeline: Pipeline, opened: readonly OpenModel[]): Promise<E.Either<ModelFailure, Wiring>> => {
  const told = fit(pipeline, opened);
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
