import { logisticRegression } from '../../kernel/optimise/logisticRegression.js';
import { logistic } from '../../kernel/special/logit.js';
import { clippedLogit, type Scale, scaleOf, targetsOf } from './logitScale.js';

/** p = σ(x / T), with x the logit of the score, or the score itself where it is a logit already. */
export interface TemperatureCalibrator {
  readonly _tag: 'Temperature';
  readonly on: Scale;
  /** 1 / T, at least 0; 0 is an infinite temperature: no evidence. */
  readonly inverse: number;
  /** Mean fitted probability on the gold, which stands for P(stalled) there; in (0, 1). */
  readonly prevalence: number;
}

export const fitTemperature = (points: {
  readonly score: Float64Array;
  readonly label: Uint8Array;
}): TemperatureCalibrator => {
  const on = scaleOf(points.score);
  const x = on === 'logit' ? points.score.map(clippedLogit) : points.score;
  // In units of the largest score, so that Newton starts where something happens. The problem is convex in 1 / T, and the
  // targets keep it finite where the sign of x tells the classes apart.
  const unit = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const { weights } = logisticRegression({
    columns: [x.map((value) => value / unit)],
    target: targetsOf(points.label).target,
    intercept: false,
    prior: { mean: 0, precision: 0 },
  });
  const inverse = weights[0] / unit;
  const mean = x.reduce((sum, value) => sum + logistic(inverse * value), 0) / x.length;
  return { _tag: 'Temperature', on, inverse, prevalence: Math.min(Math.max(mean, Number.EPSILON), 1 - Number.EPSILON) };
};

export const temperatureLogOdds = ({ on, inverse }: TemperatureCalibrator, score: number): number =>
  inverse * (on === 'logit' ? clippedLogit(score) : score);
