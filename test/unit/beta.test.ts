import { expect, test } from 'vitest';
import { betaQuantile, incompleteBeta } from '../../src/kernel/special/beta.js';

test('incompleteBeta() is certain at both ends', () => {
  expect(incompleteBeta({ a: 2, b: 3, x: 0 })).toMatchObject({ lower: 0, upper: 1, logUpper: 0 });
  expect(incompleteBeta({ a: 2, b: 3, x: 1 })).toMatchObject({ lower: 1, upper: 0, logLower: 0 });
});

test('incompleteBeta() returns NaN for NaN, and does not hang', () => {
  expect(incompleteBeta({ a: 2, b: 3, x: Number.NaN }).lower).toBeNaN();
  expect(incompleteBeta({ a: Number.NaN, b: 3, x: 0.2 }).lower).toBeNaN();
});

test('betaQuantile() has the closed form 1 − delta^(1/n) when there is no hit', () => {
  expect(betaQuantile({ a: 1, b: 299, p: 0.05, tail: 'upper' }).x).toBe(-Math.expm1(Math.log(0.05) / 299));
  // The case statsmodels once gave .99999 for.
  expect(betaQuantile({ a: 1, b: 1_000_000, p: 1e-9, tail: 'upper' }).x).toBeCloseTo(2.0723051e-5, 12);
});

test('betaQuantile() is undone by incompleteBeta() in both tails', () => {
  for (const [a, b] of [
    [0.5, 0.5],
    [2, 3],
    [17, 4000],
    [250_000, 3],
  ] as const) {
    for (const p of [1e-12, 0.001, 0.3, 0.7, 0.999]) {
      const lower = incompleteBeta({ a, b, ...betaQuantile({ a, b, p, tail: 'lower' }) }).lower;
      const upper = incompleteBeta({ a, b, ...betaQuantile({ a, b, p, tail: 'upper' }) }).upper;
      expect(Math.abs(lower / p - 1)).toBeLessThan(1e-11);
      expect(Math.abs(upper / p - 1)).toBeLessThan(1e-11);
    }
  }
});

test('betaQuantile() is 0 or 1 where all or none of the probability lies below', () => {
  expect(betaQuantile({ a: 2, b: 3, p: 0, tail: 'lower' })).toEqual({ x: 0, y: 1 });
  expect(betaQuantile({ a: 2, b: 3, p: 1, tail: 'lower' })).toEqual({ x: 1, y: 0 });
  expect(betaQuantile({ a: 2, b: 3, p: 0, tail: 'upper' })).toEqual({ x: 1, y: 0 });
});
