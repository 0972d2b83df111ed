/** Log-odds of a probability in [0, 1]; ±Infinity at the ends. */
export const logit = (p: number): number =>
  // 2p − 1 is exact in the middle, where ln p − ln(1 − p) would cancel.
  p > 0.25 && p < 0.75 ? Math.log1p((2 * p - 1) / (1 - p)) : Math.log(p) - Math.log1p(-p);

/** Probability of a log-odds. `logistic(-z)` is the complement, to full precision. */
export const logistic = (z: number): number => {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const odds = Math.exp(z);
  return odds / (1 + odds);
};

/** ln(e^a + e^b) without overflow; −Infinity stands for a zero term. `logAddExp(0, z)` is the softplus of z. */
export const logAddExp = (a: number, b: number): number => {
  const larger = Math.max(a, b);
  // Covers −Infinity twice and +Infinity, whose difference would be NaN.
  if (!Number.isFinite(larger)) return larger;
  return larger + Math.log1p(Math.exp(-Math.abs(a - b)));
};
