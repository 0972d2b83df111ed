import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { type Random, splitSeed } from '../../src/kernel/random/prng.js';
import { betaQuantile } from '../../src/kernel/special/beta.js';
import * as Prevalence from '../../src/stages/prevalence/index.js';

/**
 * Does the interval of a contrast hold the true difference and ratio of two groups of mice in 95 % of studies? Mice differ,
 * decisions err, differently by group and by mouse, and few stacks are audited. Beside it: the audit alone, with as many
 * labels drawn at random from all stacks.
 */

const STUDIES = Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000);

interface Mice {
  readonly mice: number;
  /** Stacks of a mouse: any number between these. */
  readonly stacks: readonly [least: number, most: number];
  readonly prevalence: number;
  /** Standard deviation between mice over their mean; shares are Beta. */
  readonly spread: number;
  readonly sensitivity: number;
  readonly specificity: number;
  /** Half of the mice have misses × (1 − uneven), half × (1 + uneven). */
  readonly uneven?: number;
}

interface World {
  readonly name: string;
  readonly first: Mice;
  readonly second: Mice;
  /** Share audited of the stacks called so. */
  readonly audit: { readonly stalled: number; readonly flowing: number };
  /** The audit alone has intervals this much wider, at the median. */
  readonly factor: number;
  /** Counts are not tiny: mice, stalls found by the audit. Then at most 98 % may hold. */
  readonly isLarge?: boolean;
}

const good = { sensitivity: 0.9, specificity: 0.995 };
const half = { mice: 5, stacks: [2000, 2000], prevalence: 0.01, spread: 0.4, ...good } as const;
const sized = (world: Omit<World, 'name' | 'first' | 'second'>, name: string, first: Mice, second: Mice): World => ({
  name,
  first,
  second,
  ...world,
});
const all = (share: number) => ({ stalled: share, flowing: share });
const everyStall = { stalled: 1, flowing: 0.05 };

const WORLDS: readonly World[] = [
  sized({ audit: all(0.03), factor: 1.25 }, '3 v 3 mice, no difference', { ...half, mice: 3 }, { ...half, mice: 3 }),
  sized({ audit: all(0.03), factor: 1.25 }, '5 v 7 mice, no difference', half, { ...half, mice: 7 }),
  sized(
    { audit: all(0.02), factor: 0.95 },
    '5 v 7 mice, 0.3 %, 1000 stacks',
    { ...half, stacks: [1000, 1000], prevalence: 0.003 },
    { ...half, mice: 7, stacks: [1000, 1000], prevalence: 0.003 },
  ),
  sized(
    { audit: all(0.03), factor: 1.1 },
    '5 v 7 mice, decisions miss 5 % in one group and half in the other',
    { ...half, sensitivity: 0.95 },
    { ...half, mice: 7, sensitivity: 0.5, specificity: 0.99 },
  ),
  sized(
    { audit: everyStall, factor: 1.35 },
    '3 v 3 mice, 2 % v 0.7 %, unequal sizes, all called stalled audited',
    { ...half, mice: 3, stacks: [500, 4000], prevalence: 0.02, spread: 0.5 },
    { ...half, mice: 3, stacks: [500, 4000], prevalence: 0.007, spread: 0.5 },
  ),
  sized(
    { audit: everyStall, factor: 1.4, isLarge: true },
    '12 v 12 mice, 2 % v 0.7 %, unequal sizes, all called stalled audited',
    { ...half, mice: 12, stacks: [500, 4000], prevalence: 0.02, spread: 0.5 },
    { ...half, mice: 12, stacks: [500, 4000], prevalence: 0.007, spread: 0.5 },
  ),
  sized(
    { audit: all(0.05), factor: 1.1, isLarge: true },
    '12 v 12 mice, half of them with nearly all the misses',
    { ...half, mice: 12, stacks: [6000, 6000], prevalence: 0.02, spread: 0.3, sensitivity: 0.7, uneven: 0.9 },
    { ...half, mice: 12, stacks: [6000, 6000], prevalence: 0.02, spread: 0.3, sensitivity: 0.7, uneven: 0.9 },
  ),
  sized(
    { audit: all(0.05), factor: 1.1, isLarge: true },
    '5 v 7 mice, 20,000 stacks each, 2 % v 1 %',
    { ...half, stacks: [20_000, 20_000], prevalence: 0.02, spread: 0.3 },
    { ...half, mice: 7, stacks: [20_000, 20_000], spread: 0.3 },
  ),
  sized(
    { audit: all(0.05), factor: 1, isLarge: true },
    '3 v 20 mice, 20,000 stacks each',
    { ...half, mice: 3, stacks: [20_000, 20_000], spread: 0.5 },
    { ...half, mice: 20, stacks: [20_000, 20_000], spread: 0.5 },
  ),
  sized(
    { audit: all(0.05), factor: 1, isLarge: true },
    '5 v 7 mice, 30 % v 20 %, poor decisions',
    { ...half, stacks: [3000, 3000], prevalence: 0.3, spread: 0.3, sensitivity: 0.8, specificity: 0.9 },
    { ...half, mice: 7, stacks: [3000, 3000], prevalence: 0.2, spread: 0.3, sensitivity: 0.8, specificity: 0.9 },
  ),
];

