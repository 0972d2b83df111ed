import { describe, expect, test } from 'vitest';
import { otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import * as Replay from '../../src/asking/replay/index.js';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { GoldChosen } from '../../src/domain/gold.js';
import type { VoteTable } from '../../src/domain/voteTable.js';
import * as Policy from '../../src/policy/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Votes from '../../src/stages/votes/index.js';

const TARGETS = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };
const OPTIONS = { targets: TARGETS, prevalence: 0.01 };

interface Row {
  readonly stackId: string;
  readonly annotatorId: string;
  readonly label: 0 | 1;
}

/** Votes in order of arrival, one row each. */
const laboratory = (stalled: number, flowing: number, seed = 1, chosen: GoldChosen = 'stratified') => {
  const { votes, scores, parts } = otherWorld({
    counts: { gold: { stalled, flowing }, history: { stalled: 2, flowing: 198 } },
    votesPerStack: 7,
  })(seed);
  const rows = Array.from(
    votes.label,
    (label, v): Row => ({
      stackId: votes.stackIds[votes.stackOf[v]],
      annotatorId: votes.annotatorIds[votes.annotatorOf[v]],
      label: label === 1 ? 1 : 0,
    }),
  );
  return { rows, scores, gold: Gold.from({ chosen })(parts.gold) };
};

/** A table whose votes stand in the order of arrival, or in one that nobody knows. */
const table = (rows: readonly Row[], isOrdered = true): VoteTable => {
  const builder = Votes.voteBuilder();
  for (const { stackId, annotatorId, label } of rows) builder.add(stackId, annotatorId, label);
  return getOrThrow(builder.build('all', isOrdered ? 'rows' : 'time'));
};

const dataOf = ({ rows, scores, gold }: ReturnType<typeof laboratory>) => ({ votes: table(rows), scores, gold });

/** The least posterior at which anything is called stalled. */
const leastStalled = ({ bounds }: StopRule.StopRule): number =>
  Math.min(...bounds.map(({ stalledFrom }) => (stalledFrom === null ? 1 : 1 / (1 + Math.exp(-stalledFrom)))));

describe('a certified rule', () => {
  const lab = laboratory(400, 500);
  const data = dataOf(lab);
  const { policy, gold } = Policy.fit(OPTIONS)(data);

  test('is certified on the gold that fitted nothing, and says what is spent', () => {
    expect(policy.proof._tag).toBe('Certified');
    expect([...policy.goldUsed.fit, ...policy.goldUsed.tune].sort()).toEqual([...data.gold.stackIds].sort());
    expect(Policy.spendingOf(policy)?.automatic).toBeGreaterThan(0.5);
    expect(policy.profile?.schedule).toBe('any');
    expect(leastStalled(policy.rule)).toBeGreaterThanOrEqual(0.5);
  });

  test.each([true, false])(
    'no vote on tuning gold fits anything: with all of them turned round, the posterior is the same to the last bit; votes in order: %s',
    (isOrdered) => {
      // The annotators of a table stand in an order that depends on what they voted.
      const tuned = new Set(policy.goldUsed.tune);
      const turned = lab.rows.map((row) => (tuned.has(row.stackId) ? { ...row, label: row.label === 1 ? 0 : 1 } : row));
      const [one, other] = [lab.rows, turned].map(
        (rows) => Policy.fit(OPTIONS)({ ...data, votes: table(rows as readonly Row[], isOrdered) }).policy,
      );
      expect(other.traitModel).toEqual(one.traitModel);
      expect(other.calibrator).toEqual(one.calibrator);
      expect(other.rule).not.toEqual(one.rule);
    },
  );

  test('skills by Dawid and Skene see no vote on tuning gold either', () => {
    const tuned = new Set(policy.goldUsed.tune);
    const turned = lab.rows.map((row) => (tuned.has(row.stackId) ? { ...row, label: row.label === 1 ? 0 : 1 } : row));
    const options = { ...OPTIONS, methods: { skills: 'dawid-skene' } } as const;
    const [one, other] = [lab.rows, turned].map(
      (rows) => Policy.fit(options)({ ...data, votes: table(rows as readonly Row[]) }).policy,
    );
    const byName = ({ skills }: Policy.Policy) =>
      new Map(skills.annotatorIds.map((id, a) => [id, [skills.sensitivity[a], skills.specificity[a]]]));
    expect(byName(other)).toEqual(byName(one));
  });

  test('spends on tuning gold what the certificate says', () => {
    const replay = Policy.replayed(policy, gold.tune)(data);
    expect(StopRule.spending({ gold: gold.tune, prevalence: 0.01 })(replay)).toEqual(Policy.spendingOf(policy));
  });

  test('is the same where gold stands in another order of rows, and whatever the seed', () => {
    const back = [...data.gold.stackIds.keys()].reverse();
    const turned = {
      ...data.gold,
      stackIds: back.map((g) => data.gold.stackIds[g]),
      label: Uint8Array.from(back, (g) => data.gold.label[g]),
    };
    const other = Policy.fit({ ...OPTIONS, seed: 99 })({ ...data, gold: turned }).policy;
    expect(other.rule).toEqual(policy.rule);
    expect(other.proof).toEqual(policy.proof);
  });
});

