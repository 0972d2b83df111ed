import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { EarlyStop } from '../model/inference/earlyStop.js';
import { decodeEarlyStop, type EarlyStopDocument } from '../model/inference/earlyStopDocument.js';
import type { ModelFile } from '../model/inference/modelFile.js';
import { pipelineHash } from '../model/pipeline/document.js';
import type { Pipeline } from '../model/pipeline/pipeline.js';
import { hashesOf } from '../model/scoring/models.js';
import { invalid } from './verb.js';

interface Asked {
  readonly pipeline: Pipeline;
  readonly models: readonly Required<ModelFile>[];
}

/** The early stop that `--early-stop` names: none, `exact` at the pipeline's own threshold, or a file that fits pipeline and models. */
export const earlyStopOf = async (
  flag: string | undefined,
  asked: Asked,
): Promise<E.Either<DataFailure, EarlyStop | undefined>> => {
  if (flag === undefined) return E.right(undefined);
  const { name, ensemble } = asked.pipeline;
  if (ensemble._tag !== 'Mean') {
    const found = `pipeline ${name}, whose models vote`;
    return E.left(invalid('--early-stop', { found, expected: 'an ensemble by mean', fix: 'Leave the flag out.' }));
  }
  if (flag === 'exact') return E.right({ edges: [ensemble.stalledAbove] });
  let text: string;
  try {
    text = await readFile(flag, 'utf8');
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: flag, doing: 'read', cause });
  }
  const document = decodeEarlyStop(flag, text);
  return E.isLeft(document) ? document : fitting(flag, document.right, asked);
};

const fitting = (
  source: string,
  { pipeline: hash, models: hashes, edges, risk }: EarlyStopDocument,
  { pipeline, models }: Asked,
): E.Either<InvalidInput, EarlyStop> => {
  const fix = 'Fit it again with `tandem model early-stop` for this pipeline and these models.';
  if (hash !== pipelineHash(pipeline)) {
    return E.left(
      invalid(source, {
        found: `pipeline ${hash.slice(0, 12)}`,
        expected: `pipeline ${pipelineHash(pipeline).slice(0, 12)}`,
        fix,
      }),
    );
  }
  const ours = hashesOf(models);
  const same = hashes.length === ours.length && ours.every((sha256, m) => sha256 === hashes[m]);
  if (!same)
    return E.left(invalid(source, { found: 'other model files', expected: 'the model files it was fitted on', fix }));
  return E.right(present({ edges, risk }));
};
