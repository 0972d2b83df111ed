import * as E from 'fp-ts/lib/Either.js';
import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { Pipeline } from '../decode/pipeline.js';
import type { DataFailure } from '../domain/errors.js';
import { modelFileFailure } from '../model/failure.js';
import type { ModelFile } from '../model/predictor.js';
import { asData } from './modelFailure.js';

/**
 * In which way models are not what a pipeline is for, as `tandem model inspect` says it. The runtime refuses wrong shapes and
 * types only; a sigmoid too many or frozen moments run, and give numbers that look like probabilities.
 *
 * @returns sentences, with the remedy; none for files that cannot be inspected, which the runtime has words for. `Left` for
 * normalisation left in training mode: the runtime's optimiser makes something else of it, and says nothing
 */
export const misfits =
  (pipeline: Pipeline, files: readonly Pick<ModelFile, 'path'>[]): TE.TaskEither<DataFailure, readonly string[]> =>
  async () => {
    const [{ inspectModel }, { momentDifferences, pipelineDifferences }] = await Promise.all([
      import('../model/onnxFile.js'),
      import('../model/pipelineDifferences.js'),
    ]);
    const said: string[] = [];
    // One after the other: a snapshot of 341 MB takes as much memory while it is looked at.
    for (const path of new Set(files.map((file) => file.path))) {
      const found = await inspectModel(path)();
      if (E.isLeft(found)) continue;
      // What concerns all models together is for the runtime, which knows who plays which role.
      const own = pipelineDifferences(pipeline, [found.right]).filter(({ model }) => model !== undefined);
      const [mixed] = found.right.ownMoments.training > 0 ? momentDifferences(pipeline, found.right) : [];
      if (mixed !== undefined) return E.left(asData(modelFileFailure('ModelMismatch', path, mixed.found, mixed.fix)));
      said.push(...own.map(({ model, found: what, fix }) => `${model}: ${what}. ${fix}`));
    }
    return E.right(said);
  };
