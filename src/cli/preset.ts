import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Pipeline } from '../decode/pipeline.js';
import type { InvalidInput, IoFailure } from '../domain/errors.js';
import { readPipeline } from '../model/pipelineFile.js';
import { presets } from '../model/presets.js';
import { invalid } from './invalid.js';

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
