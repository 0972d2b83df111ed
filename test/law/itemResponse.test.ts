import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import type { Label } from '../../src/domain/label.js';
import type { Vote } from '../../src/domain/vote.js';
import { seeded, shuffleInPlace } from '../../src/kernel/random/prng.js';
import { normalCdf } from '../../src/kernel/special/normal.js';
import { smallerTail } from '../../src/kernel/special/normalTails.js';
import { fillTrait } from '../../src/kernel/trait/classPosterior.js';
import { TRAIT_NODES } from '../../src/kernel/trait/traitGrid.js';
import { type ItemResponse, itemResponse } from '../../src/stages/consensus/itemResponse/fit.js';
import { expectedMccCut } from '../../src/stages/consensus/itemResponse/judge.js';
import * as Gold from '../../src/stages/gold.js';
import * as Votes from '../../src/stages/votes/index.js';
import * as Arbitrary from '../../src/testing.js';

const tableOf = (votes: readonly Vote[]): Votes.VoteTable => getOrThrow(Votes.from({ duplicates: 'all' })(votes));

/** Votes of annotators who are right this often, on stacks of which every third is stalled. */
const crowd = (stacks: number, accuracies: readonly number[], seed: number): Vote[] => {
  const random = seeded(seed);
  return Array.from({ length: stacks }, (_, s) => s).flatMap((s) =>
    accuracies.map((accuracy, a): Vote => {
      const truth = s % 3 === 0 ? 1 : 0;
      const label = random() < accuracy ? truth : 1 - truth;
      return { stackId: `s${s}`, annotatorId: `a${a}`, label: label === 1 ? 1 : 0 };
    }),
  );
};

const goldOf = (stacks: readonly number[], flip = false): Gold.Gold<'fit'> =>
  Gold.as('fit')(
    Gold.from({ chosen: 'stratified' })(
      stacks.map((s) => ({ stackId: `s${s}`, label: ((s % 3 === 0) !== flip ? 1 : 0) as Label })),
    ),
  );

const expectSound = (fit: ItemResponse): void => {
  for (const value of fit.logOdds) expect(Number.isFinite(value)).toBe(true);
  for (const { estimate, standardError, interval } of [
    fit.prevalence,
    fit.flowing.c,
    fit.flowing.tau,
    fit.stalled.c,
    fit.stalled.tau,
  ]) {
    expect(Number.isFinite(estimate) && standardError >= 0).toBe(true);
    expect(interval.lower <= estimate && estimate <= interval.upper).toBe(true);
  }
  const { sensitivity, specificity, alpha, beta } = fit.annotators;
  for (let a = 0; a < alpha.length; a++) {
    expect(Number.isFinite(alpha[a] + beta[a])).toBe(true);
    for (const rate of [sensitivity, specificity]) {
      expect(0 <= rate.lower[a] && rate.lower[a] <= rate.estimate[a]).toBe(true);
      expect(rate.estimate[a] <= rate.upper[a] && rate.upper[a] <= 1).toBe(true);
    }
  }
};

const share = (fit: ItemResponse, isRight: (s: number) => boolean): number =>
  fit.stackIds.reduce((sum, id, row) => {
    const s = Number(id.slice(1));
    return sum + Number(isRight(s) === fit.logOdds[row] > fit.decisionLogOdds);
  }, 0) / fit.stackIds.length;

