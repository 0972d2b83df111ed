import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Pipeline } from '../../decode/pipeline.js';
import type { Label } from '../../domain/label.js';
import { openPool, type PoolOptions } from '../pool.js';
import type { ModelFile, StackScore } from '../predictor.js';
import type { Scorer } from './run.js';

/** What the journal keeps of a score. */
export interface KeptScore {
  readonly score: number;
  readonly label: Label;
  /** One probability per role that took part. */
  readonly perModel: readonly number[];
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
        session: { pipelineHash, runtime, models, ...(note === undefined ? {} : { note }) },
        close: pool.close,
      };
    }),
  );

const kept = ({ verdict, frames, passes, seconds }: StackScore): KeptScore => ({ ...verdict, frames, passes, seconds });

/** Files with the hash of what is in them now, so that no other bytes are loaded later. */
export const pinned = (files: readonly ModelFile[]) =>
  TE.traverseSeqArray((file: ModelFile) =>
    TE.tryCatch(
      async () => {
        const hash = createHash('sha256');
        for await (const chunk of createReadStream(file.path)) hash.update(chunk);
        return { sha256: hash.digest('hex'), ...file };
      },
      (cause) => ({ _tag: 'IoFailure' as const, path: file.path, doing: 'read' as const, cause }),
    ),
  )(files);
