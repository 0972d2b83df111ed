import { interpolate, isotonicRegression } from '../../kernel/optimise/isotonic.js';
import { logit } from '../../kernel/special/logit.js';

/** Linear between knots, constant beyond them. */
export interface IsotonicCalibrator {
  readonly _tag: 'Isotonic';
  /** Scores, strictly ascending. */
  readonly x: readonly number[];
  /** Probabilities, non-decreasing, in (0, 1). */
  readonly y: readonly number[];
  /** P(stalled) of the gold it was fitted on; in (0, 1). */
  readonly prevalence: number;
}

export const fitIsotonic = (points: {
  readonly score: Float64Array;
  readonly label: Uint8Array;
}): IsotonicCalibrator => {
  const knots = isotonicRegression({ x: points.score, y: points.label });
  const stalled = points.label.reduce((sum, label) => sum + label, 0);
  const flowing = points.label.length - stalled;
  // Lin, Lin and Weng's margins: no score is surer than the gold that taught it.
  const lowest = 1 / (flowing + 2);
  const highest = (stalled + 1) / (stalled + 2);
  return {
    _tag: 'Isotonic',
    x: [...knots.x],
    y: Array.from(knots.y, (value) => Math.min(Math.max(value, lowest), highest)),
    prevalence: stalled / points.label.length,
  };
};

/**
 * Nats that the whole range of scores is worth on top of the steps: enough to rank scores within a block, which isotonic
 * regression ties, and a thousandth of the smallest difference that any reader sees.
 */
const TILT = 1e-6;

/** Strictly rising and bounded, so that no score however wild is worth more than the tilt. */
const squashed = (score: number): number => score / (2 * (1 + Math.abs(score)));

export const isotonicLogOdds = (calibrator: IsotonicCalibrator, score: number): number => {
  const { x } = calibrator;
  // Around the middle of the gold scores, so that a constant score carries no evidence.
  const middle = (x[0] + x[x.length - 1]) / 2;
  return logit(interpolate(calibrator, score)) + TILT * (squashed(score) - squashed(middle));
};
