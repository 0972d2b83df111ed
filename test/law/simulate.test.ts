import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalCdf } from '../../src/kernel/normal.js';
import { seeded, shuffleInPlace, split } from '../../src/kernel/prng.js';
import * as Simulate from '../../src/simulate.js';

const settings = (): fc.Arbitrary<Simulate.DatasetOptions> =>
  fc.record({
    stacks: fc.nat(300),
    prevalence: fc.double({ min: 0, max: 1, noNaN: true }),
    votes: fc.record({
      perStack: fc.oneof(
        fc.constantFrom<Simulate.RegimeName>('E20', 'E7', 'E3.5'),
        fc.nat(40),
        fc.constant<Simulate.VoteMix>({ 0: 1, 3: 2, 9: 1 }),
      ),
    }),
    crowd: fc.record({
      annotators: fc.integer({ min: 50, max: 120 }),
      ring: fc.record({ accounts: fc.integer({ min: 1, max: 5 }), votes: fc.constantFrom(0, 0.1) }),
    }),
    model: fc.record({ abstain: fc.constantFrom(0, 0.3, 1) }),
    gold: fc.record({
      stalled: fc.nat(20),
      flowing: fc.nat(20),
      chosen: fc.constantFrom<'stratified' | 'random'>('stratified', 'random'),
    }),
  });

const seeds = (): fc.Arbitrary<number> => fc.integer({ min: -1e9, max: 1e9 });

/** Area under the ROC curve and best MCC over all cuts, ties in score taken together. */
const ranked = ({ score, truth }: { score: ArrayLike<number>; truth: ArrayLike<number> }) => {
  const order = Array.from({ length: score.length }, (_, i) => i).sort((i, j) => score[j] - score[i]);
  const stalls = Array.from(truth).reduce((sum, y) => sum + y, 0);
  const flows = score.length - stalls;
  let [tp, fp, area, bestMcc] = [0, 0, 0, 0];
  for (let i = 0; i < order.length; ) {
    const [tpBefore, fpBefore, value] = [tp, fp, score[order[i]]];
    for (; i < order.length && score[order[i]] === value; i++) truth[order[i]] === 1 ? tp++ : fp++;
    area += ((fp - fpBefore) * (tp + tpBefore)) / 2;
    const [fn, tn] = [stalls - tp, flows - fp];
    const mcc = (tp * tn - fp * fn) / Math.sqrt((tp + fp) * stalls * flows * (tn + fn));
    if (mcc > bestMcc) bestMcc = mcc;
  }
  return { auc: area / (stalls * flows), bestMcc };
};

const meanVotes = ({ votes, truth }: Simulate.SimulatedDataset): Float64Array => {
  const asked = new Float64Array(truth.length);
  const stalled = new Float64Array(truth.length);
  votes.label.forEach((label, v) => {
    asked[votes.stackOf[v]]++;
    stalled[votes.stackOf[v]] += label;
  });
  return stalled.map((n, s) => n / asked[s]);
};

/** The value below which a share p of the values lies. */
const quantile = (values: readonly number[], p: number): number =>
  values.toSorted((x, y) => x - y)[Math.round(p * (values.length - 1))];

describe('seeded chance', () => {
  it('split() stays in [0, 1), repeats itself, and differs between names', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.string()), fc.string(), (seed, name) => {
        const [once, again, other] = [split(seed, name), split(seed, name), split(seed, `${name}'`)];
        let same = 0;
        for (let i = 0; i < 50; i++) {
          const x = once();
          expect(x >= 0 && x < 1).toBe(true);
          expect(again()).toBe(x);
          same += Number(other() === x);
        }
        expect(same).toBe(0);
      }),
    );
  });

  it('shuffleInPlace() neither loses nor makes items, and a fresh stream of one name moves columns alike', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), seeds(), (items, seed) => {
        const shuffled = [...items];
        const rows = Uint32Array.from(items.keys());
        shuffleInPlace(shuffled, seeded(seed));
        shuffleInPlace(rows, seeded(seed));
        expect(shuffled).toEqual(Array.from(rows, (row) => items[row]));
        expect(rows.toSorted()).toEqual(Uint32Array.from(items.keys()));
      }),
    );
  });
});

