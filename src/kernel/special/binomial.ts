import { incompleteBeta } from './beta.js';

/** Both tails of X ~ Bin(n, p) around k, each accurate on its own. */
export interface BinomialTails {
  /** P(X <= k) */
  readonly atMost: number;
  /** P(X > k) */
  readonly above: number;
  readonly logAtMost: number;
  readonly logAbove: number;
}

/**
 * P(X <= k) = I_(1−p)(n − k, k + 1) and P(X > k) = I_p(k + 1, n − k) for X ~ Bin(n, p).
 *
 * @param query - integers k and n >= 0, p in [0, 1]
 * @see https://dlmf.nist.gov/8.17#E5
 */
export const binomialTails = ({ k, n, p }: { k: number; n: number; p: number }): BinomialTails => {
  if (k < 0) return { atMost: 0, above: 1, logAtMost: Number.NEGATIVE_INFINITY, logAbove: 0 };
  if (k >= n) return { atMost: 1, above: 0, logAtMost: 0, logAbove: Number.NEGATIVE_INFINITY };
  const tails = incompleteBeta({ a: k + 1, b: n - k, x: p });
  return { atMost: tails.upper, above: tails.lower, logAtMost: tails.logUpper, logAbove: tails.logLower };
};

/** P(X <= k) for X ~ Bin(n, p); the other tail and the logs are in {@link binomialTails}. */
export const binomialCdf = (query: { k: number; n: number; p: number }): number => binomialTails(query).atMost;

const requireOpenUnit = (name: string, value: number): void => {
  if (!(value > 0 && value < 1)) throw new RangeError(`binomial: expected ${name} in (0, 1), got ${value}`);
};

/** The smallest integer in (low, high] that `passes`, which fails at `low`, holds at `high` and changes once. */
const firstPassing = (low: number, high: number, passes: (value: number) => boolean): number => {
  let fails = low;
  let holds = high;
  while (holds - fails > 1) {
    const middle = fails + Math.floor((holds - fails) / 2);
    if (passes(middle)) holds = middle;
    else fails = middle;
  }
  return holds;
};

/**
 * How many errors among n still prove an error rate of at most `rate`: max k with P(Bin(n, rate) <= k) <= delta.
 *
 * Equivalent to a one-sided Clopper–Pearson bound at confidence 1 − delta being at most `rate`, from integers alone.
 *
 * @param query - integer n >= 0; rate and delta in (0, 1)
 * @returns `undefined` when not even 0 errors prove it
 */
export const maxErrorsAllowed = (query: { n: number; rate: number; delta: number }): number | undefined => {
  const { n, rate, delta } = query;
  requireOpenUnit('rate', rate);
  requireOpenUnit('delta', delta);
  const firstTooMany = firstPassing(-1, n, (k) => binomialCdf({ k, n, p: rate }) > delta);
  return firstTooMany === 0 ? undefined : firstTooMany - 1;
};

/**
 * How large a sample with this many errors must be to prove an error rate of at most `rate`: the smallest n with
 * P(Bin(n, rate) <= errors) <= delta.
 *
 * @param query - integer errors >= 0; rate and delta in (0, 1)
 */
export const minimalSize = (query: { errors: number; rate: number; delta: number }): number => {
  const { errors, rate, delta } = query;
  requireOpenUnit('rate', rate);
  requireOpenUnit('delta', delta);
  const proves = (n: number): boolean => binomialCdf({ k: errors, n, p: rate }) <= delta;
  // n = errors proves nothing: all of them are errors.
  let tooSmall = errors;
  let size = errors + 1;
  while (!proves(size)) {
    tooSmall = size;
    size *= 2;
  }
  return firstPassing(tooSmall, size, proves);
};

/** Errors of a fixed rule on independent stacks of one class. */
export interface ErrorCount {
  /** Integer, 0 to `n`. */
  readonly errors: number;
  readonly n: number;
}

/** p-value against risk > limit: P(Bin(n, limit) <= errors). No stacks prove nothing: 1, never NaN. */
export const pBelow = ({ errors, n }: ErrorCount, limit: number): number =>
  n === 0 ? 1 : binomialTails({ k: errors, n, p: limit }).atMost;

/** p-value against risk <= limit: P(Bin(n, limit) >= errors). */
export const pAbove = ({ errors, n }: ErrorCount, limit: number): number =>
  binomialTails({ k: errors - 1, n, p: limit }).above;
