import { describe, expect, test } from 'vitest';
import { otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import * as Replay from '../../src/asking/replay/index.js';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import type { GoldChosen } from '../../src/domain/gold.js';
import * as Gold from '../../src/stages/gold.js';
import * as Votes from '../../src/stages/votes/index.js';

const TARGETS = { sensitivity: 0.95, specificity: 0.95, confidence: 0.95 };

const laboratory = (stalled: number, flowing: number, seed = 1, chosen: GoldChosen = 'stratified') => {
  const lab = otherWorld({
    counts: { gold: { stalled, flowing }, history: { stalled: 2, flowing: 198 } },
    votesPerStack: 7,
  })(seed);
  return {
    votes: Replay.arrivals(lab.votes),
    scores: lab.scores,
    gold: Gold.from({ chosen })(lab.parts.gold),
  };
};

/** The least posterior at which anything is called stalled. */
const leastStalled = ({ bounds }: StopRule.StopRule): number =>
  Math.min(...bounds.map(({ stalledFrom }) => (stalledFrom === null ? 1 : 1 / (1 + Math.exp(-stalledFrom)))));

describe('StopRule.fit()', () => {
  const data = laboratory(400, 500);
  const fitted = StopRule.fit({ targets: TARGETS, prevalence: 0.01 })(data);

  test('certifies on the gold that fitted nothing, and says what is spent', () => {
    expect(fitted.status).toBe('certified');
    expect([...fitted.gold.fit, ...fitted.gold.tune].sort()).toEqual([...data.gold.stackIds].sort());
    expect(fitted.spending.automatic).toBeGreaterThan(0.5);
    expect(fitted.order).toBe('arrival');
    expect(leastStalled(fitted.rule)).toBeGreaterThanOrEqual(0.5);
  });

  test('no vote on tuning gold fits anything: with all of them turned round, the posterior is the same to the last bit', () => {
    const tuned = new Set(fitted.gold.tune);
    const label = data.votes.label.slice();
    data.votes.stackIds.forEach((id, s) => {
      if (!tuned.has(id)) return;
      for (let v = data.votes.offsets[s]; v < data.votes.offsets[s + 1]; v++) label[v] = 1 - label[v];
    });
    const turned = StopRule.fit({ targets: TARGETS, prevalence: 0.01 })({ ...data, votes: { ...data.votes, label } });
    expect(turned.traitModel).toEqual(fitted.traitModel);
    expect(turned.calibrator).toEqual(fitted.calibrator);
    expect(turned.status === 'certified' && turned.rule).not.toEqual(fitted.rule);
  });

  test('the same holds of a vote table, whose annotators stand in an order that depends on what they voted', () => {
    const tuned = new Set(fitted.gold.tune);
    const { stackIds, annotatorIds, offsets, annotatorOf, label } = data.votes;
    const table = (turn: boolean) =>
      getOrThrow(
        Votes.from()(
          stackIds.flatMap((stackId, s) =>
            Array.from(annotatorOf.subarray(offsets[s], offsets[s + 1]), (a, i) => {
              const vote = label[offsets[s] + i];
              return {
                stackId,
                annotatorId: annotatorIds[a],
                label: (turn && tuned.has(stackId) ? 1 - vote : vote) === 1 ? (1 as const) : (0 as const),
              };
            }),
          ),
        ),
      );
    const [one, other] = [false, true].map((turn) =>
      StopRule.fit({ targets: TARGETS, prevalence: 0.01 })({ ...data, votes: table(turn) }),
    );
    expect(one.order).toBe('hash');
    expect(other.traitModel).toEqual(one.traitModel);
    expect(other.calibrator).toEqual(one.calibrator);
  });

  test('courses() are those the certificate was made on', () => {
    const tune = Gold.without(fitted.gold.fit)(data.gold);
    const replay = StopRule.replayOn(tune)(StopRule.courses(fitted)(data))(fitted.rule);
    expect(StopRule.spending({ gold: tune, prevalence: 0.01 })(replay)).toEqual(fitted.spending);
  });

  test('gold in another order of rows gives the same rule', () => {
    const back = [...data.gold.stackIds.keys()].reverse();
    const gold = {
      ...data.gold,
      stackIds: back.map((g) => data.gold.stackIds[g]),
      label: Uint8Array.from(back, (g) => data.gold.label[g]),
    };
    const turned = StopRule.fit({ targets: TARGETS, prevalence: 0.01 })({ ...data, gold });
    expect(turned.rule).toEqual(fitted.rule);
    expect(turned.spending.votes).toBeCloseTo(fitted.spending.votes, 12);
  });
});

describe('StopRule.fit() without enough gold', () => {
  test('gives a provisional rule that decides, its estimated risks, and the labels to collect', () => {
    const fitted = StopRule.fit({ prevalence: 0.01 })(laboratory(120, 300));
    if (fitted.status !== 'provisional') throw Error('certified');
    expect(fitted.because._tag).toBe('PathNotCertified');
    expect(fitted.spending.automatic).toBeGreaterThan(0.3);
    expect(fitted.rule).toEqual(fitted.byEstimate.rule);
    expect(fitted.byEstimate.missedStalls.estimate).toBeLessThanOrEqual(0.01);
    expect(fitted.byEstimate.missedStalls.counted.interval.upper).toBeGreaterThan(0.01);
    expect(leastStalled(fitted.rule)).toBeGreaterThanOrEqual(0.5);
    const { stalled, flowing, chance } = fitted.goldNeeded;
    expect(stalled).toBeGreaterThan(299 / 0.8 - 120);
    expect(flowing).toBeLessThan(150);
    expect(chance).toBeGreaterThan(0.8);
    expect(
      StopRule.labelsToCollect({ targets: fitted.targets })({ label: new Uint8Array(120 + stalled).fill(1) }).stalled,
    ).toBe(0);
  });

  test('of the rules within the limits by estimate the next bolder one is not', () => {
    const fitted = StopRule.fit({ targets: TARGETS, prevalence: 0.01, stalledPosterior: 0.8 })(laboratory(30, 60));
    expect(fitted.status).toBe('provisional');
    expect(fitted.byEstimate.candidate).toBeGreaterThan(0);
    expect(leastStalled(fitted.rule)).toBeGreaterThanOrEqual(0.8);
  });

  test.each([
    ['a class is missing', laboratory(0, 40), {}, 'ClassMissing'],
    ['no gold at all', laboratory(0, 0), {}, 'ClassMissing'],
    ['gold has fewer votes than wanted', laboratory(40, 40), { leastVotes: 8 }, 'TooFewVotes'],
    ['gold is candidates only', laboratory(300, 300, 1, 'candidates-only'), { targets: TARGETS }, 'Refused'],
  ])('where %s everything may go to an expert, and it says so', (_, data, options, tag) => {
    const fitted = StopRule.fit({ prevalence: 0.01, ...options })(data);
    if (fitted.status !== 'provisional') throw Error('certified');
    expect(fitted.because._tag).toBe(tag);
    expect(leastStalled(fitted.rule)).toBeGreaterThanOrEqual(0.5);
    expect(() => StopRule.firstStop(fitted.rule)).not.toThrow();
    expect(Number.isFinite(fitted.spending.votes)).toBe(true);
  });

  test('without votes a model decides alone, without scores the crowd', () => {
    const data = laboratory(300, 300);
    const none = {
      ...data.votes,
      offsets: new Uint32Array(data.votes.offsets.length),
      annotatorOf: new Uint32Array(0),
      label: new Uint8Array(0),
    };
    const byModel = StopRule.fit({ targets: TARGETS, prevalence: 0.01 })({ ...data, votes: none });
    expect([byModel.status, byModel.rule.bounds.length]).toEqual(['certified', 1]);
    const byCrowd = StopRule.fit({ targets: TARGETS, prevalence: 0.01 })({ votes: data.votes, gold: data.gold });
    expect([byCrowd.status, byCrowd.calibrator]).toEqual(['certified', undefined]);
    expect(byCrowd.byEstimate.spending.automatic).toBeGreaterThan(0.5);
  });

  test('few clusters are provisional, with what they suggest', () => {
    const data = laboratory(300, 400);
    const clusters = (count: number) => data.gold.stackIds.map((_, g) => `mouse ${g % count}`);
    const fitted = (count: number) =>
      StopRule.fit({ targets: TARGETS, prevalence: 0.01, cluster: clusters(count) })(data);
    const few = fitted(12);
    if (few.status !== 'provisional' || few.because._tag !== 'ClustersNotCertified') throw Error('certified');
    expect(few.because.clusters.stalled).toEqual({ seen: 9, needed: 59 });
    expect(few.spending.automatic).toBeGreaterThan(0);
    expect(fitted(300).status).toBe('certified');
  });
});
