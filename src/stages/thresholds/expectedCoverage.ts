import type { Targets } from '../../domain/targets.js';
import { maxErrorsAllowed } from '../../kernel/special/binomial.js';
import { riskBudget } from './orderStatistic.js';

/** Log-odds of gold, class by class, as the scorer to be certified gives them. */
export interface GoldValues {
  readonly stalled: Float64Array;
  readonly flowing: Float64Array;
}

/** What a certificate from so much gold may be expected to decide. */
export interface CoverageEstimate {
  readonly stalled: number;
  readonly flowing: number;
  /** Expected share of all stacks retired at the stated prevalence. Absent: that much gold certifies neither side. */
  readonly coverage?: number;
}

/**
 * Coverage to expect from certifying with so much gold, from the gold there is.
 *
 * lo at the k₁/(n₁ + 1) quantile of stalled values, hi at the 1 − k₀/(n₀ + 1) quantile of flowing ones, k the errors allowed
 * coverage = π P(x < lo or x > hi | stalled) + (1 − π) P(x < lo or x > hi | flowing)
 *
 * The (k + 1)-th worst of n values stands, on average, at the (k + 1)/(n + 1) quantile. The result is a forecast and
 * as noisy as the gold behind it: the lower tail of stalled values rests on few stacks, and the lowest value stands for all
 * beyond it. It proves nothing; `certify` does.
 *
 * @param options - targets; prevalence in (0, 1); how much gold of each class there would be
 * @returns the expected coverage for each size, in their order
 * @example
 * const values = { stalled: Float64Array.from({ length: 100 }, (_, i) => i / 10 - 2), flowing: Float64Array.from({ length: 900 }, (_, i) => i / 100 - 10) };
 * const expected = Thresholds.expectedCoverage({ targets: { sensitivity: 0.9, specificity: 0.95, confidence: 0.95 }, prevalence: 0.01, sizes: [{ stalled: 10, flowing: 900 }, { stalled: 400, flowing: 900 }] });
 * expected(values).map(({ coverage }) => coverage) // => [0.04, 0.9988]
 * @see docs/math.md#planning
 */
export const expectedCoverage =
  (options: {
    readonly targets: Targets;
    readonly prevalence: number;
    readonly sizes: readonly { readonly stalled: number; readonly flowing: number }[];
  }) =>
  (values: GoldValues): readonly CoverageEstimate[] => {
    const { missedStalls, falseAlarms } = riskBudget(options.targets);
    const stalled = values.stalled.slice().sort();
    const flowing = values.flowing.slice().sort();
    return options.sizes.map((size): CoverageEstimate => {
      const missed = maxErrorsAllowed({ n: size.stalled, rate: missedStalls.limit, delta: missedStalls.delta });
      const alarmed = maxErrorsAllowed({ n: size.flowing, rate: falseAlarms.limit, delta: falseAlarms.delta });
      if ((missed === undefined && alarmed === undefined) || stalled.length === 0 || flowing.length === 0) return size;
      const lo = missed === undefined ? -Infinity : at(stalled, (missed + 1) / (size.stalled + 1));
      const hi = alarmed === undefined ? Infinity : at(flowing, 1 - (alarmed + 1) / (size.flowing + 1));
      const retired = (ordered: Float64Array): number =>
        ordered.reduce((n, x) => n + (x < lo || x > hi ? 1 : 0), 0) / ordered.length;
      const { prevalence } = options;
      return { ...size, coverage: prevalence * retired(stalled) + (1 - prevalence) * retired(flowing) };
    });
  };

/** The value at a share of the ordered values; beyond the ends, the value at the end. */
const at = (ordered: Float64Array, share: number): number =>
  ordered[Math.min(ordered.length - 1, Math.max(0, Math.ceil(share * (ordered.length + 1)) - 1))];
