import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { comparisonText, modelText } from '../../report/text/model.js';
import type { OutputFlags } from '../flags.js';
import { asData, pipelineNamed } from '../modelFiles.js';
import { EXIT, type Verb } from '../verb.js';

/** `tandem model inspect`: what ONNX files say of themselves, and whether they fit a pipeline. */
export const inspect = (files: readonly string[], flags: OutputFlags & { readonly preset?: string }): Verb =>
  pipe(
    TE.Do,
    TE.bind('pipeline', () =>
      flags.preset === undefined ? TE.right<DataFailure, undefined>(undefined) : pipelineNamed(flags.preset),
    ),
    TE.bindW('tools', () => TE.fromTask(() => import('../../model/inference/onnx/inspect.js'))),
    TE.bindW('models', ({ tools }) =>
      pipe(
        files,
        TE.traverseSeqArray((file) => tools.inspectModel(file)),
        TE.mapLeft(asData),
      ),
    ),
    TE.bindW('compare', () => TE.fromTask(() => import('../../model/inference/fit/mismatches.js'))),
    TE.map(({ pipeline, models, compare }) => {
      const differences = pipeline === undefined ? [] : compare.pipelineDifferences(pipeline, models);
      const compared =
        pipeline === undefined
          ? []
          : [
              comparisonText({
                pipeline: pipeline.name,
                differences,
                outputs: models.reduce((sum, { outputs }) => sum + outputs.length, 0),
                roles: pipeline.models.length,
              }),
            ];
      return {
        text: [...models.map(modelText), ...compared].join('\n\n'),
        json: present({
          models,
          pipeline: pipeline === undefined ? undefined : pipeline.name,
          fits: pipeline === undefined ? undefined : differences.length === 0,
          differences: pipeline === undefined ? undefined : differences,
        }),
        exitCode: differences.length === 0 ? EXIT.certified : EXIT.targetsNotMet,
      };
    }),
  )();

/** `tandem model merge`: several ONNX files with a common input → one with all their outputs. */
export const merge = (files: readonly string[], flags: OutputFlags & { readonly out: string }): Verb =>
  pipe(
    TE.fromTask<typeof import('../../model/inference/onnx/mergeFiles.js'), DataFailure>(
      () => import('../../model/inference/onnx/mergeFiles.js'),
    ),
    TE.chain(({ mergeFiles }) => pipe(mergeFiles(flags.out, files), TE.mapLeft(asData))),
    TE.map((model) => ({
      text: `${modelText(model)}\n\nMerged ${files.length} models: their outputs stand in the order of the files.`,
      json: { merged: files, model },
      exitCode: EXIT.certified,
    })),
  )();
