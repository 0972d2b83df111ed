const LN_2_PI = Math.log(2 * Math.PI);

/** From here on the series below err by less than 1e-15, that of `stirlingError` by less than 1e-16. */
const SERIES_FROM = 10;

/**
 * Error of Stirling's formula: ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π, for real x > 0.
 *
 * @see https://dlmf.nist.gov/5.11#E1
 */
const stirlingError = (x: number): number => {
  let shifted = x;
  let error = 0;
  // Γ(x + 2) = (x + 1) Γ(x + 1) carries a small argument up to the series; every step is O(1), so errors stay absolute.
  while (shifted < SERIES_FROM) {
    error += (shifted + 0.5) * Math.log1p(1 / shifted) - 1;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const s = inverse * inverse;
  const tail = 1 / 1188 - s * (691 / 360360 - s / 156);
  return error + inverse * (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * tail))));
};

/** Half the Poisson deviance: observed · ln(observed / expected) + expected − observed, both > 0. */
const deviance = ({ observed, expected }: { observed: number; expected: number }): number => {
  const difference = observed - expected;
  const sum = observed + expected;
  // Far from the mean nothing cancels.
  if (Math.abs(difference) >= 0.1 * sum) return observed * Math.log(observed / expected) - difference;
  // ln(o/e) = 2 artanh v; its first term combines with −difference to difference · v.
  const v = difference / sum;
  let power = 2 * observed * v;
  let total = difference * v;
  for (let odd = 3; ; odd += 2) {
    power *= v * v;
    const next = total + power / odd;
    // Negated, so that NaN ends the loop too.
    if (!(Math.abs(next - total) > 0)) return next;
    total = next;
  }
};

/**
 * ln of Γ(a + b + 1) / (Γ(a + 1) Γ(b + 1)) · x^a · y^b, the binomial mass for real a, b > 0: Loader's saddle-point form.
 *
 * Differences of log-gammas lose nine digits at n = 1e6; here every term is as small as the answer.
 *
 * @param point - `x` and `y = 1 - x` both in (0, 1), each to full precision
 * @see Loader (2000), Fast and accurate computation of binomial probabilities
 */
export const logBinomialMass = ({ a, b, x, y }: { a: number; b: number; x: number; y: number }): number => {
  const n = a + b;
  const corrections = stirlingError(n) - stirlingError(a) - stirlingError(b);
  const deviances = deviance({ observed: a, expected: n * x }) + deviance({ observed: b, expected: n * y });
  return corrections - deviances - 0.5 * (LN_2_PI + Math.log(a) + Math.log(b / n));
};

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

/** ln Γ(x) for x > 0. */
export const logGamma = (x: number): number =>
  (x + 0.5) * Math.log(x) - x + 0.5 * LN_2_PI + stirlingError(x) - Math.log(x);

/**
 * ψ(x) = d ln Γ(x) / dx for x > 0: the recurrence ψ(x) = ψ(x + 1) − 1/x up to the asymptotic series.
 *
 * @see https://dlmf.nist.gov/5.11#E2
 */
export const digamma = (x: number): number => {
  let shifted = x;
  let sum = 0;
  while (shifted < SERIES_FROM) {
    sum -= 1 / shifted;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const s = inverse * inverse;
  const series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760))))));
  return sum + Math.log(shifted) - 0.5 * inverse - series;
};
