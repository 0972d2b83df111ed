import type { MeasuredSkills } from '../../domain/skills.js';
import { betaQuantile } from '../../kernel/special/beta.js';

/** Credible bounds of a column of rates; row a describes `annotatorIds[a]`. */
export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Credible intervals of every skill. */
export interface SkillIntervals {
  readonly sensitivity: Bounds;
  readonly specificity: Bounds;
}

/**
 * Credible intervals of every sensitivity and specificity, equal tails.
 *
 * rate ~ Beta(rate · weight, (1 − rate) · weight)
 *
 * Votes that `dawidSkene` only expects count as if their truth were known, so without gold the intervals are too short.
 *
 * @param options - `confidence` in (0, 1); default .95
 * @returns bounds that contain the rate, rows follow `annotatorIds`; [0, 1] where nothing stands behind a rate
 * @throws RangeError when `confidence` is outside (0, 1)
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]));
 * Skills.intervals({ confidence: 0.9 })(Skills.fromGold({ gold, strength: 2 })(votes)).sensitivity.lower // => Float64Array [0.348536]
 * @see docs/math.md#skills
 */
export const intervals =
  ({ confidence = 0.95 }: { readonly confidence?: number | undefined } = {}) =>
  (skills: MeasuredSkills): SkillIntervals => {
    if (!(confidence > 0 && confidence < 1)) {
      throw RangeError(`confidence: expected a number in (0, 1), got ${confidence}`);
    }
    return {
      sensitivity: bounds(skills.sensitivity, skills.weight.stalled, confidence),
      specificity: bounds(skills.specificity, skills.weight.flowing, confidence),
    };
  };

const bounds = (rate: Float64Array, weight: Float64Array, confidence: number): Bounds => {
  const p = (1 - confidence) / 2;
  const quantile = (a: number, tail: 'lower' | 'upper'): number => {
    const right = rate[a] * weight[a];
    const wrong = (1 - rate[a]) * weight[a];
    // A shape of 0 has all its mass at that end.
    if (!(right > 0)) return tail === 'lower' || weight[a] > 0 ? 0 : 1;
    if (!(wrong > 0)) return 1;
    const { x } = betaQuantile({ a: right, b: wrong, p, tail });
    // Of a lopsided distribution even the mean may lie outside equal tails.
    return tail === 'lower' ? Math.min(x, rate[a]) : Math.max(x, rate[a]);
  };
  return {
    lower: Float64Array.from(rate, (_, a) => quantile(a, 'lower')),
    upper: Float64Array.from(rate, (_, a) => quantile(a, 'upper')),
  };
};
