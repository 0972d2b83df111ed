import type * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import type { StackSource } from '../../frames/source.js';
import type { PipelineModels } from '../modelFile.js';
import {
  openPredictor,
  type Predictor,
  type PredictorOptions,
  type ScoreProvenance,
  type ScoreResult,
} from '../predictor.js';

/** A child process of `openPool`: opens a pipeline once, then scores the stacks it is sent, neighbours together. */

/** A request to a child. Each request gets one reply. */
export type WorkerRequest =
  | {
      readonly _tag: 'Open';
      readonly models: PipelineModels;
      readonly options: Omit<PredictorOptions, 'signal' | 'onStep'>;
    }
  | { readonly _tag: 'Score'; readonly sources: readonly StackSource[] };

export type WorkerReply =
  /** Still at work: the next sign of life comes within so many seconds, or something has no end. */
  | { readonly _tag: 'Alive'; readonly seconds: number }
  | { readonly _tag: 'Opened'; readonly opened: E.Either<ModelFailure, WorkerReady> }
  | { readonly _tag: 'Scored'; readonly results: readonly ScoreResult[] };

/** What the parent needs to know of a predictor in a child. */
export type WorkerReady = ScoreProvenance & Pick<Predictor, 'neighbours'>;

let predictor: Predictor | undefined;

const reply = (message: WorkerReply): void => {
  // When the parent has ended, sending fails, and `disconnect` follows.
  process.send?.(message, undefined, undefined, () => undefined);
};

const answer = async (request: WorkerRequest): Promise<void> => {
  if (request._tag === 'Score') {
    if (predictor === undefined) throw new RangeError('worker: expected Open before Score');
    reply({ _tag: 'Scored', results: await predictor.predict(request.sources) });
    return;
  }
  const onStep = (seconds: number): void => reply({ _tag: 'Alive', seconds });
  const opened = await openPredictor({ ...request.options, onStep })(request.models);
  if (opened._tag === 'Left') {
    reply({ _tag: 'Opened', opened });
    return;
  }
  predictor = opened.right;
  const { pipelineHash, models, runtime, note, neighbours } = predictor;
  const about = present({ pipelineHash, models, runtime, neighbours, note });
  reply({ _tag: 'Opened', opened: { _tag: 'Right', right: about } });
};

process.on('message', (request: WorkerRequest) => void answer(request));
// The parent has closed the pool, or has ended.
process.on('disconnect', () => process.exit());
// Ctrl-C reaches the whole process group. The parent decides about unfinished work.
process.on('SIGINT', () => undefined);