describe('itemResponse()', () => {
  test('never lowers its objective', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), (votes) => {
        const { trace } = itemResponse({ tolerance: 1e-12, maxIterations: 120 })(tableOf(votes));
        for (let i = 1; i < trace.length; i++) expect(trace[i]).toBeGreaterThanOrEqual(trace[i - 1]);
      }),
      { numRuns: 40 },
    );
  });

  test('gives finite posteriors and ordered intervals for any small crowd, with any scores and gold', () => {
    fc.assert(
      fc.property(Arbitrary.votes(), Arbitrary.scores(), Arbitrary.gold(), (votes, scores, gold) => {
        const table = Votes.including(scores.stackIds)(tableOf(votes));
        expectSound(itemResponse({ scores, gold: Gold.as('fit')(gold) })(table));
      }),
      { numRuns: 25 },
    );
  });

  test('does not care about the order of rows or the names of annotators, to the bit', () => {
    const votes = crowd(40, [0.9, 0.8, 0.7, 0.6], 3);
    const shuffled = votes.slice();
    shuffleInPlace(shuffled, seeded(5));
    const renamed = shuffled.map((vote) => ({ ...vote, annotatorId: `z${9 - Number(vote.annotatorId.slice(1))}` }));
    const straight = itemResponse({ gold: goldOf([0, 1, 2]) })(tableOf(votes));
    const other = itemResponse({ gold: goldOf([0, 1, 2]) })(tableOf(renamed));
    expect(other.logOdds).toEqual(straight.logOdds);
    expect(other.trace).toEqual(straight.trace);
  });

  test('more stalled votes by alike annotators never lower the odds', () => {
    const votes = crowd(60, [0.8, 0.8, 0.8, 0.8, 0.8], 7);
    const fit = itemResponse()(tableOf(votes.map((vote) => ({ ...vote, annotatorId: '' }))));
    const stalled = new Map<string, number>();
    for (const { stackId, label } of votes) stalled.set(stackId, (stalled.get(stackId) ?? 0) + label);
    const byCount = fit.stackIds.map((id, row) => ({ n: stalled.get(id) ?? 0, z: fit.logOdds[row] }));
    for (const low of byCount)
      for (const high of byCount) if (low.n < high.n) expect(low.z).toBeLessThanOrEqual(high.z + 1e-9);
  });

  test('a stack without votes or score is left at the prior', () => {
    const table = Votes.including(['unseen'])(tableOf(crowd(30, [0.9, 0.8, 0.8], 1)));
    const fit = itemResponse()(table);
    const p = 1 / (1 + Math.exp(-fit.logOdds[fit.stackIds.indexOf('unseen')]));
    // The members that judge are a thinned sample of the posterior behind the estimate.
    expect(Math.abs(p - fit.prevalence.estimate)).toBeLessThan(0.02);
  });

  test('a vote cast twice by one annotator counts once, two anonymous ones count twice', () => {
    const votes = crowd(30, [0.9, 0.8, 0.8], 2);
    const once = itemResponse()(tableOf(votes));
    const twice = itemResponse()(tableOf([...votes, ...votes]));
    for (let s = 0; s < once.logOdds.length; s++) expect(twice.logOdds[s]).toBeCloseTo(once.logOdds[s], 2);
    const anonymous = votes.map((vote) => ({ ...vote, annotatorId: '' }));
    const [single, double] = [anonymous, [...anonymous, ...anonymous]].map((rows) => itemResponse()(tableOf(rows)));
    expect(double.logOdds).not.toEqual(single.logOdds);
    expect(double.annotators.support[0]).toBe(2 * single.annotators.support[0]);
  });

  test('a known prevalence is taken at its word', () => {
    const fit = itemResponse({ prevalence: 0.02 })(tableOf(crowd(30, [0.9, 0.8, 0.8], 2)));
    expect(fit.prevalence.estimate).toBeCloseTo(0.02, 2);
    expect(() => itemResponse({ prevalence: 1 })(tableOf([]))).toThrow(RangeError);
  });
});

