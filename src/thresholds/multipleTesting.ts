/** Which of several hypotheses may be rejected so that one true among them is with probability at most `delta`. */
export interface Tests {
  /** Each valid alone: P(p <= u) <= u under its hypothesis. */
  readonly pValues: readonly number[];
  /** In (0, 1). */
  readonly delta: number;
}

/**
 * Fixed sequence: each at the full `delta` in the given order, up to the first that is not rejected.
 *
 * Valid for any dependence, because the first true hypothesis must be rejected before any other can be: that is one test.
 * The order must not come from the data tested.
 *
 * @returns indices of rejected hypotheses, a prefix
 * @example
 * Thresholds.fixedSequence({ pValues: [0.01, 0.04, 0.2, 0.001], delta: 0.05 }) // => [0, 1]
 * @see Maurer, Hothorn & Lehmacher (1995) · Angelopoulos et al. (2021), arXiv:2110.01052, §2
 */
export const fixedSequence = ({ pValues, delta }: Tests): readonly number[] => {
  const stop = pValues.findIndex((p) => !(p <= delta));
  return Array.from({ length: stop < 0 ? pValues.length : stop }, (_, j) => j);
};

/**
 * Holm: step down through the sorted p-values, the i-th smallest at delta/(m − i + 1), up to the first not rejected.
 *
 * Valid for any dependence, and rejects whatever Bonferroni (each at delta/m) does.
 *
 * @returns indices of rejected hypotheses, rising
 * @example
 * Thresholds.holm({ pValues: [0.01, 0.04, 0.2, 0.001], delta: 0.05 }) // => [0, 3]
 * @see Holm (1979), A simple sequentially rejective multiple test procedure
 */
export const holm = ({ pValues, delta }: Tests): readonly number[] => {
  const m = pValues.length;
  const order = pValues.map((_, j) => j).sort((a, b) => pValues[a] - pValues[b] || a - b);
  const stop = order.findIndex((j, i) => !(pValues[j] <= delta / (m - i)));
  return order.slice(0, stop < 0 ? m : stop).sort((a, b) => a - b);
};
