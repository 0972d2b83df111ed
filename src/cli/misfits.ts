import * as E from 'fp-ts/lib/Either.js';
import type { Pipeline } from '../decode/pipeline.js';
import type { ModelFile } from '../model/predictor.js';

/**
 * In which way models are not what a pipeline is for, as `tandem model inspect` says it. The runtime refuses wrong shapes and
 * types only; a sigmoid too many or frozen moments run, and give numbers that look like probabilities.
 *
 * @returns sentences, with the remedy; none for files that cannot be inspected, which the runtime has words for
 */
export const misfits =
  (pipeline: Pipeline, files: readonly Pick<ModelFile, 'path'>[]): (() => Promise<readonly string[]>) =>
  async () => {
    const [{ inspectModel }, { pipelineDifferences }] = await Promise.all([
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
      said.push(...own.map(({ model, found: what, fix }) => `${model}: ${what}. ${fix}`));
    }
    return said;
  };