describe('too little gold', () => {
  test('gives a provisional rule that decides, its estimated risks, and the labels to collect', () => {
    const { proof, rule, targets } = Policy.fit({ prevalence: 0.01 })(dataOf(laboratory(120, 300))).policy;
    if (proof._tag !== 'Provisional') throw Error('certified');
    expect(proof.because._tag).toBe('PathNotCertified');
    expect(proof.estimate?.spending.automatic).toBeGreaterThan(0.3);
    expect(proof.estimate?.missedStalls.estimate).toBeLessThanOrEqual(0.01);
    expect(proof.estimate?.missedStalls.counted.interval.upper).toBeGreaterThan(0.01);
    expect(leastStalled(rule)).toBeGreaterThanOrEqual(0.5);
    const { stalled = 0, flowing = 0, chance = 0 } = proof.goldNeeded ?? {};
    expect(stalled).toBeGreaterThan(299 / 0.8 - 120);
    expect(flowing).toBeLessThan(150);
    expect(chance).toBeGreaterThan(0.8);
    expect(StopRule.labelsToCollect({ targets })({ label: new Uint8Array(120 + stalled + 100).fill(1) }).stalled).toBe(
      0,
    );
  });

  test('the boldest rule within the limits by estimate: the next bolder one is not', () => {
    const { policy, path } = Policy.fit({ ...OPTIONS, stalledPosterior: 0.8 })(dataOf(laboratory(30, 60)));
    expect(policy.proof._tag).toBe('Provisional');
    expect(
      path.candidates.findIndex(({ rule }) => JSON.stringify(rule) === JSON.stringify(policy.rule)),
    ).toBeGreaterThan(0);
    expect(leastStalled(policy.rule)).toBeGreaterThanOrEqual(0.8);
  });

  test.each([
    ['a class is missing', laboratory(0, 40), {}, 'ClassMissing'],
    ['no gold at all', laboratory(0, 0), {}, 'ClassMissing'],
    ['gold has fewer votes than wanted', laboratory(40, 40), { leastVotes: 8 }, 'TooFewVotes'],
    [
      'gold is candidates only',
      laboratory(300, 300, 1, 'candidates-only'),
      { targets: TARGETS, trustGold: true },
      'Refused',
    ],
  ])('where %s everything may go to an expert, and it says so', (_, lab, options, tag) => {
    const { proof, rule } = Policy.fit({ prevalence: 0.01, ...options })(dataOf(lab)).policy;
    if (proof._tag !== 'Provisional') throw Error('certified');
    expect(proof.because._tag).toBe(tag);
    expect(leastStalled(rule)).toBeGreaterThanOrEqual(0.5);
    expect(() => StopRule.firstStop(rule)).not.toThrow();
    expect(Number.isFinite(proof.estimate?.spending.votes)).toBe(true);
  });

  test('without votes a model decides alone, without scores the crowd', () => {
    const { votes, scores, gold } = dataOf(laboratory(400, 500));
    const byModel = Policy.fit(OPTIONS)({ votes: Votes.EMPTY, scores, gold }).policy;
    expect([byModel.proof._tag, byModel.rule.bounds.length]).toEqual(['Certified', 1]);
    const byCrowd = Policy.fit(OPTIONS)({ votes, gold }).policy;
    expect([byCrowd.proof._tag, byCrowd.calibrator]).toEqual(['Certified', undefined]);
    expect(Policy.spendingOf(byCrowd)?.automatic).toBeGreaterThan(0.5);
  });

  test('few clusters are provisional, with what they suggest', () => {
    const data = dataOf(laboratory(300, 400));
    const fitted = (count: number) => {
      const clusterOf = new Map(data.gold.stackIds.map((id, g) => [id, `mouse ${g % count}`]));
      return Policy.fit({ ...OPTIONS, clusterOf })(data).policy.proof;
    };
    const few = fitted(12);
    if (few._tag !== 'Provisional' || few.because._tag !== 'ClustersNotCertified') throw Error('certified');
    expect(few.because.clusters.stalled.seen).toBe(9);
    expect(few.because.clusters.stalled.needed).toBeGreaterThanOrEqual(59);
    expect(few.estimate?.spending.automatic).toBeGreaterThan(0);
    expect(fitted(300)._tag).toBe('Certified');
  });
});

test('replays of a part of gold are those of the whole: five folds choose as five fits would', () => {
  const { gold, crossFitted, policy, path } = Policy.fit(OPTIONS)(dataOf(laboratory(200, 200, 3)));
  expect(crossFitted.decisions.length).toBe(gold.tune.stackIds.length);
  const whole = StopRule.replayOn(gold.tune)(path.tune)(policy.rule);
  const same = crossFitted.decisions.filter((decision, g) => decision === whole.decisions[g]).length;
  expect(same).toBeGreaterThan(0.8 * whole.decisions.length);
  expect(Replay.part(gold.tune.stackIds)(path.tune).stackIds.length).toBe(gold.tune.stackIds.length);
});
