import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as Asking from '../../src/asking/index.js';
import * as Replay from '../../src/asking/replay/index.js';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Policy from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Calibration from '../../src/stages/calibration/index.js';
import * as Gold from '../../src/stages/gold.js';
import { RAN_OUT, UNDECIDED } from '../../src/stages/riskControl/index.js';

const TARGETS = { sensitivity: 0.9, specificity: 0.9, confidence: 0.95 };

/** One laboratory for all: gold in three parts by row, every stack voted on ten times. */
const laboratory = (() => {
  const lab = Simulate.dataset({
    stacks: 500,
    prevalence: 0.05,
    votes: { perStack: 10 },
    model: {},
    gold: { stalled: 600, flowing: 1200, chosen: 'stratified' },
  })(11);
  const parts = Gold.split({ seed: 1 })(lab.gold);
  const votes = Replay.arrivals(lab.votes);
  const calibrator = getOrThrow(Calibration.platt(parts.fit)(lab.scores));
  const model = Calibration.evidence({ calibrator, scores: lab.scores })(votes);
  const look = Asking.fitTraitModel(parts.fit, { prevalence: 0.05, model })(votes);
  return { lab, parts, votes, paths: Replay.traitTrajectories(look, model)(votes) };
})();

/** Asks between two places, up to `most` votes. */
const between = (flowingBelow: number, stalledFrom: number, most: number, leastVotes = 0): StopRule.StopRule => ({
  leastVotes,
  bounds: Array.from({ length: most + 1 }, (_, n) => {
    if (n < leastVotes) return { flowingBelow: null, expertFrom: 0, expertBelow: 0, stalledFrom: null };
    const expertFrom = n === most ? flowingBelow : stalledFrom;
    return { flowingBelow, expertFrom, expertBelow: stalledFrom, stalledFrom };
  }),
  contradiction: { flowingAbove: null, stalledBelow: null },
});

describe('asking', () => {
  test('a round is as long as stated, and never goes beyond the most votes', () => {
    const routed = Policy.routesUnder({ rule: between(-5, 2, 5), votesPerRound: 3 });
    const asked = (...logOdds: number[]) => routed(logOdds, true).next;
    expect(asked(-1)).toEqual({ _tag: 'AskCrowd', votesWanted: 3 });
    expect(asked(-1, -2, -1, -1)).toEqual({ _tag: 'AskCrowd', votesWanted: 2 });
    expect(asked(-1, -2, -1, -1, 0)).toEqual({ _tag: 'AskCrowd', votesWanted: 1 });
    expect(asked(-1, -2, -1, -1, 0, 0)).toEqual({ _tag: 'AskExpert', reason: 'votes exhausted' });
  });

  test('least votes are asked for though a bound is crossed', () => {
    const routed = Policy.routesUnder({ rule: between(-5, 2, 5, 2), votesPerRound: 1 });
    expect(routed([-9], true).next).toEqual({ _tag: 'AskCrowd', votesWanted: 1 });
    expect(routed([-9, -9], true).next).toEqual({ _tag: 'AskCrowd', votesWanted: 1 });
    expect(routed([-9, -9, -9], true).next).toEqual({ _tag: 'Retire', label: 0 });
  });

  test('log-odds that are no number end at an expert, never in a label', () => {
    const routed = Policy.routesUnder({ rule: between(-5, 2, 2), votesPerRound: 1 });
    const nothing = Number.NaN;
    expect(routed([nothing], true).next._tag).toBe('AskCrowd');
    expect(routed([nothing, nothing, nothing], true).next._tag).toBe('AskExpert');
    expect(routed([nothing, nothing, nothing, nothing, nothing], true).next._tag).toBe('AskExpert');
  });

  test('a budget goes where a vote is worth most', () => {
    const serve = Asking.serve({
      budget: 1,
      mostVotes: 20,
      vote: { stalled: 2, flowing: -1, correlation: 0.4 },
      prices: { miss: 1000, alarm: 40, expert: 20 },
    });
    const columns = { logOdds: [-8.9, -4, -4], votes: [1, 1, 15], wanted: [1, 1, 1] };
    expect(serve(columns)).toEqual({ votesWanted: 1, waiting: Uint8Array.of(1, 0, 1) });
    // Without prices the stack nearest to even odds comes first.
    const plain = Asking.serve({ budget: 1, mostVotes: 20, vote: { stalled: 2, flowing: -1, correlation: 0 } });
    expect(plain({ ...columns, logOdds: [-8.9, 3, -4] }).waiting).toEqual(Uint8Array.of(1, 0, 1));
  });

  test('an audit takes about its share', () => {
    const audited = Asking.isAudited({ share: 0.03, seed: 1 });
    const n = Array.from({ length: 100_000 }, (_, s) => audited(`stack-${s}`)).filter(Boolean).length;
    expect(Math.abs(n - 3000)).toBeLessThan(4 * Math.sqrt(3000));
    expect(() => Asking.isAudited({ share: 1.1, seed: 1 })).toThrow('[0, 1]');
  });

  test('fitTraitModel() finds the looks of the simulator', () => {
    const { lab, parts, votes } = laboratory;
    const { unscored } = Asking.fitTraitModel(parts.fit, { prevalence: 0.05 })(votes);
    expect(unscored.flowing.c).toBeLessThan(-2);
    expect(unscored.stalled.c).toBeGreaterThan(0);
    expect(Math.abs(unscored.stalled.tau - lab.simulated.traits.stalled.tau)).toBeLessThan(0.6);
    expect(() => Asking.fitTraitModel(parts.fit, { prevalence: 1 })(votes)).toThrow('prevalence');
  });
});

