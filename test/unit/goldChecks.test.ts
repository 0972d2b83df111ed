import { describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import { fitLatentShare, SHARE_GRID } from '../../src/kernel/crowd/latentShare.js';
import { splitSeed } from '../../src/kernel/random/prng.js';
import { poissonCdf } from '../../src/kernel/special/poisson.js';
import { type GoldCheckOptions, goldChecks } from '../../src/policy/index.js';
import * as Simulate from '../../src/simulate/index.js';
import * as Gold from '../../src/stages/gold.js';
import { labelOfScore } from '../../src/stages/goldChecks/labelOfScore.js';
import { labelOfVotes } from '../../src/stages/goldChecks/labelOfVotes.js';
import { flowingContrast, stalledTruncation } from '../../src/stages/goldChecks/sampling.js';
import * as Votes from '../../src/stages/votes/index.js';

const lab = Simulate.dataset({
  stacks: 3000,
  prevalence: 0.02,
  votes: { perStack: 7 },
  model: {},
  gold: { stalled: 300, flowing: 600, chosen: 'stratified' },
})(3);
const { votes, scores, gold } = Simulate.inputs(lab);

const shareOf = new Map(
  votes.stackIds.map((id, s) => {
    const own = votes.label.subarray(votes.offsets[s], votes.offsets[s + 1]);
    return [id, own.reduce((sum, one) => sum + one, 0) / own.length];
  }),
);
const scoreOf = new Map(scores?.stackIds.map((id, row) => [id, scores.score[row]]));

const labelled = (chosen: Gold.GoldChosen, ids: readonly string[], label: (id: string) => boolean) =>
  Gold.from({ chosen })(ids.map((stackId) => ({ stackId, label: label(stackId) ? 1 : 0 })));

const verdicts = (checked: Gold.GoldSet, options: GoldCheckOptions = {}) =>
  goldChecks(options)({ votes, scores, gold: checked }).map(({ verdict }) => verdict);

describe('goldChecks()', () => {
  test('honest gold by class is fine', () => {
    expect(verdicts(gold, { prevalence: 0.02 })).toEqual(['fine', 'fine', 'fine', 'fine']);
  });

  test('labels made from the score are refused', () => {
    const made = labelled('stratified', gold.stackIds, (id) => (scoreOf.get(id) ?? 0) >= 0.5);
    expect(verdicts(made)[0]).toBe('refused');
  });

  test('labels made from the votes are refused, and the text has both counts', () => {
    const made = labelled('stratified', gold.stackIds, (id) => (shareOf.get(id) ?? 0) >= 0.5);
    const [, check] = goldChecks()({ votes, scores, gold: made });
    expect(check.verdict).toBe('refused');
    expect(check.evidence['exceptions']).toBe(0);
    expect(check.evidence['expected']).toBeGreaterThan(20);
    expect(check.text).toContain('0 of 900 gold labels contradict a cut at 50 % stalled votes.');
  });

  test('candidates taken for a random sample are refused', () => {
    const truth = new Map(lab.votes.stackIds.map((id, s) => [id, lab.truth[s] === 1]));
    const isGold = new Set(gold.stackIds);
    const candidates = votes.stackIds.filter((id) => !isGold.has(id) && (shareOf.get(id) ?? 0) >= 0.3);
    expect(verdicts(labelled('random', candidates, (id) => truth.get(id) === true))[2]).toBe('refused');
  });

  test('enriched gold taken for random is refused, and only doubtful where the prevalence is stated', () => {
    const enriched = { ...gold, chosen: 'random' as const };
    expect(verdicts(enriched)).toEqual(['fine', 'fine', 'fine', 'refused']);
    expect(verdicts(enriched, { prevalence: 0.02 })).toEqual(['fine', 'fine', 'fine', 'doubtful']);
    expect(verdicts(enriched, { sampling: 'stratified' })).toEqual(['fine', 'fine', 'fine', 'fine']);
  });

  test('a prevalence that the other stacks contradict is doubtful', () => {
    const [, , , check] = goldChecks({ prevalence: 0.3 })({ votes, scores, gold });
    expect(check.verdict).toBe('doubtful');
    expect(check.evidence['otherShareAtMost']).toBeLessThan(0.1);
  });

  test('the order of rows of gold changes nothing', () => {
    const rows = gold.stackIds.map((stackId, g) => ({
      stackId,
      label: gold.label[g] === 1 ? (1 as const) : (0 as const),
    }));
    const reversed = Gold.from({ chosen: gold.chosen })([...rows].reverse());
    expect(goldChecks()({ votes, scores, gold: reversed })).toEqual(goldChecks()({ votes, scores, gold }));
  });

  test('nothing to look at is fine, and says so', () => {
    const empty = Gold.from({ chosen: 'random' })([]);
    expect(goldChecks()({ votes: Votes.EMPTY, gold: empty }).map(({ verdict }) => verdict)).toEqual([
      'fine',
      'fine',
      'fine',
      'fine',
    ]);
    const alone = Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]);
    const checks = goldChecks()({ votes: Votes.EMPTY, gold: alone });
    expect(checks[0].text).toBe('No gold stack has a score, so labels cannot be a function of it.');
    expect(checks[3].text).toBe('There are no other stacks whose votes or scores could contradict the class share.');
  });

  test('a crowd that is always right, and unanimous, is fine', () => {
    const stackIds = Array.from({ length: 400 }, (_, s) => `s${s}`);
    const label = (s: number): 0 | 1 => (s % 4 === 0 ? 1 : 0);
    const rows = stackIds.flatMap((stackId, s) =>
      ['a', 'b', 'c', 'd', 'e'].map((annotatorId) => ({ stackId, annotatorId, label: label(s) })),
    );
    const easy = Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, s) => ({ stackId, label: label(s) })));
    // A score that is the label itself has no distances to look at.
    const same = { stackIds, score: Float64Array.from(stackIds, (_, s) => label(s)) };
    const checks = goldChecks()({ votes: getOrThrow(Votes.from()(rows)), scores: same, gold: easy });
    expect(checks.map(({ verdict }) => verdict)).toEqual(['fine', 'fine', 'fine', 'fine']);
    expect(checks[1].evidence['expected']).toBeLessThan(1);
  });

  test('goldChecks() refuses a prevalence outside (0, 1)', () => {
    expect(() => goldChecks({ prevalence: 1 })({ votes, scores, gold })).toThrow(RangeError);
  });
});

