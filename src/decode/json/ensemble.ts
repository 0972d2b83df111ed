import * as t from 'io-ts';
import type { EnsembleCalibrator } from '../../stages/calibration/index.js';
import { AtLeast0, Count, Finite, listOf, number, Open, oneOf } from './codecs.js';

const Platt = t.strict({
  _tag: t.literal('Platt'),
  on: oneOf('score', 'logit'),
  a: number('a number, 0 or less', (n) => n <= 0 && Number.isFinite(n)),
  b: Finite,
  prevalence: Open,
});

const Shape = t.strict(
  {
    _tag: t.literal('Ensemble'),
    members: listOf(t.strict({ name: t.string, calibrator: Platt }, 'a model'), 1),
    fits: listOf(
      t.strict(
        { members: listOf(Count, 1), weights: listOf(AtLeast0, 1), intercept: Finite, prevalence: Open },
        'the fit of a set of models',
      ),
      1,
    ),
    withoutGold: t.readonlyArray(t.string),
  },
  'an ensemble',
);

/**
 * An ensemble of models as it stands in a JSON document. Numbers keep every digit, so that encode and decode are inverse.
 *
 * Beyond its shape: names differ, a fit has one weight for each of its members, members are ascending and exist, and
 * larger fits come first.
 */
export const EnsembleCodec: t.Type<EnsembleCalibrator, unknown, unknown> = new t.Type(
  'an ensemble whose fits name its models, most models first',
  (u): u is EnsembleCalibrator => Shape.is(u) && isSound(u),
  (u, context) => {
    const decoded = Shape.validate(u, context);
    if (decoded._tag === 'Left' || isSound(decoded.right)) return decoded;
    return t.failure(u, context);
  },
  t.identity,
);

const isSound = ({ members, fits, withoutGold }: t.TypeOf<typeof Shape>): boolean =>
  new Set([...members.map(({ name }) => name), ...withoutGold]).size === members.length + withoutGold.length &&
  fits.every(
    (fit, i) =>
      fit.weights.length === fit.members.length &&
      fit.members.every((k, j) => k < members.length && (j === 0 || fit.members[j - 1] < k)) &&
      (i === 0 || fits[i - 1].members.length >= fit.members.length),
  );
