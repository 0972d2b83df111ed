import { describe, expect, test } from 'vitest';
import * as StopRule from '../../src/asking/stopRule/index.js';
import * as RiskControl from '../../src/stages/riskControl/index.js';

const LIMIT = 0.01;
const DELTA = 0.05;
const TARGETS = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

/** Chances of each number of errors among laboratories that still look; `isShown` at n takes those that pass out. */
const follow = (risk: number, most: number, isShown: (n: number, errors: number) => boolean) => {
  let still = [1];
  const shown: number[] = [0];
  for (let n = 1; n <= most; n++) {
    const next = new Array<number>(still.length + 1).fill(0);
    still.forEach((share, errors) => {
      next[errors] += share * (1 - risk);
      next[errors + 1] += share * risk;
    });
    let passed = 0;
    next.forEach((share, errors) => {
      if (share === 0 || !isShown(n, errors)) return;
      passed += share;
      next[errors] = 0;
    });
    while (next.length > 1 && next[next.length - 1] < 1e-15) next.pop();
    still = next;
    shown.push(shown[n - 1] + passed);
  }
  return shown;
};

/** As `StopRule.follow` decides, from counts and written apart from it. */
const passes = ({ limit, firstLook, logWealth = Number.POSITIVE_INFINITY }: StopRule.LookThenBet) => {
  return (n: number, errors: number): boolean => {
    if (n === firstLook?.n && errors <= firstLook.allowed) return true;
    const wealth = [
      [0.25, 0.8],
      [0.5, 0.2],
    ].reduce(
      (sum, [share, weight]) => sum + weight * share ** errors * ((1 - share * limit) / (1 - limit)) ** (n - errors),
      0,
    );
    return wealth >= Math.exp(logWealth) * (1 + 1e-12);
  };
};

/** Gold that chance .8 needs. */
const needed = (shown: readonly number[]): number => shown.findIndex((share) => share >= 0.8);

