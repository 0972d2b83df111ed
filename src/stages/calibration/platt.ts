import { plattScaling } from '../../kernel/optimise/platt.js';
import { logit } from '../../kernel/special/logit.js';
import { clippedLogit, type Scale, scaleOf } from './logitScale.js';

/** p = 1 / (1 + exp(a·x + b)), with x the score itself or its logit. */
export interface PlattCalibrator {
  readonly _tag: 'Platt';
  readonly on: Scale;
  /** Never positive: a higher score is never less evidence of a stall. */
  readonly a: number;
  readonly b: number;
  /** P(stalled) of the gold it was fitted on, as smoothed by the targets; in (0, 1). */
  readonly prevalence: number;
}

export const fitPlatt = (
  points: { readonly score: Float64Array; readonly label: Uint8Array },
  on: Scale = scaleOf(points.score),
): PlattCalibrator => {
  const x = on === 'logit' ? points.score.map(clippedLogit) : points.score;
  const { a, b, meanTarget } = plattScaling({ x, label: points.label });
  // A falling map means the scores are upside down or noise. The calibrator then gives no evidence instead of reversed evidence.
  const flat = { a: 0, b: -logit(meanTarget) };
  return { _tag: 'Platt', on, ...(a < 0 ? { a, b } : flat), prevalence: meanTarget };
};

export const plattLogOdds = ({ on, a, b }: PlattCalibrator, score: number): number =>
  -(a * (on === 'logit' ? clippedLogit(score) : score) + b);
