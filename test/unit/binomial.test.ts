import { expect, test } from 'vitest';
import { binomialCdf, binomialTails, maxErrorsAllowed, minimalSize } from '../../src/kernel/special/binomial.js';

test('binomialTails() gives exact ends: no k below 0, every k from n on', () => {
  expect(binomialTails({ k: -1, n: 5, p: 0.3 })).toMatchObject({ atMost: 0, above: 1 });
  expect(binomialTails({ k: 5, n: 5, p: 0.3 })).toMatchObject({ atMost: 1, above: 0 });
  expect(binomialTails({ k: 0, n: 0, p: 0.3 })).toMatchObject({ atMost: 1, above: 0 });
});

test('binomialTails() is certain when p is 0 or 1', () => {
  expect(binomialTails({ k: 2, n: 5, p: 0 })).toMatchObject({ atMost: 1, above: 0, logAtMost: 0 });
  expect(binomialTails({ k: 2, n: 5, p: 1 })).toMatchObject({ atMost: 0, above: 1, logAbove: 0 });
});

test('binomialTails() keeps the logarithm of a tail that underflows', () => {
  const tails = binomialTails({ k: 0, n: 1_000_000, p: 0.5 });
  expect(tails.atMost).toBe(0);
  expect(tails.logAtMost).toBeCloseTo(-1_000_000 * Math.LN2, 6);
});

test('binomialCdf() sums the masses for a small n', () => {
  // (1 + 10 + 45) / 1024
  expect(binomialCdf({ k: 2, n: 10, p: 0.5 })).toBeCloseTo(56 / 1024, 15);
});

test('minimalSize() needs 299 stalled stacks without a miss for .99 at 95 %, and 473 with one', () => {
  expect(minimalSize({ errors: 0, rate: 0.01, delta: 0.05 })).toBe(299);
  expect(minimalSize({ errors: 1, rate: 0.01, delta: 0.05 })).toBe(473);
});

test('minimalSize() is the first size at which maxErrorsAllowed() allows that many errors', () => {
  for (const errors of [0, 1, 7, 40]) {
    for (const [rate, delta] of [
      [0.01, 0.05],
      [0.05, 0.005],
      [0.3, 1e-12],
    ] as const) {
      const n = minimalSize({ errors, rate, delta });
      expect(maxErrorsAllowed({ n, rate, delta })).toBe(errors);
      expect(maxErrorsAllowed({ n: n - 1, rate, delta }) ?? -1).toBe(errors - 1);
    }
  }
});

test('maxErrorsAllowed() is undefined, not a negative count, when even no error proves too little', () => {
  expect(maxErrorsAllowed({ n: 298, rate: 0.01, delta: 0.05 })).toBeUndefined();
  expect(maxErrorsAllowed({ n: 0, rate: 0.01, delta: 0.05 })).toBeUndefined();
});

test('maxErrorsAllowed() and minimalSize() refuse a rate or delta outside (0, 1)', () => {
  expect(() => maxErrorsAllowed({ n: 10, rate: 0, delta: 0.05 })).toThrow(RangeError);
  expect(() => minimalSize({ errors: 0, rate: 0.01, delta: 1 })).toThrow(RangeError);
});
