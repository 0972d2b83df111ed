import type { Random } from '../../kernel/random/prng.js';

/** A discrete distribution prepared for drawing in constant time (Walker's alias method). */
export interface AliasTable {
  /** Chance that column i keeps i, in [0, 1]. */
  readonly keep: Float64Array;
  /** The index that column i gives otherwise. */
  readonly other: Uint32Array;
}

/**
 * Prepares weights for drawing.
 *
 * @param weights - not negative, with a positive sum; at least one
 * @see Vose (1991), doi:10.1109/32.92917
 */
export const aliasTable = (weights: ArrayLike<number>): AliasTable => {
  const n = weights.length;
  let total = 0;
  for (let i = 0; i < n; i++) total += weights[i];
  if (!(total > 0 && total < Infinity)) throw new RangeError(`weights: expected a positive sum, got ${total}`);
  const keep = Float64Array.from(weights, (weight) => (weight * n) / total);
  const other = Uint32Array.from(weights, (_, i) => i);
  const poor: number[] = [];
  const rich: number[] = [];
  for (let i = 0; i < n; i++) (keep[i] < 1 ? poor : rich).push(i);
  while (poor.length > 0 && rich.length > 0) {
    const p = poor.pop() ?? 0;
    const r = rich[rich.length - 1];
    other[p] = r;
    keep[r] -= 1 - keep[p];
    if (keep[r] < 1) {
      rich.pop();
      poor.push(r);
    }
  }
  // Columns left over by rounding are full up to about 1 ulp.
  for (const i of poor) keep[i] = 1;
  return { keep, other };
};

/** Draws an index with probability proportional to its weight, from one uniform number. */
export const drawFrom = (table: AliasTable, random: Random): number => {
  const x = random() * table.keep.length;
  const i = Math.floor(x);
  return x - i < table.keep[i] ? i : table.other[i];
};
