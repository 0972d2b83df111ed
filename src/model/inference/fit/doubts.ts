import * as E from 'fp-ts/lib/Either.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { ModelFile } from '../modelFile.js';

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
      import('../onnx/inspect.js'),
      import('./mismatches.js'),
    ]);
    const said: string[] = [];
    // One after the other: a snapshot of 341 MB takes as much memory while it is looked at.
    for (const path of new Set(files.map((file) => file.path))) {
      const found = await inspectModel(path)();
      if (E.isLeft(found)) continue;
      // What concerns all models together is for the runtime, which knows who plays which role.
      const own = pipelineDifferences(pipeline, [found.right]).filter(({ model }) => model !== undefined);
      said.push(...own.map(({ model, found: what, fix }) => `${model}: ${what}. ${fix}`));
      const { sha256, external } = found.right;
      if (external.length === 0 || pipeline.models.every((role) => role.sha256 !== sha256)) continue;
      const elsewhere = external.map(({ file }) => file).join(', ');
      said.push(
        `${path}: its weights are in ${elsewhere}, which the SHA-256 in pipeline ${pipeline.name} does not cover. The provenance has theirs; compare it, or export the model in one file.`,
      );
    }
    return said;
  };
