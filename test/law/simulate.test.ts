import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded, shuffleInPlace, splitSeed } from '../../src/kernel/random/prng.js';
import { normalCdf } from '../../src/kernel/special/normal.js';
import * as Simulate from '../../src/simulate/index.js';

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

/** Everything a study may have: strata, flaws, play, sister models as bots, every kind of gold. */
const studies = (): fc.Arbitrary<Simulate.DatasetOptions> =>
  fc.record({
    stacks: fc.record({ count: fc.integer({ min: 1, max: 600 }), unreadable: fc.constantFrom(0, 0.1, 1) }),
    prevalence: fc.constantFrom(0, 0.01, 0.4, 1),
    votes: fc.record({
      perStack: fc.oneof(
        fc.constantFrom<Simulate.VotesPerStack>('E7', 'E3.5', 0, 9),
        fc.constant<Simulate.VotesPerStack>({ mix: { 0: 1, 3: 2 }, confirm: { share: 0.7, votes: 9 } }),
      ),
      play: fc.record({ events: fc.nat(2), known: fc.record({ stacks: fc.nat(30) }) }),
    }),
    crowd: fc.record({
      annotators: fc.integer({ min: 50, max: 80 }),
      ring: fc.record({ accounts: fc.integer({ min: 1, max: 5 }), votes: fc.constantFrom(0, 0.1) }),
    }),
    model: fc.record({
      abstain: fc.constantFrom(0, 0.3),
      circularity: fc.constantFrom(0, 0.3),
      ensemble: fc.constantFrom(Simulate.TYPICAL_BOTS, { models: 2, correlation: 0.5 }),
    }),
    gold: fc.oneof(
      fc.constantFrom<Simulate.GoldSetting>({ chosen: 'known' }, { chosen: 'candidates-only' }, { chosen: 'crowd' }),
      fc.record({ stalled: fc.nat(20), flowing: fc.nat(20), chosen: fc.constant('stratified' as const) }),
    ),
  });

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
        const [once, again, other] = [splitSeed(seed, name), splitSeed(seed, name), splitSeed(seed, `${name}'`)];
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

  it('another model leaves the votes as they were, another crowd the stacks and scores, other traits who voted', () => {
    fc.assert(
      fc.property(settings(), seeds(), (options, seed) => {
        const before = Simulate.dataset({ ...options, votes: { perStack: 7 } });
        const votes = { perStack: 7, stalled: Simulate.STALLED_TRAITS.hardJ };
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

describe('dataset() as a study', () => {
  it('the same options and seed give the same study', () => {
    fc.assert(
      fc.property(studies(), seeds(), (options, seed) => {
        expect(Simulate.dataset(options)(seed)).toEqual(Simulate.dataset(options)(seed));
      }),
      { numRuns: 20 },
    );
  });

  it('votes come in order of time, nobody votes twice on one stack, and known-answer stacks come last', () => {
    fc.assert(
      fc.property(studies(), seeds(), (options, seed) => {
        const { votes, truth, simulated } = Simulate.dataset(options)(seed);
        const pairs = Array.from(votes.stackOf, (s, v) => s * votes.annotatorIds.length + votes.annotatorOf[v]);
        expect(new Set(pairs).size).toBe(pairs.length);
        expect(votes.seconds?.every((second, v, all) => v === 0 || second >= all[v - 1])).toBe(true);
        const isKnown = simulated.stacks.isKnown ?? new Uint8Array(0);
        expect(isKnown.length).toBe(truth.length);
        expect(isKnown.toSorted()).toEqual(isKnown);
        votes.known?.forEach((known, v) => {
          expect(known).toBe(isKnown[votes.stackOf[v]]);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('a flagged stack has no score, no gold and no vote of a person who looks', () => {
    fc.assert(
      fc.property(studies(), seeds(), (options, seed) => {
        const { votes, models, gold, flagged, simulated } = Simulate.dataset(options)(seed);
        const gone = new Set(votes.stackIds.filter((_, s) => flagged?.[s] === 1));
        for (const { stackIds } of models ?? []) expect(stackIds.some((id) => gone.has(id))).toBe(false);
        expect(gold.stackIds.some((id) => gone.has(id) && gold.chosen !== 'crowd')).toBe(false);
        votes.stackOf.forEach((s, v) => {
          const skill = simulated.annotators.skill[votes.annotatorOf[v]];
          if (flagged?.[s] === 1 && skill !== undefined) expect(skill).toBe(0);
          if (flagged?.[s] === 1 && skill === undefined) expect(votes.movieError?.[v]).toBe(1);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('strata change where stalls are and not how many, and every stack has one recording', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.constantFrom(0, 0.01, 0.5, 1),
        seeds(),
        (count, prevalence, seed) => {
          const bare = Simulate.dataset({ stacks: count, prevalence, votes: { perStack: 0 } })(seed);
          const { truth, strata } = Simulate.dataset({ stacks: { count }, prevalence, votes: { perStack: 0 } })(seed);
          expect(truth.toSorted()).toEqual(bare.truth.toSorted());
          expect(strata?.recordingOf.length).toBe(count);
          expect(strata?.recordingOf.every((r) => strata.recordings[r] !== undefined)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('dataset() through the years', () => {
  const digest = (lab: Simulate.SimulatedDataset): string => {
    const hash = createHash('sha256');
    const { votes, scores, truth, simulated } = lab;
    const { difficulty } = simulated.stacks;
    for (const column of [votes.stackOf, votes.annotatorOf, votes.label, scores.score, truth, difficulty]) {
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    }
    const files = Simulate.toCsv(lab);
    for (const file of [files.votes, files.scores, files.gold]) for (const chunk of file) hash.update(chunk);
    return hash.digest('hex').slice(0, 16);
  };

  it('dataset() gives the bytes it gave before studies could be simulated', () => {
    // Pinned: every committed figure rests on them.
    expect(digest(Simulate.dataset({ stacks: 2000, prevalence: 0.01 })(1))).toBe('f654014da0289a5c');
    const gold = { stalled: 50, flowing: 100, chosen: 'stratified' } as const;
    const quick = {
      stacks: 2000,
      prevalence: 0.01,
      votes: { perStack: 'E3.5' },
      model: { abstain: 0.1 },
      gold,
    } as const;
    expect(digest(Simulate.dataset(quick)(2))).toBe('07b5e8f1c8d68323');
    const ring = { ring: { accounts: 5, votes: 0.1 } };
    const random = { stalled: 0, flowing: 500, chosen: 'random' } as const;
    const hard = { stacks: 1000, ...Simulate.PRESETS.hard, crowd: ring, gold: random };
    expect(digest(Simulate.dataset(hard)(3))).toBe('7f8919931ae5023b');
  });
});

describe('dataset() and the published figures', () => {
  const pool = { stalled: 6000, flowing: 6000, chosen: 'stratified' } as const;

  it('players have sensitivity .63/.69/.74 and specificity .947/.981/.991 at p10/50/90', () => {
    // The published quantiles weigh novices by their tenth of the votes. Rates over N(0, 1) difficulty in closed form.
    const crowd = { annotators: 40_000, novices: { accounts: 0.1 } };
    const { annotators, traits } = Simulate.dataset({ stacks: 0, prevalence: 0, crowd })(1).simulated;
    const votesStalled = (look: Simulate.TraitSetting, a: number): number =>
      normalCdf((annotators.skill[a] * look.c - annotators.bias[a]) / Math.hypot(1, annotators.skill[a] * look.tau));
    const players = [...annotators.kind.keys()].filter((a) => ['catcher', 'novice'].includes(annotators.kind[a]));
    const sensitivity = players.map((a) => votesStalled(traits.stalled, a));
    const specificity = players.map((a) => 1 - votesStalled(traits.flowing, a));
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
    const { annotators, traits, stacks } = simulated;
    const n = votes.annotatorIds.length;
    const [hits, expected, variance] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    votes.label.forEach((label, v) => {
      const [s, a] = [votes.stackOf[v], votes.annotatorOf[v]];
      const trait = truth[s] === 1 ? traits.stalled : traits.flowing;
      const p = normalCdf(annotators.skill[a] * (trait.c + trait.tau * stacks.difficulty[s]) - annotators.bias[a]);
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
