import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput, IoFailure, ModelFailure } from '../domain/errors.js';
import { embeddedModel } from '../model/inference/embedded.js';
import { inRoleOrder } from '../model/inference/fit/roles.js';
import type { ModelFile } from '../model/inference/modelFile.js';
import type { ModelDescription } from '../model/inference/onnx/inspect.js';
import { filesOfPipeline } from '../model/inference/openModels.js';
import { readPipeline } from '../model/pipeline/file.js';
import type { Pipeline } from '../model/pipeline/pipeline.js';
import { presets } from '../model/pipeline/presets/presets.js';
import { pinned } from '../model/scoring/models.js';
import { invalid } from './verb.js';

/** A failure of models as a failure of data, which every verb reports. */
export const asData = (failure: ModelFailure | DataFailure): DataFailure => {
  switch (failure._tag) {
    case 'IoFailure':
    case 'InvalidInput':
    case 'DuplicateVotes':
      return failure;
    default:
      return {
        _tag: 'InvalidInput',
        source: 'model' in failure ? failure.model : (failure.stack ?? '--models'),
        total: 1,
        issues: [{ found: failure.reason, expected: EXPECTED[failure._tag] ?? expectedOf(failure), fix: failure.fix }],
      };
  }
};

const expectedOf = (failure: ModelFailure): string =>
  !('model' in failure) && 'stack' in failure && failure.stack !== undefined
    ? 'an image stack that can be read and has an outline'
    : 'sound ONNX models that fit the pipeline and can be run here';

const EXPECTED: Readonly<Record<string, string>> = {
  ModelsDiffer: 'models that share input, opset and IR version',
  WeightsElsewhere: 'weights beside the model',
};

/** The pipeline that `--preset` names: a preset, or a JSON file. A name with a dot or a slash is a file. */
export const pipelineNamed = async (preset: string): Promise<E.Either<InvalidInput | IoFailure, Pipeline>> => {
  const known = Object.values<Pipeline>(presets).find(({ name }) => name === preset);
  if (known !== undefined) return E.right(known);
  if (/[./\\]/.test(preset)) return readPipeline(preset);
  return E.left(
    invalid('--preset', {
      found: `"${preset}"`,
      expected: `one of ${Object.keys(presets).join(', ')}, or a pipeline's JSON file`,
      fix: 'Correct the name.',
    }),
  );
};

/**
 * The files that play the roles: those given, else those that the pipeline names, else the one in the package; all pinned.
 * Where the pipeline says which file plays which role, they stand in its order.
 */
export const modelFiles = async (
  pipeline: Pipeline,
  given: readonly string[] = [],
): Promise<E.Either<DataFailure, readonly Required<ModelFile>[]>> => {
  const packaged = embeddedModel();
  const own = pipeline === packaged.pipeline ? packaged.models : filesOfPipeline(pipeline);
  const files = given.length > 0 ? given.map((path): ModelFile => ({ path })) : own;
  if (files.length > 0) return E.mapLeft(asData)(await pinned(inRoleOrder(pipeline, files)));
  const roles = pipeline.models.map(({ role }) => role).join(', ');
  return E.left(
    invalid('--models', {
      found: 'no model',
      expected: `the ONNX files that play ${roles}, in this order`,
      fix: 'Name them with --models.',
    }),
  );
};

/**
 * Why scores of these models may mean nothing, as `tandem model inspect` reports it. The runtime refuses wrong shapes and types
 * only; with a sigmoid too many or with frozen moments a model runs, and its numbers look like probabilities.
 *
 * @returns sentences with the remedy; none for a file that cannot be inspected, which the runtime reports
 */
export const modelWarnings = async (pipeline: Pipeline, models: readonly ModelFile[]): Promise<readonly string[]> => {
  const { inspectModel } = await import('../model/inference/onnx/inspect.js');
  const { mismatchText, modelFit } = await import('../model/inference/fit/modelFit.js');
  const described: ModelDescription[] = [];
  // One after another: inspecting a snapshot of 341 MB takes as much memory.
  for (const path of new Set(models.map((file) => file.path))) {
    const model = await inspectModel(path);
    if (E.isRight(model)) described.push(model.right);
  }
  const { mismatches, doubts } = modelFit(pipeline)(described);
  // A mismatch of all models together is left to the runtime, which refuses it.
  return [...mismatches.filter(({ model }) => model !== undefined), ...doubts].map(mismatchText);
};
