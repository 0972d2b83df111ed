import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { format } from '../../domain/errors.js';
import { leftOutText } from '../../report/text/demo.js';
import type { Verb } from '../verb.js';
import { pixelsWork } from './films.js';
import type { DemoFlags } from './flags.js';
import { withFilms } from './withFilms.js';
import { withoutFilms } from './withoutFilms.js';

/**
 * `tandem demo`: a small simulated laboratory, from mp4 files to certified decisions, with everything it would have as files.
 *
 * The commands that would do the same by hand are printed, so that a newcomer can go on from there. Where films cannot be
 * made or scored, it says so and shows the rest.
 */
export const demoVerb = async (flags: DemoFlags): Verb =>
  flags.films
    ? pipe(
        pixelsWork,
        TE.matchE(
          (failure) => {
            const leftOut =
              failure._tag === 'IoFailure'
                ? { reason: format(failure), fix: 'Check the path and its permissions.' }
                : { reason: failure.reason, fix: failure.fix };
            return pipe(
              () => withoutFilms(flags),
              TE.map((done) => ({
                ...done,
                text: `${leftOutText(leftOut)}\n\n${done.text}`,
                json: { ...(done.json as object), demo: { leftOut } },
              })),
            );
          },
          () => () => withFilms(flags),
        ),
      )()
    : withoutFilms(flags);
