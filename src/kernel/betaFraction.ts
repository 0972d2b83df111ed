/** Keeps Lentz's ratios away from 0; far below the rounding of any of them. */
const TINY = 1e-300;

/** A point of Beta(a, b): `y = 1 - x`, each to full precision. */
export interface BetaPoint {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/**
 * x^a y^b / (B(a, b) I_x(a, b)) as β₁ + α₂/(β₂ + …): the even part of DLMF 8.17.22, by modified Lentz.
 *
 * Converges in O(√max(a, b)) steps for x < (a + 1)/(a + b + 2). The even part needs half the steps, and its terms do not
 * cancel where x is near 1, which costs the plain fraction six digits at a = 1e6.
 *
 * @see https://dlmf.nist.gov/8.17#E22 · Didonato & Morris (1992), eq. 9, doi:10.1145/131766.131776 · Lentz (1976)
 */
export const betaFraction = ({ a, b, x, y }: BetaPoint): number => {
  const gap = x < 0.5 ? a - (a + b) * x : (a + b) * y - b;
  let value = (a * (gap + 1)) / (a + 1);
  let c = value;
  let d = 0;
  for (let m = 1; ; m++) {
    const odd = a + 2 * m - 1;
    const alpha = (((a + m - 1) * x) / odd) * (((a + b + m - 1) * x) / odd) * m * (b - m);
    const beta = m + (m * (b - m) * x) / odd + ((a + m) * (gap + 1 + m * (1 + y))) / (odd + 2);
    d = 1 / (beta + alpha * d || TINY);
    c = beta + alpha / c || TINY;
    value *= c * d;
    // Negated, so that NaN ends the loop too.
    if (!(Math.abs(c * d - 1) > Number.EPSILON)) return value;
  }
};
