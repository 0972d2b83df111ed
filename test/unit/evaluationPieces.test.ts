import { expect, test } from 'vitest';
import { clopperPearson } from '../../src/kernel/special/clopperPearson.js';
import { atPrevalence } from '../../src/stages/evaluation/atPrevalence.js';
import { brier, ece, logLoss } from '../../src/stages/evaluation/calibrationError.js';
import { confusion } from '../../src/stages/evaluation/confusion.js';
import { auc, averagePrecision } from '../../src/stages/evaluation/curves.js';
import { rate } from '../../src/stages/evaluation/intervals.js';
import { bestMcc, mcc, mccAt } from '../../src/stages/evaluation/mcc.js';

test('rate() gives an upper bound of exactly 1 when every hit is counted', () => {
  const all = rate({ hits: 17, n: 17, confidence: 0.95 });
  expect(all.interval.upper).toBe(1);
  expect(all.atMost).toBe(1);
});

test('rate() gives a lower bound of exactly 0 when nothing hit', () => {
  const none = rate({ hits: 0, n: 17, confidence: 0.95 });
  expect(none.interval.lower).toBe(0);
  expect(none.atLeast).toBe(0);
});

test('rate() of nothing has no estimate and excludes nothing', () => {
  expect(rate({ hits: 0, n: 0, confidence: 0.95 })).toEqual({
    hits: 0,
    n: 0,
    interval: { lower: 0, upper: 1 },
    atLeast: 0,
    atMost: 1,
  });
});

test('rate() proves .99 with 299 of 299 and with 472 of 473, not with one stack fewer', () => {
  const atLeast = (hits: number, n: number) => rate({ hits, n, confidence: 0.95 }).atLeast;
  expect(atLeast(299, 299)).toBeGreaterThanOrEqual(0.99);
  expect(atLeast(298, 298)).toBeLessThan(0.99);
  expect(atLeast(472, 473)).toBeGreaterThanOrEqual(0.99);
  expect(atLeast(471, 472)).toBeLessThan(0.99);
});

test('rate() refuses counts that are not counts, and confidence outside (0, 1)', () => {
  expect(() => rate({ hits: 3, n: 2, confidence: 0.95 })).toThrow(RangeError);
  expect(() => rate({ hits: -1, n: 2, confidence: 0.95 })).toThrow(RangeError);
  expect(() => rate({ hits: 0.5, n: 2, confidence: 0.95 })).toThrow(RangeError);
  expect(() => rate({ hits: 1, n: 2, confidence: 95 })).toThrow(RangeError);
  expect(() => clopperPearson({ hits: 1, n: 2, delta: 0 })).toThrow(RangeError);
});

test('confusion() refuses predictions for another number of stacks', () => {
  expect(() => confusion({ truth: new Uint8Array(3), predicted: new Uint8Array(2) })).toThrow(
    'confusion: expected 3 predictions, got 2',
  );
});

test('mcc() is exactly 1 for perfect and exactly -1 for inverted predictions, at any size', () => {
  for (const n of [1, 2, 3, 50, 94_906_267, 1_000_000_000]) {
    expect(mcc({ tp: n, fp: 0, fn: 0, tn: 7 }).value).toBe(1);
    expect(mcc({ tp: 0, fp: n, fn: 7, tn: 0 }).value).toBe(-1);
  }
});

test('mcc() does not lose a numerator that doubles would cancel', () => {
  // tp · tn − fp · fn = 1 where each product is 1e18.
  const n = 1_000_000_000;
  const value = mcc({ tp: n, fp: n + 1, fn: n - 1, tn: n }).value;
  expect(value * 4 * n * n).toBeCloseTo(1, 6);
});

test('mccAt() falls from .94 to .40 between a balanced set and 1 % prevalence', () => {
  expect(mccAt({ sensitivity: 0.99, specificity: 0.95, prevalence: 0.5 }).value).toBeCloseTo(0.941, 3);
  expect(mccAt({ sensitivity: 0.99, specificity: 0.95, prevalence: 0.01 }).value).toBeCloseTo(0.396, 3);
});

test('mccAt() is 0 and flagged when one class is missing from truth or predictions', () => {
  const undefinedMcc = { value: 0, undefined: true };
  expect(mccAt({ sensitivity: 0.9, specificity: 0.9, prevalence: 0 })).toEqual(undefinedMcc);
  expect(mccAt({ sensitivity: 0, specificity: 1, prevalence: 0.1 })).toEqual(undefinedMcc);
  expect(mccAt({ sensitivity: 1, specificity: 0, prevalence: 0.1 })).toEqual(undefinedMcc);
});

test('bestMcc() returns both ends when two thresholds tie exactly', () => {
  const best = bestMcc({ score: Float64Array.of(3, 2, 2, 1), label: Uint8Array.of(1, 0, 1, 0) });
  expect(best.thresholds.map((cut) => cut.threshold)).toEqual([3, 2]);
});

