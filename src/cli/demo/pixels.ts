import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { FLOWING } from '../../domain/label.js';
import { embeddedModel } from '../../model/embedded.js';
import { encodeMp4 } from '../../model/encodeMp4.js';
import type { ModelFailure } from '../../model/failure.js';
import { openPredictor } from '../../model/predictor.js';
import { fromBytes } from '../../model/source.js';
import * as Simulate from '../../simulate.js';

/**
 * Whether this machine can go from a film to a score: one tiny film is made, read back and scored.
 *
 * @left what is missing, e.g. DecoderMissing or RuntimeMissing, with its remedy
 */
export const pixelsWork: TE.TaskEither<ModelFailure, void> = pipe(
  // Drawn only when asked.
  TE.fromIO(() => Simulate.clip({ truth: FLOWING, frames: 17, view: 'outline' })(1)),
  TE.chain((clip) => encodeMp4()({ stack: 'a first film', ...clip })),
  TE.chainW((bytes) => {
    const { pipeline, file } = embeddedModel();
    return pipe(
      openPredictor(pipeline, [file]),
      TE.chain((predictor) => async () => {
        const [scored] = await predictor.predict([fromBytes('a first film', bytes)]);
        await predictor.close();
        return E.map(() => undefined)(scored);
      }),
    );
  }),
);
