import type { Random } from './prng.js';

/**
 * Standard normal deviates from a uniform stream, by Marsaglia's polar method.
 *
 * A point (x, y) uniform in the unit disc, r² = x² + y², gives independent deviates x·f and y·f, f = √(−2 ln r² / r²).
 *
 * Box–Muller needs sine and cosine, whose last digits changed between versions of V8. This method does not.
 *
 * @param random - the uniform stream, read in pairs; do not use it elsewhere while the deviates are in use
 * @returns the next N(0, 1) deviate at each call
 * @see Marsaglia & Bray (1964), doi:10.1137/1006063
 */
export const normalDeviates = (random: Random): (() => number) => {
  let spare = 0;
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    let x = 0;
    let y = 0;
    let r2 = 0;
    do {
      x = 2 * random() - 1;
      y = 2 * random() - 1;
      r2 = x * x + y * y;
    } while (r2 >= 1 || r2 === 0);
    const factor = Math.sqrt((-2 * Math.log(r2)) / r2);
    spare = y * factor;
    hasSpare = true;
    return x * factor;
  };
};
