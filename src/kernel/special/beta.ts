import { logistic } from './logit.js';
import { logBinomialMass } from './stirling.js';

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
const betaFraction = ({ a, b, x, y }: BetaPoint): number => {
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

/** Both tails of a distribution at one point. Each is accurate on its own; neither is one minus the other. */
export interface Tails {
  readonly lower: number;
  readonly upper: number;
  readonly logLower: number;
  readonly logUpper: number;
}

/** ln(1 − e^z) for z <= 0, on whichever side does not cancel; `0 -` because a sure event has ln 0, not −0. */
const log1mexp = (z: number): number => (z > -Math.LN2 ? Math.log(-Math.expm1(z)) : Math.log1p(0 - Math.exp(z)));

const fromLogLower = (logLower: number): Tails => ({
  lower: Math.exp(logLower),
  upper: Math.abs(Math.expm1(logLower)),
  logLower,
  logUpper: log1mexp(logLower),
});

const swapped = (tails: Tails): Tails => ({
  lower: tails.upper,
  upper: tails.lower,
  logLower: tails.logUpper,
  logUpper: tails.logLower,
});

/** ln of x^a y^b / B(a, b), which is also the density of logit x. */
const logBetaTerm = (point: BetaPoint): number =>
  logBinomialMass(point) + Math.log(point.a * (point.b / (point.a + point.b)));

const logLowerTail = (point: BetaPoint): number => {
  const { a, b, x, y } = point;
  if (b === 1) return a * (x < 0.5 ? Math.log(x) : Math.log1p(-y));
  // Rounding may lift a tail of 1 above it.
  return Math.min(0, logBetaTerm(point) - Math.log(betaFraction(point)));
};

/**
 * Regularised incomplete beta: `lower` = I_x(a, b), `upper` = 1 − I_x(a, b).
 *
 * @param point - a, b > 0; x in [0, 1]; `y = 1 - x`, given where the caller knows it better than the subtraction
 */
export const incompleteBeta = ({ a, b, x, y = 1 - x }: { a: number; b: number; x: number; y?: number }): Tails => {
  if (x <= 0) return fromLogLower(Number.NEGATIVE_INFINITY);
  if (y <= 0) return { lower: 1, upper: 0, logLower: 0, logUpper: Number.NEGATIVE_INFINITY };
  // Where the fraction is slow, the other tail's is fast. Shape 1 has a closed form: no hit, or nothing but hits.
  const swap = b !== 1 && (a === 1 || x > (a + 1) / (a + b + 2));
  return swap
    ? swapped(fromLogLower(logLowerTail({ a: b, b: a, x: y, y: x })))
    : fromLogLower(logLowerTail({ a, b, x, y }));
};

/** Log-odds beyond which x or 1 − x underflows. */
const LAST_LOG_ODDS = 745;

/**
 * The x whose `tail` holds probability p, with `y = 1 - x` to full precision.
 *
 * Newton in t = logit x on ln I: it is concave and rising in t (the density in t is log-concave), so after one step the
 * iterates climb to the root from below. The bracket catches a first step out of range, and rounding at the root.
 *
 * @param query - a, b > 0; p in [0, 1]; `lower` solves I_x(a, b) = p, `upper` solves 1 − I_x(a, b) = p
 */
export const betaQuantile = (query: {
  a: number;
  b: number;
  p: number;
  tail: 'lower' | 'upper';
}): { x: number; y: number } => {
  const { a, b, p, tail } = query;
  if (tail === 'upper') {
    const mirrored = betaQuantile({ a: b, b: a, p, tail: 'lower' });
    return { x: mirrored.y, y: mirrored.x };
  }
  if (p <= 0 || p >= 1) return p <= 0 ? { x: 0, y: 1 } : { x: 1, y: 0 };
  if (b === 1) return { x: Math.exp(Math.log(p) / a), y: -Math.expm1(Math.log(p) / a) };
  if (a === 1) return { x: -Math.expm1(Math.log1p(-p) / b), y: Math.exp(Math.log1p(-p) / b) };
  // 1 − p is exact here, and the smaller tail is the one with digits.
  if (p > 0.5) return betaQuantile({ a, b, p: 1 - p, tail: 'upper' });
  const logTarget = Math.log(p);
  let low = -LAST_LOG_ODDS;
  let high = LAST_LOG_ODDS;
  let t = Math.log(a / b);
  for (let move = 1; Math.abs(move) > 1e-12 * Math.max(1, Math.abs(t)); t += move) {
    const point = { a, b, x: logistic(t), y: logistic(-t) };
    const { logLower } = incompleteBeta(point);
    const slope = Math.exp(logBetaTerm(point) - logLower);
    if (logLower > logTarget) high = t;
    else low = t;
    const newton = (logTarget - logLower) / slope;
    move = t + newton >= low && t + newton <= high ? newton : (low + high) / 2 - t;
  }
  return { x: logistic(t), y: logistic(-t) };
};
