import * as E from 'fp-ts/lib/Either.js';
import { format } from '../../domain/errors.js';
import type { Verb } from '../verb.js';
import { pixelsWork } from './films.js';
import type { DemoFlags } from './flags.js';
import { leftOutText } from './texts.js';
import { withFilms } from './withFilms.js';
import { withoutFilms } from './withoutFilms.js';

/**
 * `tandem demo`: a small simulated laboratory, from mp4 files to certified decisions, with all its files.
 *
 * It prints the commands that do the same by hand, so that a newcomer can continue with them. Where films cannot be made or
 * scored, it says so and shows the rest.
 */
export const demoVerb = async (flags: DemoFlags): Verb => {
  if (!flags.films) return withoutFilms(flags);
  process.stderr.write('Checking that films can be made and scored here\n');
  const works = await pixelsWork();
  if (E.isRight(works)) return withFilms(flags);
  const failure = works.left;
  const leftOut =
    failure._tag === 'IoFailure'
      ? { reason: format(failure), fix: 'Check the path and its permissions.' }
      : { reason: failure.reason, fix: failure.fix };
  const done = await withoutFilms(flags);
  if (E.isLeft(done)) return done;
  const text = `${leftOutText(leftOut)}\n\n${done.right.text}`;
  return E.right({ ...done.right, text, json: { ...(done.right.json as object), demo: { leftOut } } });
};
