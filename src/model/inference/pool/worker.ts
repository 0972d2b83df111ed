import type * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import type { StackSource } from '../../frames/source.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { ModelFile, PredictorOptions } from '../modelFile.js';
import { openPredictor, type Predictor, type Scored, type ScoreProvenance } from '../predictor.js';

/** A child process of `openPool`: opens a pipeline once, then scores what it is sent, one batch at a time. */

/** What a child is asked. Each request gets one reply. */
export type WorkerRequest =
  | {
      readonly _tag: 'Open';
      readonly pipeline: Pipeline;
      readonly files: readonly ModelFile[];
      readonly options: Omit<PredictorOptions, 'signal'>;
    }
  | { readonly _tag: 'Score'; readonly sources: readonly StackSource[] };

export type WorkerReply =
  | { readonly _tag: 'Opened'; readonly opened: E.Either<ModelFailure, WorkerReady> }
  | { readonly _tag: 'Scored'; readonly results: readonly Scored[] };

/** What the parent needs to know of a predictor in a child. */
export type WorkerReady = ScoreProvenance & Pick<Predictor, 'batchSize'>;

let predictor: Predictor | undefined;

const reply = (message: WorkerReply): void => {
  // A parent that has gone cannot be told; `disconnect` is on its way.
  process.send?.(message, undefined, undefined, () => undefined);
};

const answer = async (request: WorkerRequest): Promise<void> => {
  if (request._tag === 'Score') {
    if (predictor === undefined) throw new RangeError('worker: expected Open before Score');
    reply({ _tag: 'Scored', results: await predictor.predict(request.sources) });
    return;
  }
  const opened = await openPredictor(request.pipeline, request.files, request.options)();
  if (opened._tag === 'Left') {
    reply({ _tag: 'Opened', opened });
    return;
  }
  predictor = opened.right;
  const { pipelineHash, models, runtime, note, batchSize } = predictor;
  const about = present({ pipelineHash, models, runtime, batchSize, note });
  reply({ _tag: 'Opened', opened: { _tag: 'Right', right: about } });
};

process.on('message', (request: WorkerRequest) => void answer(request));
// The parent has closed the pool, or is gone without a word.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole group; the parent decides what becomes of work in hand.
process.on('SIGINT', () => undefined);
