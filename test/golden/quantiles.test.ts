import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { betaQuantile, incompleteBeta } from '../../src/kernel/special/beta.js';
import { binomialTails, maxErrorsAllowed, minimalSize } from '../../src/kernel/special/binomial.js';
import { clopperPearson } from '../../src/kernel/special/clopperPearson.js';
import { normalCdf, normalQuantile } from '../../src/kernel/special/normal.js';

/** Non-finite numbers stand as strings in the golden files. */
type Num = number | string;
interface Logs {
  readonly cdf: Num;
  readonly sf: Num;
  readonly ln_cdf: Num;
  readonly ln_sf: Num;
}
interface Quantiles {
  readonly binom: readonly (Logs & { readonly k: number; readonly n: number; readonly p: number })[];
  readonly clopper_pearson: readonly {
    readonly k: number;
    readonly n: number;
    readonly delta: number;
    readonly upper: number;
    readonly lower: number;
    readonly one_minus_upper: number;
    readonly one_minus_lower: number;
  }[];
  readonly beta_quantile: readonly {
    readonly a: number;
    readonly b: number;
    readonly p: number;
    readonly tail: 'lower' | 'upper';
    readonly x: number;
    readonly one_minus_x: number;
  }[];
  readonly beta_cdf: readonly (Logs & { readonly a: number; readonly b: number; readonly x: number })[];
  readonly normal_quantile: readonly { readonly p: number; readonly z: number }[];
  readonly normal_cdf: readonly { readonly z: number; readonly cdf: number; readonly sf: number }[];
}
interface SampleSize {
  readonly np_umbrella: readonly {
    readonly n: number;
    readonly alpha: number;
    readonly delta: number;
    readonly max_allowed_errors: number;
    readonly min_n: number;
  }[];
  readonly sample_size: readonly (readonly [rate: number, delta: number, errors: number, n: number])[];
}

const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
const quantiles = read<Quantiles>('quantiles.json');
const sampleSize = read<SampleSize>('sampleSize.json');

/** Largest error of one quantity, and the case it occurred in. */
interface Worst {
  error: number;
  at: unknown;
}

const note = (worst: Worst, error: number, at: unknown): void => {
  // Negated, so that NaN is the worst of all.
  if (!(error <= worst.error)) {
    worst.error = error;
    worst.at = at;
  }
};

const relative = (got: number, want: Num): number =>
  got === Number(want) ? 0 : Math.abs(got - Number(want)) / Math.abs(Number(want));

const logError = (got: number, want: Num): number =>
  got === Number(want) ? 0 : Math.abs(got - Number(want)) / Math.max(1, Math.abs(Number(want)));

/** Subnormal doubles have fewer digits than the tolerance asks for; their logarithms are checked instead. */
const SMALLEST_NORMAL = 2 ** -1022;
const subnormal = (want: Num): boolean => Number(want) !== 0 && Math.abs(Number(want)) < SMALLEST_NORMAL;

const tails = (
  rows: readonly (Logs & { size: number; lower: number; upper: number; logs: readonly [number, number] })[],
) => {
  const small: Worst = { error: 0, at: undefined };
  const large: Worst = { error: 0, at: undefined };
  const logs: Worst = { error: 0, at: undefined };
  for (const row of rows) {
    const direct = row.size <= 1e4 ? small : large;
    if (!subnormal(row.cdf)) note(direct, relative(row.lower, row.cdf), row);
    if (!subnormal(row.sf)) note(direct, relative(row.upper, row.sf), row);
    note(logs, logError(row.logs[0], row.ln_cdf), row);
    note(logs, logError(row.logs[1], row.ln_sf), row);
  }
  return { small, large, logs };
};

test('binomialTails() agrees with 1243 reference tails: 1e-10 to n = 1e4, 1e-9 to 1e6, logarithms 1e-10', () => {
  const { small, large, logs } = tails(
    quantiles.binom.map((row) => {
      const got = binomialTails(row);
      return { ...row, size: row.n, lower: got.atMost, upper: got.above, logs: [got.logAtMost, got.logAbove] as const };
    }),
  );
  expect(small.error, JSON.stringify(small.at)).toBeLessThan(1e-10);
  expect(large.error, JSON.stringify(large.at)).toBeLessThan(1e-9);
  expect(logs.error, JSON.stringify(logs.at)).toBeLessThan(1e-10);
});

