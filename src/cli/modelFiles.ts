import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Pipeline } from '../decode/pipeline.js';
import type { DataFailure } from '../domain/errors.js';
import { embeddedModel } from '../model/embedded.js';
import type { ModelFile } from '../model/predictor.js';
import { pinned } from '../model/score/models.js';
import { invalid } from './invalid.js';

/** The files that play the roles: those given, else those the pipeline names, else the one in the package; all pinned. */
export const modelFiles = (
  pipeline: Pipeline,
  given: readonly string[] = [],
): TE.TaskEither<DataFailure, readonly Required<ModelFile>[]> => {
  const named = new Map(
    pipeline.models.flatMap(({ file: path, sha256 }) =>
      path === undefined ? [] : [[path, { path, ...(sha256 === undefined ? {} : { sha256 }) }]],
    ),
  );
  const packaged = embeddedModel();
  const own = pipeline === packaged.pipeline ? [packaged.file] : [...named.values()];
  const files = given.length > 0 ? given.map((path): ModelFile => ({ path })) : own;
  if (files.length > 0) return pinned(files);
  const roles = pipeline.models.map(({ role }) => role).join(', ');
  return TE.left(
    invalid('--models', {
      found: 'no model',
      expected: `the ONNX files that play ${roles}, in this order`,
      fix: 'Name them with --models.',
    }),
  );
};