describe('parts of the gold checks', () => {
  const random = splitSeed(1, 'gold checks');
  const seen = (score: number, label: number) => ({ n: 0, k: 0, score, label });

  test('evenly spread scores with a cut look cut; classes that thin out do not', () => {
    const scored = Array.from({ length: 2000 }, () => 2 * random() - 1);
    const cut = labelOfScore(scored.map((score) => seen(10 * score, Number(score >= 0))));
    expect(cut.divides).toBe(true);
    expect(cut.pValue).toBeLessThan(1e-3);
    const thin = labelOfScore(
      scored.map((score) => seen(10 * Math.sign(score) * Math.sqrt(Math.abs(score)), Number(score >= 0))),
    );
    expect(thin.pValue).toBeGreaterThan(0.05);
  });

  test('one exception makes labels no function of the score', () => {
    const gold = Array.from({ length: 400 }, (_, i) => seen(i, Number(i >= 200)));
    expect(labelOfScore(gold).divides).toBe(true);
    expect(labelOfScore([...gold, seen(300, 0)])).toMatchObject({ divides: false, pValue: 1 });
  });

  test('split votes expect exceptions, unanimous ones do not', () => {
    const stack = (k: number) => ({ n: 7, k, label: Number(k > 3) });
    const split = Array.from({ length: 200 }, (_, i) => stack([2, 3, 4, 5][i % 4]));
    expect(labelOfVotes(split).pValue).toBeLessThan(1e-6);
    expect(labelOfVotes(Array.from({ length: 200 }, (_, i) => stack(7 * (i % 2)))).expected).toBeLessThan(1);
  });

  test('stalls that stop at a cut of the votes show it', () => {
    const stalled = (k: number) => ({ n: 7, k, label: 1 });
    const cut = [4, 5, 6, 7].flatMap((k) => Array.from({ length: 40 }, () => stalled(k)));
    expect(stalledTruncation(cut).logRatio).toBeGreaterThan(10);
    expect(
      stalledTruncation([...cut, ...Array.from({ length: 20 }, () => stalled(3)), stalled(1)]).logRatio,
    ).toBeLessThan(10);
    expect(stalledTruncation(Array.from({ length: 160 }, () => stalled(7))).logRatio).toBeLessThan(1);
  });

  test('flowing gold that looks less stalled than other stacks is no suspicion', () => {
    const stacks = (n: number, called: number) =>
      Array.from({ length: n }, (_, i) => ({ n: 1, k: Number(i < called), drawn: Number(i < called) }));
    const gold = (called: number) => stacks(100, called).map((stack) => ({ ...stack, label: 0 }));
    expect(flowingContrast({ gold: gold(0), others: stacks(1000, 100) }).pValue).toBe(1);
    expect(flowingContrast({ gold: gold(60), others: stacks(1000, 100) }).pValue).toBeLessThan(1e-9);
  });

  test('fitLatentShare() finds two kinds of stacks', () => {
    const of = (p: number, stacks: number) =>
      Array.from({ length: 6 }, (_, k) => ({
        n: 5,
        k,
        stacks: stacks * [1, 5, 10, 10, 5, 1][k] * p ** k * (1 - p) ** (5 - k),
      }));
    const { weights } = fitLatentShare([...of(0.1125, 700), ...of(0.8875, 300)]);
    const high = SHARE_GRID.reduce((sum, p, g) => sum + (p > 0.5 ? weights[g] : 0), 0);
    expect(high).toBeCloseTo(0.3, 2);
    expect(weights.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
  });

  test('poissonCdf() is right at known places', () => {
    expect(poissonCdf({ k: 0, mean: 3 })).toBeCloseTo(Math.exp(-3), 15);
    expect(poissonCdf({ k: 3, mean: 2 })).toBeCloseTo(0.857123460498547, 14);
    expect(poissonCdf({ k: -1, mean: 2 })).toBe(0);
    expect(poissonCdf({ k: 5, mean: 0 })).toBe(1);
  });
});
