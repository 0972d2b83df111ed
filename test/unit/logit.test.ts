import { expect, test } from 'vitest';
import { logAddExp, logistic, logit } from '../../src/kernel/special/logit.js';

test('logit() keeps its digits next to one half', () => {
  expect(logit(0.5 + 2 ** -40)).toBeCloseTo(2 ** -38, 25);
  expect(logit(0.5)).toBe(0);
});

test('logit() is infinite at the ends', () => {
  expect(logit(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(logit(1)).toBe(Number.POSITIVE_INFINITY);
});

test('logistic() undoes logit() to full precision, however rare the class', () => {
  for (const p of [1e-300, 1e-12, 0.01, 0.26, 0.5, 0.74, 0.99]) {
    expect(Math.abs(logistic(logit(p)) / p - 1)).toBeLessThan(2e-13);
  }
});

test('logistic() neither overflows nor leaves [0, 1]', () => {
  expect(logistic(800)).toBe(1);
  expect(logistic(-800)).toBe(0);
  expect(logistic(-740)).toBeGreaterThan(0);
});

test('logAddExp() survives what exp() does not', () => {
  expect(logAddExp(1000, 1000)).toBe(1000 + Math.LN2);
  expect(logAddExp(-1000, 0)).toBe(0);
  expect(logAddExp(Number.NEGATIVE_INFINITY, -3)).toBe(-3);
  expect(logAddExp(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
});
