import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../domain/errors.js';
import { modelFileFailure, stopped } from '../../domain/modelFailure.js';
import { present } from '../../domain/present.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { inputShape } from '../pipeline/tensor.js';
import { readAnswers } from './answers.js';
import { type Mismatch, modelFit, type Wiring } from './fit/modelFit.js';
import { inRoleOrder } from './fit/roles.js';
import type { ModelFile, PipelineModels } from './modelFile.js';
import { type RawOutput, shapeText } from './port.js';
import { loadRuntime, type OpenModel, type RuntimeChoice } from './runtime.js';

export interface OpenOptions {
  /** `auto` takes onnxruntime-node, and onnxruntime-web where that is absent. */
  readonly runtime?: RuntimeChoice;
  /** Cores for one forward pass, from 1 to 1024; default 1. The answers do not depend on it. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/** The models of a pipeline, open, compared with it and run once. */
export interface OpenModels {
  readonly models: readonly OpenModel[];
  readonly wiring: Wiring;
  /** Name and version. */
  readonly runtime: string;
}

/** Opens model files. When something fails, the models that are already open are released. */
export const openModels =
  ({ runtime: choice = 'auto', threads = 1, signal }: OpenOptions) =>
  async ({ pipeline, models: given = [] }: PipelineModels): Promise<E.Either<ModelFailure, OpenModels>> => {
    const files = inRoleOrder(pipeline, given.length > 0 ? given : filesOfPipeline(pipeline));
    if (files.length === 0) {
      const reason = 'it names no model files, and none were given';
      return E.left(modelFileFailure('ModelUnreadable', pipeline.name, reason, NO_FILES));
    }
    const runtime = await loadRuntime(choice);
    if (E.isLeft(runtime)) return runtime;
    const models: OpenModel[] = [];
    const release = async (): Promise<void> => {
      for (const model of models) await model.release();
    };
    for (const file of files) {
      const model = await runtime.right.open(file, threads);
      if (E.isRight(model)) models.push(model.right);
      const aborted = signal?.aborted === true ? stopped() : undefined;
      const failure = E.isLeft(model) ? model.left : aborted;
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
  const { mismatches, wiring } = modelFit(pipeline)(
    opened.map(({ path, inputs, outputs }) => ({ name: path, inputs, outputs })),
  );
  if (wiring === undefined) return E.left(mismatched(opened, mismatches));
  const problems = await warmUp(pipeline, opened, wiring);
  if (problems.length > 0) return E.left(mismatched(opened, problems));
  // A pin in the pipeline holds for whichever file plays the role.
  for (const { role, file } of wiring.wires) {
    const { path, sha256 } = opened[file];
    if (role.sha256 !== undefined && role.sha256.toLowerCase() !== sha256) {
      const reason = `its SHA-256 is ${sha256}; pipeline ${pipeline.name} pins ${role.sha256} for ${role.role}`;
      return E.left(modelFileFailure('ModelChanged', path, reason));
    }
  }
  return E.right(wiring);
};

/** All mismatches as one failure, with the remedy of a mismatch that is alone. */
const mismatched = (
  opened: readonly OpenModel[],
  mismatches: readonly (Omit<Mismatch, 'fix'> & Partial<Mismatch>)[],
): ModelFailure => {
  const path = opened.length === 1 ? opened[0].path : `${opened.length} models`;
  const reasons = mismatches.map(({ model, found }) =>
    model === undefined || opened.length === 1 ? found : `${model}: ${found}`,
  );
  const [{ fix }, ...others] = mismatches;
  return modelFileFailure('ModelMismatch', path, reasons.join('; '), others.length === 0 ? fix : undefined);
};

/** Fewer frames than any of 587,208 known stacks has (17), and fast; the second is for networks that need more. */
const WARM_FRAMES = [16, 64];

/** Runs every model once on zeros: this reserves memory before the first stack, and shows mismatches that no port tells. */
const warmUp = async (
  pipeline: Pipeline,
  opened: readonly OpenModel[],
  wiring: Wiring,
): Promise<readonly { readonly model: string; readonly found: string }[]> => {
  const made = inputShape(pipeline);
  const tries = made.includes('T') ? WARM_FRAMES : [0];
  const problems: { readonly model: string; readonly found: string }[] = [];
  for (const [file, model] of opened.entries()) {
    let found: string | undefined;
    for (const frames of tries) {
      const sizes = { N: wiring.flipsPerRun, T: frames };
      const shape = made.map((size) => (typeof size === 'number' ? size : sizes[size as keyof typeof sizes]));
      const zeros = { data: new Float32Array(shape.reduce((a, b) => a * b, 1)), shape };
      const ran = await model.run(model.inputs[0].name, zeros);
      found = E.isLeft(ran)
        ? `it does not run on ${shapeText(shape)} (${ran.left})`
        : misread(ran.right, pipeline, wiring, file);
      if (found === undefined) break;
    }
    if (found !== undefined) problems.push({ model: model.path, found });
  }
  return problems;
};

/** A shape or type that cannot be read. The values for zeros do not matter here. */
const misread = (
  raw: Readonly<Record<string, RawOutput>>,
  { output: kind }: Pipeline,
  { wires, flipsPerRun }: Wiring,
  file: number,
): string | undefined => {
  for (const { output } of wires.filter((wire) => wire.file === file)) {
    const given = raw[output];
    const zeros = given && { ...given, data: Array.from(given.data, (x) => (typeof x === 'number' ? 0.5 : x)) };
    const read = readAnswers(zeros, kind, flipsPerRun);
    if (E.isLeft(read)) return `output "${output}" ${read.left}`;
  }
  return undefined;
};