describe('dataset() in every setting', () => {
  it('the same options and seed give the same dataset, another seed another', () => {
    fc.assert(
      fc.property(settings(), seeds(), (options, seed) => {
        expect(Simulate.dataset(options)(seed)).toEqual(Simulate.dataset(options)(seed));
      }),
      { numRuns: 30 },
    );
    const [one, two] = [1, 2].map(Simulate.dataset({ stacks: 1000, prevalence: 0.1 }));
    expect(one.votes.label).not.toEqual(two.votes.label);
  });

  it('columns are aligned, ids distinct, and nobody votes twice on one stack', () => {
    fc.assert(
      fc.property(settings(), seeds(), (options, seed) => {
        const { votes, scores, gold, truth, simulated } = Simulate.dataset(options)(seed);
        expect(votes.annotatorOf.length).toBe(votes.label.length);
        expect(votes.stackOf.length).toBe(votes.label.length);
        expect(truth.length).toBe(votes.stackIds.length);
        expect(simulated.stacks.difficulty.length).toBe(truth.length);
        expect(simulated.annotators.skill.length).toBe(votes.annotatorIds.length);
        expect(new Set(votes.stackIds).size).toBe(truth.length);
        expect(new Set(votes.annotatorIds).size).toBe(votes.annotatorIds.length);
        const pairs = Array.from(votes.stackOf, (s, v) => s * votes.annotatorIds.length + votes.annotatorOf[v]);
        expect(new Set(pairs).size).toBe(pairs.length);
        expect(scores.stackIds.length).toBe(scores.score.length);
        expect(scores.score.every(Number.isFinite)).toBe(true);
        expect(gold.label.length).toBe(gold.stackIds.length);
      }),
      { numRuns: 50 },
    );
  });

  it('another model leaves the votes as they were, another crowd the stacks and scores, other looks who voted', () => {
    fc.assert(
      fc.property(settings(), seeds(), (options, seed) => {
        const before = Simulate.dataset({ ...options, votes: { perStack: 7 } });
        const votes = { perStack: 7, stalled: Simulate.STALLED_LOOKS.hardJ };
        const newModel = Simulate.dataset({ ...options, votes: { perStack: 7 }, model: { separation: 2 } })(seed);
        const newCrowd = Simulate.dataset({ ...options, votes: { perStack: 7 }, crowd: { annotators: 60 } })(seed);
        const newLooks = Simulate.dataset({ ...options, votes })(seed);
        const { votes: was, scores, simulated } = before(seed);
        expect(newModel.votes).toEqual(was);
        expect(newCrowd.simulated.stacks).toEqual(simulated.stacks);
        expect(newCrowd.scores).toEqual(scores);
        expect(newLooks.votes.annotatorOf).toEqual(was.annotatorOf);
      }),
      { numRuns: 30 },
    );
  });
});

