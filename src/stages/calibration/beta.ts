import { logisticRegression } from '../../kernel/optimise/logisticRegression.js';
import { logit } from '../../kernel/special/logit.js';
import { clipped, targetsOf } from './logitScale.js';

/** logit p = a ln s − b ln(1 − s) + c: a sigmoid whose two ends bend on their own. */
export interface BetaCalibrator {
  readonly _tag: 'Beta';
  /** At least 0, both: a higher score is never less evidence of a stall. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** P(stalled) of the gold it was fitted on, as smoothed by the targets; in (0, 1). */
  readonly prevalence: number;
}

/** Weak enough to change no digit that counts, strong enough where ln s and ln(1 − s) cannot be told apart. */
const PRECISION = 1e-9;

export const fitBeta = (points: { readonly score: Float64Array; readonly label: Uint8Array }): BetaCalibrator => {
  const { target, mean } = targetsOf(points.label);
  const rising = points.score.map((score) => Math.log(clipped(score)));
  const falling = points.score.map((score) => -Math.log1p(-clipped(score)));
  const { weights, intercept } = logisticRegression({
    columns: [rising, falling],
    target,
    intercept: true,
    prior: { mean: 0, precision: PRECISION },
  });
  const [a, b] = weights;
  return { _tag: 'Beta', a, b, c: a === 0 && b === 0 ? logit(mean) : intercept, prevalence: mean };
};

export const betaLogOdds = ({ a, b, c }: BetaCalibrator, score: number): number =>
  a * Math.log(clipped(score)) - b * Math.log1p(-clipped(score)) + c;
