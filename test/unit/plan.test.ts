import { describe, expect, test } from 'vitest';
import * as Thresholds from '../../src/stages/thresholds/index.js';
import { goldFile } from '../../src/study/plan.js';

const logFactorials = Float64Array.from({ length: 4000 }, () => 0);
for (let i = 1; i < logFactorials.length; i++) logFactorials[i] = (logFactorials[i - 1] ?? 0) + Math.log(i);

/** P(Bin(n, p) ≤ k), term by term. */
const atMost = (k: number, n: number, p: number): number => {
  const logOf = (i: number): number => logFactorials[i] ?? Number.NaN;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logOf(n) - logOf(i) - logOf(n - i) + i * Math.log(p) + (n - i) * Math.log1p(-p));
  }
  return sum;
};

/** P(a rule of this risk passes): it may make as many errors as still prove the limit. */
const passing = (of: { n: number; limit: number; delta: number; risk: number }): number => {
  let k = -1;
  while (atMost(k + 1, of.n, of.limit) <= of.delta) k++;
  return k < 0 ? 0 : atMost(k, of.n, of.risk);
};

const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

describe('plan()', () => {
  test.each([0.5, 0.8, 0.9])(
    'both classes pass with the power asked for, %d, and one stack less of each does not',
    (power) => {
      const { stalled, flowing } = Thresholds.plan({ targets, power });
      const ofStalled = (n: number): number => passing({ n, limit: 0.01, delta: 0.045, risk: 0.01 / 3 });
      const ofFlowing = (n: number): number => passing({ n, limit: 0.05, delta: 0.005, risk: 0.05 / 3 });
      const [n, m] = [stalled.withPower ?? 0, flowing.withPower ?? 0];
      expect(ofStalled(n) * ofFlowing(m)).toBeGreaterThanOrEqual(power);
      expect(ofStalled(n - 1)).toBeLessThan(Math.sqrt(power));
      expect(ofFlowing(m - 1)).toBeLessThan(Math.sqrt(power));
    },
  );

  test('a gold file holds the tuning gold of both classes twice, and its price is that of what is missing', () => {
    const planned = Thresholds.plan({ targets, have: { stalled: 332, flowing: 1000 } });
    expect(goldFile(planned, 2)).toEqual({ stalled: 2664, flowing: 846, missing: 2000, cost: 4000 });
    expect(goldFile(planned, undefined)).toEqual({ stalled: 2664, flowing: 846, missing: 2000 });
  });

  test('no file is large enough for decisions worse than the targets', () => {
    const hopeless = Thresholds.plan({ targets, trueRisk: { missedStalls: 0.02, falseAlarms: 0.01 } });
    expect(goldFile(hopeless, 2)).toBeUndefined();
  });
});