describe('rule and certificate', () => {
  test('a rule fixed on fitting gold is certified on tuning gold and keeps its word on test gold', () => {
    const { parts, paths } = laboratory;
    const path = StopRule.rulePath({ gold: parts.fit, targets: TARGETS, prevalence: 0.05, mostVotes: 10 })(
      Replay.part(parts.fit.stackIds)(paths),
    );
    expect(path.length).toBeGreaterThan(10);
    const options = { gold: parts.tune, targets: TARGETS, prevalence: 0.05, candidates: path };
    const certified = getOrThrow(StopRule.certifyStopRule(options)(paths));
    expect(path.map(({ rule }) => rule)).toContain(certified.rule);
    const { decisions } = StopRule.replayOn(parts.test)(paths)(certified.rule);
    const wrong = (label: number): number =>
      parts.test.label.filter((y, i) => y === label && decisions[i] === 1 - y).length /
      parts.test.label.filter((y) => y === label).length;
    expect(wrong(1)).toBeLessThan(0.1);
    expect(wrong(0)).toBeLessThan(0.1);
  });

  test('one stack that would have gained does not open a bound to hundreds that would not', () => {
    // Seen once, a stack at -4 turned out stalled; 300 between it and the cut moved nowhere.
    const n = 301;
    const paths = {
      stackIds: Array.from({ length: n }, (_, s) => `s${s}`),
      first: Uint32Array.from({ length: n + 1 }, (_, s) => 2 * s),
      logOdds: Float64Array.from({ length: 2 * n }, (_, i) => (i === 0 ? -4 : i === 1 ? 6 : -2.5 + 0.001 * (i >> 1))),
      scores: new Uint32Array(n).fill(1),
    };
    const prices = { miss: 100, alarm: 100, expert: 50 };
    const fitting = StopRule.fittingRows({ mostVotes: 1, weight: new Float64Array(n).fill(1) })(paths);
    const { votes } = StopRule.replayOn(paths)(paths)(StopRule.solveOn({ prices })(fitting));
    expect(votes.reduce((sum, own) => sum + own, 0)).toBeLessThanOrEqual(1);
  });

  test('with little gold nothing is certified, and it says how much is missing', () => {
    const { parts, paths } = laboratory;
    const few = Gold.as('tune')(Gold.without(parts.tune.stackIds.slice(40))(parts.tune));
    const result = StopRule.certifyStopRule({
      gold: few,
      targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 },
      prevalence: 0.05,
      candidates: [{ rule: between(-3, 1, 10) }],
    })(paths);
    expect(E.isLeft(result) && result.left._tag === 'PathNotCertified' && result.left.goldNeeded.stalled > 200).toBe(
      true,
    );
  });

  test('a stack whose votes run out while the rule asks has run out: no label, and no expert', () => {
    const paths = {
      stackIds: ['s'],
      first: Uint32Array.of(0, 3),
      logOdds: Float64Array.of(-4, -3, -2),
      scores: Uint32Array.of(1),
    };
    const replay = StopRule.replayOn(paths)(paths);
    expect(replay(between(-6, 2, 20))).toEqual({ decisions: Uint8Array.of(RAN_OUT), votes: Uint32Array.of(2) });
    expect(replay(between(-6, 2, 2))).toEqual({ decisions: Uint8Array.of(UNDECIDED), votes: Uint32Array.of(2) });
  });

  test('pick() and arrivals() refuse stacks that are not there', () => {
    const { votes } = laboratory;
    expect(() => Replay.pick(['nowhere'])(votes)).toThrow('nowhere');
    expect(() =>
      Replay.arrivals({
        stackIds: ['s'],
        annotatorIds: ['a'],
        stackOf: Uint32Array.of(1),
        annotatorOf: Uint32Array.of(0),
        label: Uint8Array.of(1),
      }),
    ).toThrow('stackOf');
  });
});
