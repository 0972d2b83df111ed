import type { Interval } from '../../domain/interval.js';
import { betaQuantile } from './beta.js';

/**
 * The two exact one-sided ends for a rate counted as `hits` of `n`, each missed with probability at most `delta`.
 *
 * P(Bin(n, lower) >= hits) = delta and P(Bin(n, upper) <= hits) = delta
 *
 * Never Wilson and never a bootstrap: both certify too early where there is next to no error to count.
 *
 * @param counts - integers 0 <= hits <= n; delta in (0, 1)
 * @returns lower is exactly 0 when nothing hit, upper exactly 1 when everything did; [0, 1] when n is 0
 * @throws RangeError when the counts are not such integers, or delta is not inside (0, 1)
 * @see Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404
 */
export const clopperPearson = (counts: { hits: number; n: number; delta: number }): Interval => {
  const { hits, n, delta } = counts;
  requireCounts(counts);
  requireOpenUnit('delta', delta);
  return {
    lower: hits === 0 ? 0 : betaQuantile({ a: hits, b: n - hits + 1, p: delta, tail: 'lower' }).x,
    upper: hits === n ? 1 : betaQuantile({ a: hits + 1, b: n - hits, p: delta, tail: 'upper' }).x,
  };
};

const requireCounts = ({ hits, n }: { hits: number; n: number }): void => {
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(hits) || hits < 0 || hits > n) {
    throw new RangeError(`clopperPearson: expected integers 0 <= hits <= n, got ${hits} of ${n}`);
  }
};

const requireOpenUnit = (name: string, value: number): void => {
  if (!(value > 0 && value < 1)) throw new RangeError(`clopperPearson: expected ${name} in (0, 1), got ${value}`);
};
