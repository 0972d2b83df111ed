import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure, InvalidInput, IoFailure, ModelFailure } from '../domain/errors.js';
import { embeddedModel } from '../model/inference/embedded.js';
import { inRoleOrder } from '../model/inference/fit/wiring.js';
import type { ModelFile } from '../model/inference/modelFile.js';
import { filesOfPipeline } from '../model/inference/openModels.js';
import { readPipeline } from '../model/pipeline/file.js';
import type { Pipeline } from '../model/pipeline/pipeline.js';
import { presets } from '../model/pipeline/presets/presets.js';
import { pinned } from '../model/scoring/models.js';
import { invalid } from './verb.js';

/** A failure of models in the words of the other verbs. */
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

/** What `--preset` names: a preset, or a pipeline's JSON file. A name with a dot or slash is a file. */
export const pipelineNamed = (preset: string): TE.TaskEither<InvalidInput | IoFailure, Pipeline> => {
  const known = Object.values<Pipeline>(presets).find(({ name }) => name === preset);
  if (known !== undefined) return TE.right(known);
  if (/[./\\]/.test(preset)) return readPipeline(preset);
  return TE.left(
    invalid('--preset', {
      found: `"${preset}"`,
      expected: `one of ${Object.keys(presets).join(', ')}, or a pipeline's JSON file`,
      fix: 'Correct the name.',
    }),
  );
};

/**
 * The files that play the roles: those given, else those the pipeline names, else the one in the package; all pinned. Where
 * the pipeline says which plays what, they stand in its order.
 */
export const modelFiles = (
  pipeline: Pipeline,
  given: readonly string[] = [],
): TE.TaskEither<DataFailure, readonly Required<ModelFile>[]> => {
  const packaged = embeddedModel();
  const own = pipeline === packaged.pipeline ? [packaged.file] : filesOfPipeline(pipeline);
  const files = given.length > 0 ? given.map((path): ModelFile => ({ path })) : own;
  if (files.length > 0) return pipe(pinned(inRoleOrder(pipeline, files)), TE.mapLeft(asData));
  const roles = pipeline.models.map(({ role }) => role).join(', ');
  return TE.left(
    invalid('--models', {
      found: 'no model',
      expected: `the ONNX files that play ${roles}, in this order`,
      fix: 'Name them with --models.',
    }),
  );
};
