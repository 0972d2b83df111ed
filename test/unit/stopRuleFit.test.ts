import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { otherWorld } from '../../bench/accuracy/otherWorld.mjs';
import * as Asking from '../../src/asking/index.js';
import * as Replay from '../../src/asking/replay/index.js';
import * as StopRule from '../../src/asking/stopRule/index.js';
import type { GoldChosen } from '../../src/domain/gold.js';
import type { Scores } from '../../src/domain/scores.js';
import { DEFAULT_TARGETS } from '../../src/domain/targets.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Gold from '../../src/stages/gold.js';

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

interface Laboratory {
  readonly votes: Replay.Arrivals;
  readonly scores?: Scores;
  readonly gold: Gold.GoldSet;
}

/** Divides gold, fits calibrator and joint model on the part that fits, and the rule on their trajectories. */
const fitOn =
  (options: Partial<StopRule.StopFitOptions> = {}) =>
  ({ votes, scores, gold: all }: Laboratory): StopRule.FittedStopRule => {
    const { targets = DEFAULT_TARGETS, clusterOf } = options;
    const gold = StopRule.divideGold({
      targets,
      cluster: clusterOf && all.stackIds.map((id) => clusterOf.get(id) ?? ''),
    })(all);
    const platt = scores && Calibration.platt(gold.fit)(scores);
    const calibrator = platt !== undefined && E.isRight(platt) ? platt.right : undefined;
    const model = calibrator && scores && Calibration.evidence({ calibrator, scores })(votes);
    const tuned = new Set(gold.tune.stackIds);
    const open = votes.stackIds.filter((id) => !tuned.has(id));
    const isOpen = votes.stackIds.map((id) => !tuned.has(id));
    const openModel = model && {
      nats: model.nats.filter((_, s) => isOpen[s]),
      scores: model.scores.filter((_, s) => isOpen[s]),
    };
    const traitModel = Asking.fitTraitModel(
      gold.fit,
      openModel === undefined ? { prevalence: 0.01 } : { prevalence: 0.01, model: openModel },
    )(Replay.pick(open)(votes));
    const paths = Replay.traitTrajectories(traitModel, model)(votes);
    return StopRule.fit({ prevalence: 0.01, ...options })({
      gold,
      paths: { fit: Replay.part(open)(paths), tune: Replay.part(gold.tune.stackIds)(paths) },
    });
  };

/** The least posterior at which anything is called stalled. */
const leastStalled = ({ bounds }: StopRule.StopRule): number =>
  Math.min(...bounds.map(({ stalledFrom }) => (stalledFrom === null ? 1 : 1 / (1 + Math.exp(-stalledFrom)))));

describe('StopRule.fit()', () => {
  const data = laboratory(400, 500);
  const fitted = fitOn({ targets: TARGETS })(data);

  test('certifies on the gold that fitted nothing, and says what is spent', () => {
    expect(fitted.status).toBe('certified');
    expect(fitted.spending.automatic).toBeGreaterThan(0.5);
    expect(leastStalled(fitted.rule)).toBeGreaterThanOrEqual(0.5);
  });

  test('gold in another order of rows gives the same rule', () => {
    const back = [...data.gold.stackIds.keys()].reverse();
    const gold = {
      ...data.gold,
      stackIds: back.map((g) => data.gold.stackIds[g]),
      label: Uint8Array.from(back, (g) => data.gold.label[g]),
    };
    const turned = fitOn({ targets: TARGETS })({ ...data, gold });
    expect(turned.rule).toEqual(fitted.rule);
    expect(turned.spending.votes).toBeCloseTo(fitted.spending.votes, 12);
  });
});

describe('StopRule.fit() without enough gold', () => {
  test('gives a provisional rule that decides, its estimated risks, and the labels to collect', () => {
    const fitted = fitOn()(laboratory(120, 300));
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
      StopRule.labelsToCollect({ targets: DEFAULT_TARGETS })({ label: new Uint8Array(120 + stalled).fill(1) }).stalled,
    ).toBe(0);
  });

  test('of the rules within the limits by estimate the next bolder one is not', () => {
    const fitted = fitOn({ targets: TARGETS, stalledPosterior: 0.8 })(laboratory(30, 60));
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
    const fitted = fitOn(options)(data);
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
    const byModel = fitOn({ targets: TARGETS })({ ...data, votes: none });
    expect([byModel.status, byModel.rule.bounds.length]).toEqual(['certified', 1]);
    const byCrowd = fitOn({ targets: TARGETS })({ votes: data.votes, gold: data.gold });
    expect(byCrowd.status).toBe('certified');
    expect(byCrowd.byEstimate.spending.automatic).toBeGreaterThan(0.5);
  });

  test('few clusters are provisional, with what they suggest', () => {
    const data = laboratory(300, 400);
    const clusters = (count: number) => new Map(data.gold.stackIds.map((id, g) => [id, `mouse ${g % count}`]));
    const fitted = (count: number) => fitOn({ targets: TARGETS, clusterOf: clusters(count) })(data);
    const few = fitted(12);
    if (few.status !== 'provisional' || few.because._tag !== 'ClustersNotCertified') throw Error('certified');
    expect(few.because.clusters.stalled).toEqual({ seen: 9, needed: 59 });
    expect(few.spending.automatic).toBeGreaterThan(0);
    expect(fitted(300).status).toBe('certified');
  });
});