describe('dataset() and the published figures', () => {
  const pool = { stalled: 6000, flowing: 6000, chosen: 'stratified' } as const;

  it('players have sensitivity .63/.69/.74 and specificity .947/.981/.991 at p10/50/90', () => {
    // The published quantiles weigh novices by their tenth of the votes. Rates over N(0, 1) difficulty in closed form.
    const crowd = { annotators: 40_000, novices: { accounts: 0.1 } };
    const { annotators, looks } = Simulate.dataset({ stacks: 0, prevalence: 0, crowd })(1).simulated;
    const votesStalled = (look: Simulate.Look, a: number): number =>
      normalCdf((annotators.skill[a] * look.c - annotators.bias[a]) / Math.hypot(1, annotators.skill[a] * look.tau));
    const players = [...annotators.kind.keys()].filter((a) => ['catcher', 'novice'].includes(annotators.kind[a]));
    const sensitivity = players.map((a) => votesStalled(looks.stalled, a));
    const specificity = players.map((a) => 1 - votesStalled(looks.flowing, a));
    for (const [p, sens, spec] of [
      [0.1, 0.63, 0.947],
      [0.5, 0.69, 0.981],
      [0.9, 0.74, 0.991],
    ]) {
      expect(Math.abs(quantile(sensitivity, p) - sens)).toBeLessThan(0.006);
      expect(Math.abs(quantile(specificity, p) - spec)).toBeLessThan(0.0015);
    }
  });

  it('annotators vote stalled as often as their skill and the stacks they saw say', () => {
    const { votes, truth, simulated } = Simulate.dataset({ stacks: 0, prevalence: 0, gold: pool })(4);
    const { annotators, looks, stacks } = simulated;
    const n = votes.annotatorIds.length;
    const [hits, expected, variance] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    votes.label.forEach((label, v) => {
      const [s, a] = [votes.stackOf[v], votes.annotatorOf[v]];
      const look = truth[s] === 1 ? looks.stalled : looks.flowing;
      const p = normalCdf(annotators.skill[a] * (look.c + look.tau * stacks.difficulty[s]) - annotators.bias[a]);
      hits[a] += label;
      expected[a] += p;
      variance[a] += p * (1 - p);
    });
    const active = [...hits.keys()].filter((a) => variance[a] > 5);
    const chi2 = active.reduce((sum, a) => sum + (hits[a] - expected[a]) ** 2 / variance[a], 0);
    expect(active.length).toBeGreaterThan(50);
    // Chi-square with k degrees of freedom: four standard deviations around k.
    expect(Math.abs(chi2 - active.length)).toBeLessThan(4 * Math.sqrt(2 * active.length));
  });

  it('the model at d = 3.5 has AUC .993 and best MCC .852 at 5 % stalls', () => {
    const lab = Simulate.dataset({ stacks: 200_000, prevalence: 0.05, votes: { perStack: 0 }, model: {} })(1);
    const { auc, bestMcc } = ranked({ score: lab.scores.score, truth: lab.truth });
    expect(Math.abs(auc - 0.993)).toBeLessThan(0.0015);
    expect(Math.abs(bestMcc - 0.852)).toBeLessThan(0.01);
  });

  it('the same model has best MCC .68 at .33 % stalls', () => {
    const lab = Simulate.dataset({ stacks: 600_000, prevalence: 0.0033, votes: { perStack: 0 }, model: {} })(1);
    expect(Math.abs(ranked({ score: lab.scores.score, truth: lab.truth }).bestMcc - 0.68)).toBeLessThan(0.03);
  });

  it('the mean of 3, 7 and 20 votes has AUC .931, .969 and .986', () => {
    const crowd = { badActors: { alwaysFlowing: 0, random: 0, alwaysStalled: 0 } };
    const auc = (perStack: number): number => {
      const lab = Simulate.dataset({ stacks: 0, prevalence: 0, votes: { perStack }, crowd, gold: pool })(2);
      return ranked({ score: meanVotes(lab), truth: lab.truth }).auc;
    };
    expect(Math.abs(auc(3) - 0.931)).toBeLessThan(0.01);
    expect(Math.abs(auc(7) - 0.969)).toBeLessThan(0.006);
    expect(Math.abs(auc(20) - 0.986)).toBeLessThan(0.004);
  });

  it('people and model are misled by the same stacks, and by none when nothing is shared', () => {
    const gap = (sharedDifficulty: number): number => {
      const lab = Simulate.dataset({
        stacks: 60_000,
        prevalence: 0,
        votes: { perStack: 7 },
        model: { sharedDifficulty },
      })(3);
      const crowd = meanVotes(lab);
      const odds = lab.scores.score.map((p) => Math.log(p / (1 - p)) / 3.5);
      const misled = odds.filter((_, s) => crowd[s] >= 0.3);
      const others = odds.filter((_, s) => crowd[s] < 0.3);
      const mean = (x: Float64Array) => x.reduce((sum, value) => sum + value, 0) / x.length;
      return mean(misled) - mean(others);
    };
    // E[u | misled] is about 2, so the model's latent score is ρ · 2 higher there.
    expect(gap(0.4)).toBeGreaterThan(0.6);
    expect(Math.abs(gap(0))).toBeLessThan(0.12);
  });
});
