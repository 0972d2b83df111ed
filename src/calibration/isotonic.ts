import { interpolate, isotonic } from '../kernel/isotonic.js';

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
  const knots = isotonic({ x: points.score, y: points.label });
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

export const isotonicProbability = (calibrator: IsotonicCalibrator, score: number): number =>
  interpolate(calibrator, score);
