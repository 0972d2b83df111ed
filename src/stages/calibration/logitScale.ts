import { logit } from '../../kernel/special/logit.js';

/** Whether a calibrator reads the score itself or its logit. */
export type Scale = 'score' | 'logit';

/**
 * Scores are clipped here before the logit. Single-precision sigmoids, which is what models end in, have no more
 * digits: beyond it a score says how its last layer rounds, not how sure the model is.
 */
const CLIP = 2 ** -24;

export const clipped = (score: number): number => Math.min(Math.max(score, CLIP), 1 - CLIP);

export const clippedLogit = (score: number): number => logit(clipped(score));

/** The logit where every score could be a probability. */
export const scaleOf = (scores: Float64Array): Scale =>
  scores.every((score) => score >= 0 && score <= 1) ? 'logit' : 'score';

/** Gold's labels as Lin, Lin and Weng's targets, which keep separable data finite, and their mean. */
export const targetsOf = (label: Uint8Array): { readonly target: Float64Array; readonly mean: number } => {
  const stalled = label.reduce((sum, value) => sum + value, 0);
  const high = (stalled + 1) / (stalled + 2);
  const low = 1 / (label.length - stalled + 2);
  const target = Float64Array.from(label, (value) => (value === 1 ? high : low));
  return { target, mean: target.reduce((sum, value) => sum + value, 0) / target.length };
};
