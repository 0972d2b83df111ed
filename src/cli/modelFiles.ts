import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Pipeline } from '../decode/pipeline.js';
import type { DataFailure } from '../domain/errors.js';
import { embeddedModel } from '../model/embedded.js';
import { inRoleOrder } from '../model/modelFit.js';
import { filesOf } from '../model/openModels.js';
import type { ModelFile } from '../model/predictor.js';
import { pinned } from '../model/score/models.js';
import { invalid } from './invalid.js';
import { asData } from './modelFailure.js';

/**
 * The files that play the roles: those given, else those the pipeline names, else the one in the package; all pinned. Where
 * the pipeline says which plays what, they stand in its order.
 */
export const modelFiles = (
  pipeline: Pipeline,
  given: readonly string[] = [],
): TE.TaskEither<DataFailure, readonly Required<ModelFile>[]> => {
  const packaged = embeddedModel();
  const own = pipeline === packaged.pipeline ? [packaged.file] : filesOf(pipeline);
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
