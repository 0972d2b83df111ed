import { logBinomialMass } from './stirling.js';

/**
 * ln P(Bin(n, p) = k), with its closed ends.
 *
 * @param query - integers 0 <= k <= n; p in [0, 1]
 */
export const logMassAt = ({ k, n, p }: { readonly k: number; readonly n: number; readonly p: number }): number => {
  // A factor to the power 0 is 1, whatever it is; 0 · ln 0 would be NaN.
  if (k === 0) return n === 0 ? 0 : n * Math.log1p(-p);
  if (k === n) return n * Math.log(p);
  if (p <= 0 || p >= 1) return Number.NEGATIVE_INFINITY;
  return logBinomialMass({ a: k, b: n - k, x: p, y: 1 - p });
};
