/** p-values against "fewer than u of the nulls are false". */
export interface PartialConjunction {
  /** Valid for any dependence: (m − u + 1) p₍ᵤ₎. */
  readonly bonferroni: number;
  /** Valid when the p-values are independent (or positively dependent): min over i ≥ u of (m − u + 1)/(i − u + 1) p₍ᵢ₎. */
  readonly simes: number;
}

/**
 * Tests that at least u of m hypotheses are false, without saying which.
 *
 * @param query - m p-values; integer u, 1 <= u <= m
 * @throws RangeError when u is not such an integer
 * @example
 * RiskControl.partialConjunction({ pValues: [0.01, 0.02, 0.9], u: 2 }) // => { bonferroni: 0.04, simes: 0.04 }
 * @see docs/math.md#many-datasets · Benjamini & Heller (2008), doi:10.1111/j.1541-0420.2007.00984.x
 */
export const partialConjunction = ({
  pValues,
  u,
}: {
  readonly pValues: readonly number[];
  readonly u: number;
}): PartialConjunction => {
  const m = pValues.length;
  if (!Number.isSafeInteger(u) || u < 1 || u > m) throw RangeError(`u: expected an integer in [1, ${m}], got ${u}`);
  const sorted = [...pValues].sort((a, b) => a - b);
  const spare = m - u + 1;
  const simes = sorted.slice(u - 1).map((p, i) => (spare * p) / (i + 1));
  return { bonferroni: Math.min(1, spare * sorted[u - 1]), simes: Math.min(1, ...simes) };
};

/**
 * Lower confidence bound of how many are false: u = 1, 2, … each at the full delta, up to the first not shown.
 *
 * Valid because "fewer than u" implies "fewer than u + 1": the first true one must be refuted before any later one.
 */
export const falseAtLeast = (
  pValues: readonly number[],
  { delta, combine }: { readonly delta: number; readonly combine: keyof PartialConjunction },
): number => {
  for (let u = 1; u <= pValues.length; u++) {
    if (!(partialConjunction({ pValues, u })[combine] <= delta)) return u - 1;
  }
  return pValues.length;
};
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
 * RiskControl.fixedSequence({ pValues: [0.01, 0.04, 0.2, 0.001], delta: 0.05 }) // => [0, 1]
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
 * RiskControl.holm({ pValues: [0.01, 0.04, 0.2, 0.001], delta: 0.05 }) // => [0, 3]
 * @see Holm (1979), A simple sequentially rejective multiple test procedure
 */
export const holm = ({ pValues, delta }: Tests): readonly number[] => {
  const m = pValues.length;
  const order = pValues.map((_, j) => j).sort((a, b) => pValues[a] - pValues[b] || a - b);
  const stop = order.findIndex((j, i) => !(pValues[j] <= delta / (m - i)));
  return order.slice(0, stop < 0 ? m : stop).sort((a, b) => a - b);
};
