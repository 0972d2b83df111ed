import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { decodeEarlyStop, type EarlyStopDocument } from '../decode/documents/earlyStop.js';
import type { DataFailure, InvalidInput, IoFailure } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { EarlyStop } from '../model/inference/earlyStop.js';
import type { ModelFile } from '../model/inference/modelFile.js';
import { pipelineHash } from '../model/pipeline/document.js';
import type { Pipeline } from '../model/pipeline/pipeline.js';
import { hashesOf } from '../model/scoring/models.js';
import { invalid } from './verb.js';

export { stopHash } from '../model/scoring/models.js';

interface Asked {
  readonly pipeline: Pipeline;
  readonly models: readonly Required<ModelFile>[];
}

/** What `--early-stop` says: nothing, `exact` at the pipeline's own threshold, or a file that fits pipeline and models. */
export const earlyStopOf = (
  flag: string | undefined,
  { pipeline, models }: Asked,
): TE.TaskEither<DataFailure, EarlyStop | undefined> => {
  if (flag === undefined) return TE.right(undefined);
  if (pipeline.ensemble._tag !== 'Mean') {
    const found = `pipeline ${pipeline.name}, whose models vote`;
    return TE.left(invalid('--early-stop', { found, expected: 'an ensemble by mean', fix: 'Leave the flag out.' }));
  }
  if (flag === 'exact') return TE.right({ edges: [pipeline.ensemble.stalledAbove] });
  return pipe(
    TE.tryCatch(
      () => readFile(flag, 'utf8'),
      (cause): IoFailure => ({ _tag: 'IoFailure', path: flag, doing: 'read', cause }),
    ),
    TE.chainEitherKW((text) => decodeEarlyStop(flag, text)),
    TE.chainEitherKW((document) => fitting(flag, document, { pipeline, models })),
  );
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