describe('looks at gold that grows', () => {
  test('ten exact looks, each taken for the only one, certify wrongly in 11.6 % of laboratories; the first look with bets in 5 % at most', () => {
    const looks = [300, 400, 500, 600, 700, 800, 900, 1000, 1200, 1500];
    const exact = RiskControl.testTargets(TARGETS);
    const isShown = (n: number, missed: number): boolean =>
      looks.includes(n) && exact({ stalled: n, missed, flowing: 5000, alarmed: 0 }).verdict === 'meets';
    expect(follow(0.0101, 1500, isShown)[1500]).toBeCloseTo(0.1158, 4);
    const test = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: 300 });
    expect(follow(0.0101, 1500, passes(test))[1500]).toBeLessThan(DELTA);
  });

  test.each([0, 17, 310, 640, 980, 1400, 2500])(
    'a risk at the limit is ever shown with probability ≤ δ, whatever gold there is at the first look: %d',
    (goldAtFirstLook) => {
      const test = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook });
      const [ever] = follow(LIMIT, 9000, passes(test)).slice(-1);
      expect(ever).toBeLessThanOrEqual(DELTA);
      expect(ever).toBeLessThanOrEqual(test.everWrong);
      // Nothing is wasted: a sum of the two errors, without their overlap, would leave a third of it.
      expect(test.everWrong).toBeGreaterThan(0.99 * DELTA);
      expect(test.firstLook?.level ?? 0).toBeLessThanOrEqual(0.8 * DELTA);
    },
  );

  test('the bets are cheaper than what the first look leaves: their probabilities overlap', () => {
    const test = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: 1400 });
    const left = DELTA - (test.firstLook?.level ?? 0);
    expect(test.logWealth).toBeLessThan(-Math.log(left) - 0.5);
  });

  test('every course of small worlds, one by one: the chance of a wrong pass as a sum over all of them', () => {
    for (const limit of [0.2, 0.3, 0.4]) {
      for (const goldAtFirstLook of [0, 6, 11]) {
        const test = StopRule.lookThenBet({ limit, delta: 0.1, goldAtFirstLook });
        const state = StopRule.follow(test);
        const n = 14;
        let wrong = 0;
        for (let course = 0; course < 2 ** n; course++) {
          const errors = Uint8Array.from({ length: n }, (_, i) => (course >> i) & 1);
          if (state(errors).shownAt === undefined) continue;
          const all = errors.reduce((sum, error) => sum + error, 0);
          wrong += limit ** all * (1 - limit) ** (n - all);
        }
        expect(wrong).toBeLessThanOrEqual(0.1);
        expect(wrong).toBeCloseTo(follow(limit, n, passes(test))[n], 10);
      }
    }
  });

  test('later gold needs at most 60 % of what open-ended looks at milestones needed, at a third of the limit', () => {
    // Milestones from 310 stalls on, half as many again each time, look k at δ/(k(k + 1)), chance .8.
    const risks = [0.0003, 0.001, 0.0022, 0.0033, 0.005];
    const milestones = [310, 465, 698, 1046, 1569, 2354, 3531, 5297, 7945];
    const isShown = (n: number, missed: number): boolean => {
      const k = milestones.indexOf(n) + 1;
      if (k === 0) return false;
      const confidence = 1 - DELTA / (k * (k + 1));
      return (
        RiskControl.testTargets({ ...TARGETS, confidence })({ stalled: n, missed, flowing: 9000, alarmed: 0 })
          .verdict === 'meets'
      );
    };
    const before = risks.map((risk) => needed(follow(risk, 5300, isShown)));
    expect(before).toEqual([698, 1046, 1569, 3531, 5297]);
    const first = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: 310 });
    const now = risks.map((risk) => needed(follow(risk, 5300, passes(first))));
    expect(now).toEqual([321, 743, 1107, 1823, 4450]);
    expect(now[3]).toBeLessThanOrEqual(0.6 * before[3]);
    // Whoever expects gold in small portions lets the first look spend next to nothing.
    const bets = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: 310, spend: 0 });
    const open = risks.map((risk) => needed(follow(risk, 5300, passes(bets))));
    expect(open).toEqual([416, 597, 959, 1315, 3537]);
    open.slice(0, 4).forEach((gold, i) => {
      expect(gold / before[i]).toBeLessThan(0.615);
    });
  });

  test('follow() takes gold in any portions, and what is shown stays shown', () => {
    const test = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: 310 });
    const errors = Uint8Array.from({ length: 1500 }, (_, i) => Number(i >= 321 && i % 20 === 0));
    const isShown = passes(test);
    let count = 0;
    let shownAt: number | undefined;
    errors.forEach((error, i) => {
      count += error;
      if (shownAt === undefined && isShown(i + 1, count)) shownAt = i + 1;
    });
    expect(shownAt).toBe(321);
    expect(StopRule.follow(test)(errors)).toMatchObject({ shownAt: 321, errorsAtFirstLook: 0, n: 1500 });
    expect(StopRule.follow(test)(errors.subarray(0, 320)).shownAt).toBeUndefined();
  });

  test('stillNeeded() is what passes without a further error, and one less does not', () => {
    for (const [n, missed] of [
      [0, 0],
      [17, 0],
      [200, 1],
      [500, 4],
      [900, 6],
    ]) {
      const test = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: n });
      const gold = (more: number) => Uint8Array.from({ length: n + more }, (_, i) => Number(i < missed));
      const more = StopRule.stillNeeded(test)(StopRule.follow(test)(gold(0))) ?? Number.NaN;
      expect(StopRule.follow(test)(gold(more)).shownAt).toBe(n + more);
      expect(StopRule.follow(test)(gold(more - 1)).shownAt).toBeUndefined();
    }
    const once = StopRule.lookThenBet({ limit: LIMIT, delta: DELTA, goldAtFirstLook: 310, spend: 1 });
    expect(once.logWealth).toBeUndefined();
    expect(once.firstLook?.n).toBe(310);
    const failed = StopRule.follow(once)(new Uint8Array(310).fill(1, 0, 1));
    expect(StopRule.stillNeeded(once)(failed)).toBeUndefined();
  });

  test('what cannot be is refused', () => {
    const gold = { limit: LIMIT, delta: DELTA, goldAtFirstLook: 10 };
    expect(() => StopRule.lookThenBet({ ...gold, spend: 1.5 })).toThrow('spend must be in [0, 1], got 1.5');
    expect(() => StopRule.lookThenBet({ ...gold, limit: 0 })).toThrow('limit must be in (0, 1), got 0');
    expect(() => StopRule.lookThenBet({ ...gold, goldAtFirstLook: 1.5 })).toThrow('an integer from 0, got 1.5');
    expect(() => StopRule.follow(StopRule.lookThenBet(gold))([2])).toThrow('errors: expected 0 or 1, got 2');
  });
});
