import { logistic, logit } from '../kernel/logit.js';
import { platt } from '../kernel/platt.js';

/** p = 1 / (1 + exp(a·x + b)), with x the score itself or its logit. */
export interface PlattCalibrator {
  readonly _tag: 'Platt';
  readonly on: 'score' | 'logit';
  /** Never positive: a higher score is never less evidence of a stall. */
  readonly a: number;
  readonly b: number;
  /** P(stalled) of the gold it was fitted on, as smoothed by the targets; in (0, 1). */
  readonly prevalence: number;
}

/**
 * Scores are clipped here before the logit. Single-precision sigmoids, which is what models end in, have no more
 * digits: beyond it a score says how its last layer rounds, not how sure the model is.
 */
const CLIP = 2 ** -24;

const clippedLogit = (score: number): number => logit(Math.min(Math.max(score, CLIP), 1 - CLIP));

export const fitPlatt = (points: { readonly score: Float64Array; readonly label: Uint8Array }): PlattCalibrator => {
  const on = points.score.every((score) => score >= 0 && score <= 1) ? 'logit' : 'score';
  const x = on === 'logit' ? points.score.map(clippedLogit) : points.score;
  const { a, b, meanTarget } = platt({ x, label: points.label });
  // A falling map means the scores are upside down or noise. It gets no say rather than a reversed one.
  const flat = { a: 0, b: -logit(meanTarget) };
  return { _tag: 'Platt', on, ...(a < 0 ? { a, b } : flat), prevalence: meanTarget };
};

export const plattProbability = ({ on, a, b }: PlattCalibrator, score: number): number => {
  const z = -(a * (on === 'logit' ? clippedLogit(score) : score) + b);
  return Math.min(Math.max(logistic(z), Number.EPSILON), 1 - Number.EPSILON);
};
