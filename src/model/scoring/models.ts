import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { canonicalJson } from '../../decode/documents/canonicalJson.js';
import type { ModelFailure } from '../../domain/errors.js';
import type { Label } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import type { EarlyStop } from '../inference/earlyStop.js';
import type { ModelFile } from '../inference/modelFile.js';
import { readHashes } from '../inference/modelHashes.js';
import { openPool, type PoolOptions } from '../inference/pool/pool.js';
import type { StackScore } from '../inference/predictor.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Scorer } from './run.js';

/** What the journal keeps of a score. */
export interface KeptScore {
  readonly score: number;
  readonly label: Label;
  /** One probability per role; null for a role that was not asked. */
  readonly perModel: readonly (number | null)[];
  readonly frames: number;
  readonly passes: number;
  readonly seconds: { readonly prepare: number; readonly infer: number };
}

/** A pipeline's models in a pool of processes. An early stop over flips and members belongs here too, when there is one. */
export const modelScorer =
  (pipeline: Pipeline, files: readonly ModelFile[], options: PoolOptions) =>
  (signal: AbortSignal): ReturnType<typeof opened> =>
    opened(pipeline, files, { ...options, signal });

const opened = (pipeline: Pipeline, files: readonly ModelFile[], options: PoolOptions) =>
  pipe(
    openPool(pipeline, files, options),
    TE.map((pool): Scorer<KeptScore> => {
      const { models, runtime, pipelineHash, note } = pool;
      return {
        score: async function* (sources) {
          for await (const { index, result } of pool.predictAll(sources)) {
            yield { index, result: E.isLeft(result) ? result : E.right(kept(result.right)) };
          }
        },
        session: present({
          ...{ pipelineHash, runtime, models },
          note,
          stop: options.stop === undefined ? undefined : stopHash(options.stop),
        }),
        close: pool.close,
      };
    }),
  );

/** Scores under another stop are other scores: journal and provenance keep this of it. */
export const stopHash = (stop: EarlyStop): string => createHash('sha256').update(canonicalJson(stop)).digest('hex');

const kept = ({ verdict, answers, settled, frames, passes, seconds }: StackScore): KeptScore => {
  let asked = 0;
  const perModel =
    settled === undefined
      ? verdict.perModel
      : // Roles that were never asked have no place in the verdict, and may stand between others.
        answers.map((row) => (row.length === 0 ? null : verdict.perModel[asked++]));
  return { ...verdict, perModel, frames, passes, seconds };
};

/** Files with the hashes of what is in them now, so that no other bytes are loaded later. */
export const pinned: (files: readonly ModelFile[]) => TE.TaskEither<ModelFailure, readonly Required<ModelFile>[]> =
  TE.traverseSeqArray((file: ModelFile) =>
    pipe(
      // A path that leads nowhere is no fault of a model.
      TE.tryCatch(
        () => access(file.path),
        (cause): ModelFailure => ({ _tag: 'IoFailure', path: file.path, doing: 'read', cause }),
      ),
      TE.chain(() => () => readHashes(file)),
      TE.map((hashes) => ({ path: file.path, ...hashes })),
    ),
  );

/** Everything that answers, by its hash: each model, then what it keeps beside it. */
export const hashesOf = (models: readonly Required<ModelFile>[]): readonly string[] =>
  models.flatMap(({ sha256, weights }) => [sha256, ...weights.map((one) => one.sha256)]);