describe('itemResponse() on degenerate crowds', () => {
  const one: Vote = { stackId: 's0', annotatorId: 'a', label: 1 };
  const constant = (label: Label): Vote[] => crowd(50, [0.5, 0.5, 0.5], 1).map((vote) => ({ ...vote, label }));
  const cases: readonly (readonly [string, readonly Vote[]])[] = [
    ['no votes at all', []],
    ['one vote in all', [one]],
    ['one annotator in all', crowd(40, [0.9], 1)],
    ['all flowing', constant(0)],
    ['all stalled', constant(1)],
    ['two votes that disagree', [one, { stackId: 's0', annotatorId: 'b', label: 0 }]],
    ['a stack with 2 000 votes', Array.from({ length: 2000 }, (_, i) => ({ ...one, annotatorId: `a${i}` }))],
  ];
  for (const [name, votes] of cases) {
    test(`stays finite with ${name}`, () => expectSound(itemResponse()(tableOf(votes))));
  }

  test('warns when stalled is rare and there is no gold, and not with twenty stalled gold stacks', () => {
    const votes = crowd(90, [0.95, 0.95, 0.95], 4).map((vote) => ({ ...vote, label: 0 as Label }));
    expect(itemResponse()(tableOf(votes)).warnings.map((w) => w._tag)).toContain('LittleGoldAtLowPrevalence');
    const gold = goldOf(Array.from({ length: 60 }, (_, s) => s));
    const fit = itemResponse({ gold })(tableOf(crowd(90, [0.95, 0.95, 0.95], 4)));
    expect(fit.warnings.map((w) => w._tag)).not.toContain('LittleGoldAtLowPrevalence');
  });

  test('scores without votes or gold say nothing; with gold they do', () => {
    const ids = Array.from({ length: 60 }, (_, s) => `s${s}`);
    const score = Float64Array.from(ids, (_, s) => (s % 3 === 0 ? 0.9 : 0.1) + 0.001 * (s % 7));
    const table = Votes.including(ids)(tableOf([]));
    const scores = { stackIds: ids, score };
    const blind = itemResponse({ scores })(table);
    expectSound(blind);
    expect(Math.max(...blind.logOdds) - Math.min(...blind.logOdds)).toBeLessThan(0.1);
    const fit = itemResponse({ scores, gold: goldOf(Array.from({ length: 30 }, (_, s) => s)) })(table);
    expectSound(fit);
    expect(share(fit, (s) => s % 3 === 0)).toBe(1);
  });

  test('gold that contradicts everybody turns the crowd round, and says so', () => {
    const votes = tableOf(crowd(150, [0.9, 0.9, 0.9, 0.85, 0.85], 6));
    const fit = itemResponse({
      gold: goldOf(
        Array.from({ length: 90 }, (_, s) => s),
        true,
      ),
    })(votes);
    expectSound(fit);
    expect(fit.warnings.map((w) => w._tag)).toContain('CrowdReadsBackwards');
    expect(share(fit, (s) => s % 3 !== 0)).toBeGreaterThan(0.9);
  });

  test('an adversarial majority is overruled by gold', () => {
    const votes = tableOf(crowd(300, [0.1, 0.1, 0.15, 0.9, 0.9], 8));
    const fit = itemResponse({ gold: goldOf(Array.from({ length: 120 }, (_, s) => s)) })(votes);
    expectSound(fit);
    expect(share(fit, (s) => s % 3 === 0)).toBeGreaterThan(0.9);
  });

  test('without gold the labels are those of the crowd’s majority: no switching', () => {
    for (const seed of [1, 2, 3]) {
      const fit = itemResponse()(tableOf(crowd(120, [0.9, 0.8, 0.8, 0.7, 0.4], seed)));
      expect(fit.stalled.c.estimate).toBeGreaterThan(fit.flowing.c.estimate);
      expect(share(fit, (s) => s % 3 === 0)).toBeGreaterThan(0.85);
    }
  });

  test('100 000 annotators with one vote each are read as the average one', () => {
    const random = seeded(9);
    const votes = Array.from({ length: 100_000 }, (_, i): Vote => {
      const s = i % 20_000;
      return { stackId: `s${s}`, annotatorId: `a${i}`, label: random() < (s % 3 === 0 ? 0.85 : 0.1) ? 1 : 0 };
    });
    const fit = itemResponse({ maxIterations: 12 })(tableOf(votes));
    expectSound(fit);
    expect(share(fit, (s) => s % 3 === 0)).toBeGreaterThan(0.93);
  });
});

describe('the look', () => {
  test('its nodes carry the mean and spread of any class that may be met', () => {
    const look = new Float64Array(TRAIT_NODES.length);
    for (const c of [-4, -2, 0, 2]) {
      for (const tau of [0.6, 1.1, 1.5]) {
        fillTrait(look, { c, tau });
        const mean = look.reduce((sum, p, g) => sum + p * TRAIT_NODES[g], 0);
        const variance = look.reduce((sum, p, g) => sum + p * (TRAIT_NODES[g] - mean) ** 2, 0);
        expect(Math.abs(mean - c)).toBeLessThan(0.02);
        expect(Math.abs(Math.sqrt(variance) - tau)).toBeLessThan(0.02);
      }
    }
  });

  test('smallerTail() is Φ(−|x|) to 1e-8 relative', () => {
    for (let x = -11.4; x <= 11.4; x += 0.0137) {
      const exact = normalCdf(-Math.abs(x));
      expect(Math.abs(smallerTail(x) / exact - 1)).toBeLessThan(1e-8);
    }
  });
});

describe('expectedMccCut()', () => {
  test('is the best of all cuts for the expected confusion, by brute force', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: 2, maxLength: 12 }), (values) => {
        const logOdds = Float64Array.from(values);
        const p = values.map((z) => 1 / (1 + Math.exp(-z)));
        const total = p.reduce((sum, value) => sum + value, 0);
        const mcc = (cut: number): number => {
          const called = p.filter((_, i) => values[i] > cut);
          const [k, n] = [called.length, p.length];
          if (k === 0 || k === n) return 0;
          const tp = called.reduce((sum, value) => sum + value, 0);
          return (tp * n - k * total) / Math.sqrt(k * (n - k) * total * (n - total));
        };
        const best = Math.max(0, ...values.map(mcc));
        expect(mcc(expectedMccCut(logOdds))).toBeCloseTo(best, 9);
      }),
    );
  });
});
