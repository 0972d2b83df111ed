import { describe, expect, it } from 'vitest';
import { normalDeviates } from '../../src/kernel/random/normalDeviate.js';
import { seeded, shuffleInPlace, splitSeed } from '../../src/kernel/random/prng.js';
import * as Simulate from '../../src/simulate/index.js';

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

const correlation = (x: ArrayLike<number>, y: ArrayLike<number>): number => {
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
};

const take = (n: number, random: () => number): number[] => Array.from({ length: n }, () => random());

const votesPerStack = ({ votes, truth }: Simulate.SimulatedDataset): Uint32Array => {
  const counts = new Uint32Array(truth.length);
  for (const s of votes.stackOf) counts[s]++;
  return counts;
};

describe('seeded()', () => {
  it('seeded() gives the values it has always given', () => {
    // Pinned: a change here changes every simulated figure ever published.
    expect(take(3, seeded(1))).toEqual([0.41920268861165944, 0.9354505790997822, 0.4383470061036596]);
    expect(take(3, seeded('stall'))).toEqual([0.14409784698733774, 0.32279379393843566, 0.8115680731272713]);
    expect(take(3, splitSeed(1, 'votes'))).toEqual([0.7798274345442331, 0.37534594437382474, 0.5607549400455348]);
  });

  it('seeded() fills [0, 1) evenly', () => {
    const cells = new Uint32Array(100);
    const random = seeded('even');
    for (let i = 0; i < 100_000; i++) cells[Math.floor(100 * random())]++;
    // Chi-square with 99 degrees of freedom: 148.2 is its 99.9 % point.
    expect(cells.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(148.2);
  });

  it('split() tells where the seed ends and the name starts', () => {
    expect(splitSeed('ab', 'c')()).not.toBe(splitSeed('a', 'bc')());
  });

  it('split() keeps streams of different names and of neighbouring seeds independent', () => {
    const n = 20_000;
    const votes = take(n, splitSeed(1, 'votes'));
    // Under independence the standard deviation is 0.0071.
    expect(Math.abs(correlation(votes, take(n, splitSeed(1, 'model'))))).toBeLessThan(0.028);
    expect(Math.abs(correlation(votes, take(n, splitSeed(2, 'votes'))))).toBeLessThan(0.028);
  });

  it('seeded() refuses a seed that is not an integer', () => {
    expect(() => seeded(0.5)).toThrow(RangeError);
    expect(() => seeded(Number.NaN)).toThrow(RangeError);
  });

  it('shuffleInPlace() makes all six orders of three equally likely', () => {
    const random = seeded('orders');
    const orders = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const items = ['a', 'b', 'c'];
      shuffleInPlace(items, random);
      orders.set(items.join(''), (orders.get(items.join('')) ?? 0) + 1);
    }
    expect(orders.size).toBe(6);
    // Chi-square with 5 degrees of freedom: 20.5 is its 99.9 % point.
    expect([...orders.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(20.5);
  });
});

describe('normalDeviates()', () => {
  it('normalDeviates() have the moments and tails of N(0, 1)', () => {
    const z = take(200_000, normalDeviates(seeded('normal')));
    expect(mean(z)).toBeCloseTo(0, 2);
    expect(mean(z.map((x) => x * x))).toBeCloseTo(1, 1);
    expect(mean(z.map((x) => x ** 4))).toBeCloseTo(3, 0);
    expect(mean(z.map((x) => Number(x > 1.959964)))).toBeCloseTo(0.025, 2);
    expect(Math.abs(correlation(z.slice(1), z.slice(0, -1)))).toBeLessThan(0.009);
  });
});

describe('dataset()', () => {
  it('dataset() draws stalls at the stated prevalence', () => {
    const { truth } = Simulate.dataset({ stacks: 100_000, prevalence: 0.01, votes: { perStack: 0 } })(1);
    // Four standard deviations.
    expect(Math.abs(mean(truth) - 0.01)).toBeLessThan(0.00126);
  });

  it('dataset() asks as often as the regimes say', () => {
    const asked = (perStack: Simulate.VotesPerStack): Uint32Array =>
      votesPerStack(Simulate.dataset({ stacks: 40_000, prevalence: 0.006, votes: { perStack } })(1));
    expect(new Set(asked('E20'))).toEqual(new Set([20]));
    const e7 = asked('E7');
    expect(Math.abs(mean(e7) - 7)).toBeLessThan(0.1);
    expect([Math.min(...new Set(e7)), Math.max(...new Set(e7))]).toEqual([3, 25]);
    const e35 = asked('E3.5');
    expect(Math.abs(mean(e35) - 3.5)).toBeLessThan(0.06);
    expect(new Set(e35)).toEqual(new Set([3, 10]));
    expect(new Set(asked(5))).toEqual(new Set([5]));
    const mixed = asked({ 0: 1, 2: 3 });
    expect(Math.abs(mean(mixed) - 1.5)).toBeLessThan(0.02);
    expect(new Set(mixed)).toEqual(new Set([0, 2]));
  });

  it('dataset() in regime E3.5 stops at three votes exactly where three agree', () => {
    const lab = Simulate.dataset({ stacks: 5000, prevalence: 0.3, votes: { perStack: 'E3.5' } })(3);
    const asked = votesPerStack(lab);
    const stalled = new Uint32Array(asked.length);
    lab.votes.label.forEach((label, v) => {
      stalled[lab.votes.stackOf[v]] += label;
    });
    asked.forEach((n, s) => {
      const agree = stalled[s] === 0 || stalled[s] === n;
      if (n === 3) expect(agree).toBe(true);
      else expect(agree).toBe(false);
    });
  });

  it('dataset() gives each kind of annotator its share of the votes, and hides the kind in the id', () => {
    const { votes, simulated } = Simulate.dataset({ stacks: 40_000, prevalence: 0.01 })(4);
    const share = (kind: Simulate.AnnotatorKind): number =>
      mean(votes.annotatorOf.map((a) => Number(simulated.annotators.kind[a] === kind)));
    expect(Math.abs(share('novice') - 0.1)).toBeLessThan(0.003);
    expect(Math.abs(share('always-flowing') - 0.02)).toBeLessThan(0.0015);
    expect(Math.abs(share('random') - 0.002)).toBeLessThan(0.0005);
    expect(Math.abs(share('always-stalled') - 0.0005)).toBeLessThan(0.0003);
    const badIds = votes.annotatorIds.filter((_, a) => simulated.annotators.kind[a] === 'always-flowing');
    expect(badIds.every((id) => /^catcher-\d{4}$/.test(id))).toBe(true);
    const places = badIds.map((id) => votes.annotatorIds.toSorted().indexOf(id));
    expect(Math.max(...places) - Math.min(...places)).toBeGreaterThan(badIds.length);
  });

  it('dataset() lets bad actors vote at their fixed rates', () => {
    const { votes, simulated } = Simulate.dataset({
      stacks: 30_000,
      prevalence: 0.5,
      crowd: { badActors: { alwaysFlowing: 0.2, random: 0.2, alwaysStalled: 0.2 } },
    })(4);
    const rate = (kind: Simulate.AnnotatorKind): number =>
      mean(votes.label.filter((_, v) => simulated.annotators.kind[votes.annotatorOf[v]] === kind));
    expect(Math.abs(rate('always-flowing') - 0.005)).toBeLessThan(0.002);
    expect(Math.abs(rate('random') - 0.5)).toBeLessThan(0.012);
    expect(Math.abs(rate('always-stalled') - 0.95)).toBeLessThan(0.005);
  });

  it('dataset() makes a ring come whole, cast one label, and keep to its share of votes', () => {
    const { votes, simulated } = Simulate.dataset({
      stacks: 20_000,
      prevalence: 0.3,
      votes: { perStack: 7 },
      crowd: { ring: { accounts: 5, votes: 0.1 } },
    })(5);
    const labels = new Map<number, number[]>();
    votes.annotatorOf.forEach((a, v) => {
      if (simulated.annotators.kind[a] !== 'ring') return;
      labels.set(votes.stackOf[v], [...(labels.get(votes.stackOf[v]) ?? []), votes.label[v]]);
    });
    expect([...labels.values()].every((cast) => cast.length === 5 && new Set(cast).size === 1)).toBe(true);
    expect(new Set([...labels.values()].flat())).toEqual(new Set([0, 1]));
    // 2800 visits: four standard deviations of the share are 0.007.
    expect(Math.abs((5 * labels.size) / votes.label.length - 0.1)).toBeLessThan(0.007);
  });

  it('dataset() enriches stratified gold and leaves research at its prevalence', () => {
    const gold = { stalled: 300, flowing: 700, chosen: 'stratified' } as const;
    const lab = Simulate.dataset({ stacks: 50_000, prevalence: 0.01, votes: { perStack: 1 }, gold })(6);
    expect(lab.truth.length).toBe(51_000);
    expect([lab.gold.label.length, mean(lab.gold.label), lab.gold.chosen]).toEqual([1000, 0.3, 'stratified']);
    const research = lab.truth.filter((_, s) => lab.simulated.stacks.isGold[s] === 0);
    expect(Math.abs(mean(research) - 0.01)).toBeLessThan(0.0018);
  });

  it('dataset() says the truth about gold, and scatters gold among the ids', () => {
    const gold = { stalled: 300, flowing: 700, chosen: 'stratified' } as const;
    const lab = Simulate.dataset({ stacks: 9000, prevalence: 0.01, votes: { perStack: 1 }, gold })(6);
    const truthOf = new Map(lab.votes.stackIds.map((id, s) => [id, lab.truth[s]]));
    expect(lab.gold.stackIds.map((id) => truthOf.get(id))).toEqual([...lab.gold.label]);
    expect(Math.abs(mean(lab.gold.stackIds.map((id) => Number(id.slice(6)))) - 5000)).toBeLessThan(360);
  });

  it('dataset() draws random gold at the prevalence of the population', () => {
    const gold = { stalled: 0, flowing: 20_000, chosen: 'random' } as const;
    const lab = Simulate.dataset({ stacks: 0, prevalence: 0.05, votes: { perStack: 0 }, gold })(7);
    expect(lab.gold.chosen).toBe('random');
    expect(Math.abs(mean(lab.gold.label) - 0.05)).toBeLessThan(0.0062);
  });

  it('dataset() leaves out the score of a stack the model abstained on', () => {
    const lab = Simulate.dataset({ stacks: 10_000, prevalence: 0.01, votes: { perStack: 0 }, model: { abstain: 0.2 } })(
      8,
    );
    expect(Math.abs(lab.scores.stackIds.length / 10_000 - 0.8)).toBeLessThan(0.016);
    expect(new Set(lab.scores.stackIds).size).toBe(lab.scores.score.length);
    expect(lab.scores.score.every((score) => score > 0 && score < 1)).toBe(true);
  });

  it('dataset() gives no scores without a model and no gold without a wish for it', () => {
    const lab = Simulate.dataset({ stacks: 10, prevalence: 0.5 })(1);
    expect([lab.scores.stackIds, lab.gold.stackIds]).toEqual([[], []]);
  });

  it('dataset() throws where a wish makes no sense', () => {
    const wish = { stacks: 10, prevalence: 0.01 };
    expect(() => Simulate.dataset({ ...wish, prevalence: 1.1 })(1)).toThrow('prevalence');
    expect(() => Simulate.dataset({ ...wish, stacks: 1.5 })(1)).toThrow('stacks');
    expect(() => Simulate.dataset({ ...wish, votes: { perStack: 500 } })(1)).toThrow('annotators');
    expect(() => Simulate.dataset({ ...wish, votes: { perStack: 2.5 } })(1)).toThrow('votes per stack');
    expect(() => Simulate.dataset({ ...wish, crowd: { annotators: 2 } })(1)).toThrow('annotators');
    expect(() => Simulate.dataset({ ...wish, crowd: { badActors: { random: 1 } } })(1)).toThrow('shares');
    expect(() => Simulate.dataset({ ...wish, crowd: { badActors: { random: -0.1 } } })(1)).toThrow('share');
    expect(() => Simulate.dataset({ ...wish, model: { temperature: 0 } })(1)).toThrow('temperature');
    expect(() => Simulate.dataset({ ...wish, model: { trainingPrevalence: 1 } })(1)).toThrow('trainingPrevalence');
    expect(() => Simulate.dataset(wish)(0.5)).toThrow('seed');
  });
});

describe('toCsv()', () => {
  it('toCsv() writes every row once, and scores with all their digits', () => {
    const gold = { stalled: 3, flowing: 4, chosen: 'stratified' } as const;
    const lab = Simulate.dataset({ stacks: 3000, prevalence: 0.01, model: { abstain: 0.1 }, gold })(9);
    const files = Simulate.toCsv(lab);
    const rows = (text: Iterable<string>): string[] => [...text].join('').trimEnd().split('\n');
    const [header, ...votes] = rows(files.votes);
    expect(header).toBe('stackId,annotatorId,label');
    expect(votes.length).toBe(lab.votes.label.length);
    expect(votes[7]).toMatch(/^stack-\d{6},catcher-\d{4},[01]$/);
    expect(
      rows(files.scores)
        .slice(1)
        .map((row) => Number(row.split(',')[1])),
    ).toEqual([...lab.scores.score]);
    expect(rows(files.gold).slice(1)).toEqual(
      lab.gold.stackIds.map((id, i) => `${id},${lab.gold.label[i]},stratified`),
    );
    // More than once: a demo may write and then count.
    expect(rows(files.votes)).toEqual([header, ...votes]);
  });
});
