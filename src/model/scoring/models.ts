import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import { canonicalJson } from '../../decode/json/index.js';
import type { ModelFailure } from '../../domain/errors.js';
import type { Label } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import type { EarlyStop } from '../inference/earlyStop.js';
import type { ModelFile, PipelineModels } from '../inference/modelFile.js';
import { readHashes } from '../inference/modelHashes.js';
import { openPool, type PoolOptions } from '../inference/pool/pool.js';
import type { StackScore } from '../inference/predictor.js';
import type { Scorer } from './run.js';

/** A score as the journal stores it. */
export interface JournalScore {
  readonly score: number;
  readonly label: Label;
  /** One probability per role; null for a role that was not asked. */
  readonly perModel: readonly (number | null)[];
  readonly frames: number;
  readonly passes: number;
  readonly seconds: { readonly prepare: number; readonly infer: number };
}

/** Scores stacks with a pipeline's models in a pool of processes. */
export const modelScorer =
  (options: PoolOptions) =>
  async (models: PipelineModels): Promise<E.Either<ModelFailure, Scorer<JournalScore>>> => {
    const pool = await openPool(options)(models);
    if (E.isLeft(pool)) return pool;
    const { models: used, runtime, pipelineHash, note, predictAll, close } = pool.right;
    return E.right({
      score: async function* (sources) {
        for await (const { index, result } of predictAll(sources)) {
          yield { index, result: E.isLeft(result) ? result : E.right(journalScore(result.right)) };
        }
      },
      session: present({
        ...{ pipeline: models.pipeline.name, pipelineHash, runtime, models: used },
        note,
        stop: options.stop === undefined ? undefined : stopHash(options.stop),
      }),
      close,
    });
  };

/** Another early stop gives other scores, so journal and provenance store its hash. */
export const stopHash = (stop: EarlyStop): string => createHash('sha256').update(canonicalJson(stop)).digest('hex');

const journalScore = ({ ensemble, answers, settled, frames, passes, seconds }: StackScore): JournalScore => {
  let asked = 0;
  // After an early stop `perModel` lacks the roles that were never asked; they may stand between others.
  const perModel =
    settled === undefined
      ? ensemble.perModel
      : answers.map((row) => (row.length === 0 ? null : ensemble.perModel[asked++]));
  return { ...ensemble, perModel, frames, passes, seconds };
};

/** Files with the hashes of their present content, so that no other bytes are loaded later. */
export const pinned = async (
  files: readonly ModelFile[],
): Promise<E.Either<ModelFailure, readonly Required<ModelFile>[]>> => {
  const pins: Required<ModelFile>[] = [];
  for (const file of files) {
    const { path } = file;
    try {
      // A path without a file is no fault of a model.
      await access(path);
    } catch (cause) {
      return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
    }
    const hashes = await readHashes(file);
    if (E.isLeft(hashes)) return hashes;
    pins.push({ path, ...hashes.right });
  }
  return E.right(pins);
};

/** All hashes that decide the scores: each model's, followed by those of its weight files. */
export const hashesOf = (models: readonly Required<ModelFile>[]): readonly string[] =>
  models.flatMap(({ sha256, weights }) => [sha256, ...weights.map((one) => one.sha256)]);