test('bestMcc() of one class ties everywhere at 0', () => {
  const best = bestMcc({ score: Float64Array.of(0.2, 0.9), label: Uint8Array.of(1, 1) });
  expect(best.mcc).toBe(0);
  expect(best.thresholds.map((cut) => cut.threshold)).toEqual([Number.POSITIVE_INFINITY, 0.9, 0.2]);
});

test('bestMcc() of no stacks can only call nothing stalled', () => {
  const best = bestMcc({ score: new Float64Array(0), label: new Uint8Array(0) });
  expect(best).toEqual({ mcc: 0, thresholds: [{ threshold: Number.POSITIVE_INFINITY, tp: 0, fp: 0, fn: 0, tn: 0 }] });
});

test('atPrevalence() has intervals but no estimates when a class was never observed', () => {
  const got = atPrevalence({
    sensitivity: rate({ hits: 0, n: 0, confidence: 0.95 }),
    specificity: rate({ hits: 95, n: 100, confidence: 0.95 }),
    prevalence: 0.01,
    confidence: 0.95,
  });
  expect(got.mcc).not.toHaveProperty('estimate');
  expect(got.mcc).not.toHaveProperty('undefined');
  expect(got.ppv.interval.lower).toBe(0);
  expect(got.npv.interval.upper).toBe(1);
});

test('atPrevalence() flags PPV and MCC, not NPV, when nothing is called stalled', () => {
  const got = atPrevalence({
    sensitivity: rate({ hits: 0, n: 7, confidence: 0.95 }),
    specificity: rate({ hits: 93, n: 93, confidence: 0.95 }),
    prevalence: 0.01,
    confidence: 0.95,
  });
  expect(got.ppv).toMatchObject({ undefined: true });
  expect(got.ppv).not.toHaveProperty('estimate');
  expect(got.mcc).toMatchObject({ estimate: 0, undefined: true });
  expect(got.npv).toMatchObject({ estimate: 0.99 });
});

test('atPrevalence() is wider than the two single intervals would be: it pays for both at once', () => {
  const sensitivity = rate({ hits: 495, n: 500, confidence: 0.95 });
  const specificity = rate({ hits: 475, n: 500, confidence: 0.95 });
  const got = atPrevalence({ sensitivity, specificity, prevalence: 0.01, confidence: 0.95 });
  const naive = mccAt({
    sensitivity: sensitivity.interval.lower,
    specificity: specificity.interval.lower,
    prevalence: 0.01,
  });
  expect(got.mcc.interval.lower).toBeLessThan(naive.value);
});

test('atPrevalence() refuses a prevalence or confidence outside (0, 1)', () => {
  const some = rate({ hits: 1, n: 2, confidence: 0.95 });
  const at = { sensitivity: some, specificity: some };
  expect(() => atPrevalence({ ...at, prevalence: 0, confidence: 0.95 })).toThrow(RangeError);
  expect(() => atPrevalence({ ...at, prevalence: 0.01, confidence: 95 })).toThrow(RangeError);
});

test('auc() and averagePrecision() are absent where they mean nothing', () => {
  const score = Float64Array.of(0.1, 0.7);
  expect(auc({ score, label: Uint8Array.of(1, 1) })).toBeUndefined();
  expect(averagePrecision({ score, label: Uint8Array.of(0, 0) })).toBeUndefined();
  expect(averagePrecision({ score, label: Uint8Array.of(1, 1) })).toBe(1);
});

test('auc() refuses labels of another number of stacks', () => {
  expect(() => auc({ score: Float64Array.of(1), label: new Uint8Array(2) })).toThrow(RangeError);
});

test('logLoss() charges a certain mistake 36 nats, not infinity', () => {
  const certain = { probability: Float64Array.of(1), label: Uint8Array.of(0) };
  expect(logLoss(certain)).toBeCloseTo(52 * Math.LN2, 10);
});

test('logLoss(), brier() and ece() of no stacks are absent', () => {
  const nothing = { probability: new Float64Array(0), label: new Uint8Array(0) };
  expect(logLoss(nothing)).toBeUndefined();
  expect(brier(nothing)).toBeUndefined();
  expect(ece({ ...nothing, bins: 10 })).toEqual({ bins: [] });
});

test('ece() gives the first bins the remainder', () => {
  const probability = Float64Array.of(0.5, 0.1, 0.3, 0.9, 0.7);
  const table = ece({ probability, label: Uint8Array.of(0, 0, 0, 1, 1), bins: 2 });
  expect(table.bins.map((bin) => bin.count)).toEqual([3, 2]);
});

test('ece() refuses bins that cannot be counted', () => {
  const one = { probability: Float64Array.of(0.5), label: Uint8Array.of(0) };
  expect(() => ece({ ...one, bins: 0 })).toThrow(RangeError);
  expect(() => ece({ ...one, bins: 2.5 })).toThrow(RangeError);
});