test('incompleteBeta() agrees with 160 reference values, real shapes from .001 to 1e6', () => {
  const { small, large, logs } = tails(
    quantiles.beta_cdf.map((row) => {
      const got = incompleteBeta(row);
      const log = [got.logLower, got.logUpper] as const;
      return { ...row, size: row.a + row.b, lower: got.lower, upper: got.upper, logs: log };
    }),
  );
  expect(small.error, JSON.stringify(small.at)).toBeLessThan(1e-10);
  expect(large.error, JSON.stringify(large.at)).toBeLessThan(1e-9);
  expect(logs.error, JSON.stringify(logs.at)).toBeLessThan(1e-10);
});

test('clopperPearson() agrees with 945 reference bounds, delta down to 1e-12 and n up to 1e6', () => {
  const small: Worst = { error: 0, at: undefined };
  const large: Worst = { error: 0, at: undefined };
  for (const row of quantiles.clopper_pearson) {
    const worst = row.n <= 1e4 ? small : large;
    const got = clopperPearson({ hits: row.k, n: row.n, delta: row.delta });
    note(worst, relative(got.lower, row.lower), row);
    note(worst, relative(got.upper, row.upper), row);
    // Counting the misses instead gives the complements, so neither side is one minus the other.
    const misses = clopperPearson({ hits: row.n - row.k, n: row.n, delta: row.delta });
    note(worst, relative(misses.lower, row.one_minus_upper), row);
    note(worst, relative(misses.upper, row.one_minus_lower), row);
  }
  expect(small.error, JSON.stringify(small.at)).toBeLessThan(1e-10);
  expect(large.error, JSON.stringify(large.at)).toBeLessThan(1e-9);
});

test('betaQuantile() agrees with 428 reference quantiles on both sides', () => {
  const small: Worst = { error: 0, at: undefined };
  const large: Worst = { error: 0, at: undefined };
  for (const row of quantiles.beta_quantile) {
    const worst = row.a + row.b <= 2e4 ? small : large;
    const got = betaQuantile(row);
    note(worst, relative(got.x, row.x), row);
    // Divergence: below 1e-30 the reference's complement is its own 60-digit rounding of 1 − x. See README.md.
    if (row.one_minus_x > 1e-30) note(worst, relative(got.y, row.one_minus_x), row);
  }
  expect(small.error, JSON.stringify(small.at)).toBeLessThan(1e-10);
  expect(large.error, JSON.stringify(large.at)).toBeLessThan(1e-9);
});

test('normalQuantile() agrees with the reference to 1e-14', () => {
  for (const { p, z } of quantiles.normal_quantile) {
    expect(relative(normalQuantile(p), z), `p = ${p}`).toBeLessThan(1e-14);
  }
});

test('normalCdf() agrees with the reference in both tails to 1e-13', () => {
  for (const { z, cdf, sf } of quantiles.normal_cdf) {
    expect(relative(normalCdf(z), cdf), `z = ${z}`).toBeLessThan(1e-13);
    expect(relative(normalCdf(-z), sf), `z = ${-z}`).toBeLessThan(1e-13);
  }
});

test('minimalSize() gives exactly the 264 published sample sizes', () => {
  for (const [rate, delta, errors, n] of sampleSize.sample_size) {
    expect(minimalSize({ errors, rate, delta }), `rate ${rate}, delta ${delta}, errors ${errors}`).toBe(n);
  }
});

test('maxErrorsAllowed() gives exactly the order statistics of the Neyman–Pearson umbrella', () => {
  for (const { n, alpha, delta, max_allowed_errors, min_n } of sampleSize.np_umbrella) {
    const wanted = max_allowed_errors === -1 ? undefined : max_allowed_errors;
    expect(maxErrorsAllowed({ n, rate: alpha, delta }), `n ${n}, rate ${alpha}, delta ${delta}`).toBe(wanted);
    expect(minimalSize({ errors: 0, rate: alpha, delta })).toBe(min_n);
  }
});