/** How many of n happen, each with probability p: gaps between them are geometric. */
const binomial = (n: number, p: number, random: Random): number => {
  if (p <= 0 || p >= 1) return p <= 0 ? 0 : n;
  if (p > 0.5) return n - binomial(n, 1 - p, random);
  const log = Math.log1p(-p);
  const gap = (): number => Math.floor(Math.log(1 - random()) / log);
  let count = 0;
  for (let i = gap(); i < n; i += 1 + gap()) count++;
  return count;
};

const shareOf = ({ prevalence, spread }: Mice, random: Random): number => {
  const size = (1 - prevalence) / (prevalence * spread ** 2) - 1;
  return betaQuantile({ a: prevalence * size, b: (1 - prevalence) * size, p: random(), tail: 'lower' }).x;
};

const draw = ({ name, first, second, audit }: World, seed: number) => {
  const random = splitSeed(seed, name);
  const calls: Prevalence.ClusterCalls[] = [];
  const truth: {
    readonly group: string;
    readonly cluster: string;
    readonly stalled: number;
    readonly flowing: number;
  }[] = [];
  for (const [group, mice] of [
    ['first', first],
    ['second', second],
  ] as const) {
    for (let m = 0; m < mice.mice; m++) {
      const cluster = `m${m}`;
      const n = Math.round(mice.stacks[0] + random() * (mice.stacks[1] - mice.stacks[0]));
      const stalled = binomial(n, shareOf(mice, random), random);
      const uneven = (mice.uneven ?? 0) * (random() < 0.5 ? -1 : 1);
      const missed = binomial(stalled, Math.min(1, (1 - mice.sensitivity) * (1 + uneven)), random);
      const alarms = binomial(n - stalled, 1 - mice.specificity, random);
      const called = (name: 'stalled' | 'flowing', hits: number, rest: number): Prevalence.ClusterCalls => {
        const found = binomial(hits, audit[name], random);
        return {
          group,
          cluster,
          called: name,
          stacks: hits + rest,
          stalled: found,
          audited: found + binomial(rest, audit[name], random),
        };
      };
      calls.push(called('stalled', stalled - missed, alarms), called('flowing', missed, n - stalled - alarms));
      truth.push({ group, cluster, stalled, flowing: n - stalled });
    }
  }
  const labels = calls.reduce((sum, { audited }) => sum + audited, 0);
  const share = labels / truth.reduce((sum, { stalled, flowing }) => sum + stalled + flowing, 0);
  const alone = truth.map(({ group, cluster, stalled, flowing }): Prevalence.ClusterCalls => {
    const found = binomial(stalled, share, random);
    return {
      group,
      cluster,
      called: 'any',
      stacks: stalled + flowing,
      stalled: found,
      audited: found + binomial(flowing, share, random),
    };
  });
  return { calls, alone };
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

describe(`contrasts of ${STUDIES} studies each`, () => {
  test.each(WORLDS.map((world) => [world.name, world] as const))('%s', (name, world) => {
    const compared = Prevalence.contrast({ groups: ['first', 'second'] });
    const truth = {
      difference: world.first.prevalence - world.second.prevalence,
      ratio: world.first.prevalence / world.second.prevalence,
    };
    const held = { difference: 0, ratio: 0, alone: 0 };
    const factors: number[] = [];
    let made = 0;
    for (let seed = 1; seed <= STUDIES; seed++) {
      const study = draw(world, seed);
      const [ours, alone] = [compared(study.calls), compared(study.alone)];
      if (E.isLeft(ours) || E.isLeft(alone)) continue;
      made++;
      const { difference, ratio } = ours.right;
      const { lower, upper } = difference.interval;
      const other = alone.right.difference.interval;
      if (lower <= truth.difference && truth.difference <= upper) held.difference++;
      if (ratio.lower <= truth.ratio && truth.ratio <= (ratio.upper ?? Number.POSITIVE_INFINITY)) held.ratio++;
      if (other.lower <= truth.difference && truth.difference <= other.upper) held.alone++;
      factors.push((other.upper - other.lower) / (upper - lower));
    }
    const factor = median(factors);
    const shown = (hits: number): string => `${((100 * hits) / made).toFixed(1)} %`;
    console.log(
      `| ${name} | ${shown(held.difference)} | ${shown(held.ratio)} | ${shown(held.alone)} | × ${factor.toFixed(2)} |`,
    );
    expect(made).toBeGreaterThan(0.98 * STUDIES);
    // Three standard errors of a share of .95 and of .98.
    const luck = 3 * Math.sqrt((0.95 * 0.05) / made);
    for (const hits of [held.difference, held.ratio]) expect(hits / made).toBeGreaterThanOrEqual(0.95 - luck);
    if (world.isLarge === true) {
      expect(held.difference / made).toBeLessThanOrEqual(0.98 + 3 * Math.sqrt((0.98 * 0.02) / made));
    }
    expect(factor).toBeGreaterThanOrEqual(world.factor - (STUDIES < 500 ? 0.1 : 0));
  });
});
