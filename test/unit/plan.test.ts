import { describe, expect, test } from 'vitest';
import * as StopRule from '../../src/asking/stopRule/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';
import { studyPlan } from '../../src/study/plan.js';

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
});

describe('studyPlan()', () => {
  const gold = (stalled: number, flowing: number): Gold.GoldSet =>
    Gold.from({ chosen: 'stratified' })(
      Array.from({ length: stalled + flowing }, (_, i) => ({ stackId: `s${i}`, label: i < stalled ? 1 : 0 })),
    );

  test('collecting what it says leaves enough tuning gold for the chance it tells, at a third of the risk allowed', () => {
    const { labels, file, level } = studyPlan({ targets, labelCost: 2 })({ gold: gold(332, 100) });
    expect(level).toBeCloseTo(0.045, 12);
    expect(file).toEqual({ stalled: 1665, flowing: 440, missing: 1665 + 440 - 432, cost: 2 * (1665 + 440 - 432) });
    const { tune } = StopRule.divideGold({ targets: { ...targets, confidence: 1 - level } })(gold(1665, 440));
    const counts = Gold.count(tune);
    const ofStalled = passing({ n: counts.stalled, limit: 0.01, delta: level, risk: 0.01 / 3 });
    const ofFlowing = passing({ n: counts.flowing, limit: 0.05, delta: level, risk: 0.05 / 3 });
    expect(ofStalled * ofFlowing).toBeCloseTo(labels?.chance ?? 0, 6);
    expect(labels?.chance).toBeGreaterThanOrEqual(0.81);
  });

  test.each([0.5, 0.8, 0.95])('the chance is at least the one asked for, %d', (power) => {
    const { labels } = studyPlan({ targets, power })({});
    expect(labels?.chance).toBeGreaterThanOrEqual(power);
  });

  test('the least gold there is can certify something, and one stalled stack less cannot', () => {
    const { minimum, level } = studyPlan({ targets })({});
    const tuned = (stalled: number): number =>
      Gold.count(StopRule.divideGold({ targets: { ...targets, confidence: 1 - level } })(gold(stalled, 500)).tune)
        .stalled;
    expect(passing({ n: tuned(minimum.stalled), limit: 0.01, delta: level, risk: 1e-12 })).toBeCloseTo(1, 6);
    expect(passing({ n: tuned(minimum.stalled - 1), limit: 0.01, delta: level, risk: 1e-12 })).toBe(0);
  });

  test('a fit after others needs more gold, because they have spent error', () => {
    const one = gold(700, 900);
    const ledger = [{ looks: [{ fingerprint: 'a', spent: 0.045 }], gold: one.stackIds }];
    const [first, next] = [studyPlan({ targets })({ gold: one }), studyPlan({ targets, ledger })({ gold: one })];
    expect(next.level).toBeCloseTo(0.0045, 12);
    expect(next.labels?.stalled).toBeGreaterThan(first.labels?.stalled ?? 0);
  });

  test('no file is large enough for decisions worse than the targets', () => {
    const hopeless = studyPlan({ targets, trueRisk: { missedStalls: 0.02, falseAlarms: 0.01 } })({});
    expect([hopeless.labels, hopeless.file]).toEqual([undefined, undefined]);
  });

  test('points grow dearer along the ladder', () => {
    const { ladder } = studyPlan({ targets })({});
    const prices = ladder.stalled.flatMap(({ perPoint }) => perPoint ?? []);
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
    expect(prices).toHaveLength(ladder.stalled.length - 1);
  });
});
