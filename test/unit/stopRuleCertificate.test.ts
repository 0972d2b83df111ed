import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { logMassAt } from '../../src/kernel/special/stirling.js';
import * as Gold from '../../src/stages/gold.js';

/**
 * The error of the certificate, exactly: every set of gold there can be is certified, and the chances of those that are
 * certified wrongly are added up as fractions of whole numbers.
 */

/** Candidate j calls flowing what is below −j and stalled what is from j on; the first is the most careful. */
const CANDIDATES = [3, 2, 1].map((z) => ({
  rule: StopRule.oneLook({ votes: 0, flowingBelow: -z, stalledFrom: z }),
}));

/** A kind of gold stack: its log-odds, and its chance among gold of its class as parts of `WHOLE`. */
interface Kind {
  readonly z: number;
  readonly parts: bigint;
}
const WHOLE = 100n;

/** Stalled gold is missed from candidate 0, 1 or 2 on, or never; flowing gold is alarmed likewise. */
const kinds = (parts: readonly [number, number, number], sign: 1 | -1): readonly Kind[] =>
  [
    ...parts.map((share, j) => ({ z: sign * -(3.5 - j), parts: BigInt(share) })),
    { z: 0, parts: WHOLE - BigInt(parts[0] + parts[1] + parts[2]) },
  ].filter((kind) => kind.parts > 0n);

/** Every way in which `n` stacks may fall among `kinds`, with how many of the `WHOLE ** n` equally likely draws give it. */
const draws = (
  all: readonly Kind[],
  n: number,
): readonly { readonly counts: readonly number[]; readonly ways: bigint }[] => {
  const [kind, ...rest] = all;
  if (rest.length === 0) return [{ counts: [n], ways: kind.parts ** BigInt(n) }];
  return Array.from({ length: n + 1 }, (_, k) => k).flatMap((k) =>
    draws(rest, n - k).map(({ counts, ways }) => ({
      counts: [k, ...counts],
      ways: choose(n, k) * kind.parts ** BigInt(k) * ways,
    })),
  );
};

const choose = (n: number, k: number): bigint => {
  let ways = 1n;
  for (let i = 1; i <= k; i++) ways = (ways * BigInt(n - k + i)) / BigInt(i);
  return ways;
};

const certifiedOn = (
  stalled: readonly number[],
  flowing: readonly number[],
  targets: StopRule.CertifyOptions['targets'],
): readonly number[] => {
  const logOdds = Float64Array.of(...stalled, ...flowing);
  const stackIds = Array.from(logOdds, (_, s) => `s${s}`);
  const gold = Gold.as('tune')(
    Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, s) => ({ stackId, label: s < stalled.length ? 1 : 0 }))),
  );
  const first = Uint32Array.from({ length: logOdds.length + 1 }, (_, s) => s);
  const scores = new Uint32Array(logOdds.length).fill(1);
  const found = StopRule.certifyStopRule({ gold, candidates: CANDIDATES, targets, prevalence: 0.01 })({
    stackIds,
    first,
    logOdds,
    scores,
  });
  return E.isLeft(found) ? [] : found.right.certificate.certified;
};

const expand = (all: readonly Kind[], counts: readonly number[]): readonly number[] =>
  counts.flatMap((count, i) => new Array<number>(count).fill(all[i].z));

/** P(a candidate whose risk is beyond a limit is certified) = wrong / whole. */
const errorOf = (world: {
  readonly stalled: readonly [number, number, number];
  readonly flowing: readonly [number, number, number];
  readonly n: { readonly stalled: number; readonly flowing: number };
  /** Risks allowed, and δ, in parts of 100. */
  readonly allowed: { readonly misses: number; readonly alarms: number; readonly delta: number };
}): { readonly wrong: bigint; readonly whole: bigint } => {
  const { allowed, n } = world;
  const targets = {
    sensitivity: 1 - allowed.misses / 100,
    specificity: 1 - allowed.alarms / 100,
    confidence: 1 - allowed.delta / 100,
  };
  const risk = (parts: readonly number[], j: number): number =>
    parts.slice(0, j + 1).reduce((sum, part) => sum + part, 0);
  const isWrong = CANDIDATES.map(
    (_, j) => risk(world.stalled, j) > allowed.misses || risk(world.flowing, j) > allowed.alarms,
  );
  const [stalledKinds, flowingKinds] = [kinds(world.stalled, 1), kinds(world.flowing, -1)];
  let [wrong, whole] = [0n, 0n];
  for (const s of draws(stalledKinds, n.stalled)) {
    for (const f of draws(flowingKinds, n.flowing)) {
      const ways = s.ways * f.ways;
      whole += ways;
      const certified = certifiedOn(expand(stalledKinds, s.counts), expand(flowingKinds, f.counts), targets);
      if (certified.some((j) => isWrong[j])) wrong += ways;
    }
  }
  return { wrong, whole };
};

describe('the certificate over every set of gold there can be', () => {
  test('certifies a rule that misses too much in at most δ of all sets, and as often as the binomial test says', () => {
    // Twelve stalled stacks and 20 % of misses allowed: a rule without a miss has p = .8^12 = .0687. Candidate 1 misses 21 %.
    const alone = { flowing: [0, 0, 0] as const, n: { stalled: 12, flowing: 12 } };
    const at = (delta: number) =>
      errorOf({ ...alone, stalled: [0, 21, 30], allowed: { misses: 20, alarms: 30, delta } });
    expect(at(7)).toEqual({ wrong: 79n ** 12n * WHOLE ** 12n, whole: WHOLE ** 24n });
    expect(at(6).wrong).toBe(0n);
  });

  test('keeps δ on the edge of the limit at every candidate, for misses, for alarms, and for both', () => {
    const n = { stalled: 8, flowing: 8 };
    const allowed = { misses: 20, alarms: 25, delta: 20 };
    const worlds = [
      { stalled: [21, 0, 0], flowing: [0, 0, 0] },
      { stalled: [0, 21, 0], flowing: [0, 0, 0] },
      { stalled: [10, 5, 6], flowing: [0, 0, 0] },
      { stalled: [0, 0, 0], flowing: [26, 0, 0] },
      { stalled: [0, 0, 0], flowing: [5, 10, 11] },
      { stalled: [21, 0, 0], flowing: [26, 0, 0] },
      { stalled: [0, 21, 20], flowing: [0, 0, 26] },
      { stalled: [10, 20, 20], flowing: [5, 20, 20] },
    ] as const;
    for (const world of worlds) {
      const { wrong, whole } = errorOf({ ...world, n, allowed });
      expect(wrong * 100n, JSON.stringify(world)).toBeLessThanOrEqual(BigInt(allowed.delta) * whole);
      expect(wrong, JSON.stringify(world)).toBeGreaterThanOrEqual(0n);
    }
  });

  test('gold whose votes run out while the rule asks counts as wrong', () => {
    const stackIds = Array.from({ length: 40 }, (_, s) => `s${s}`);
    const gold = Gold.as('tune')(
      Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, s) => ({ stackId, label: s < 20 ? 1 : 0 }))),
    );
    const rule = StopRule.oneLook({ votes: 1, flowingBelow: -1, stalledFrom: 1 });
    // The last five stalled stacks have no vote, and the rule wants one.
    const first = new Uint32Array(41);
    for (let s = 0; s < 40; s++) first[s + 1] = first[s] + (s >= 15 && s < 20 ? 1 : 2);
    const logOdds = Float64Array.from({ length: first[40] }, () => 0);
    const targets = { sensitivity: 0.85, specificity: 0.85, confidence: 0.9 };
    const found = StopRule.certifyStopRule({ gold, candidates: [{ rule }], targets, prevalence: 0.01 })({
      stackIds,
      first,
      logOdds,
      scores: new Uint32Array(40).fill(1),
    });
    expect(E.isLeft(found) && found.left._tag === 'PathNotCertified' && found.left.missedStalls.observed).toBe(5);
  });
});

/** P(the bet is ever won within `gold` stacks), exactly but for rounding: the errors so far of those who still bet are followed. */
const everShown = (bet: StopRule.Bet, delta: number, gold: number, risk: number): number => {
  let still = [1];
  let shown = 0;
  for (let n = 1; n <= gold; n++) {
    const next = new Array<number>(n + 1).fill(0);
    still.forEach((share, errors) => {
      next[errors] += share * (1 - risk);
      next[errors + 1] += share * risk;
    });
    still = next.map((share, errors) => {
      if (share < 1e-14) return 0;
      const order = new Uint8Array(n).fill(1, 0, errors);
      if (StopRule.logWealth(bet)(order) < -Math.log(delta)) return share;
      shown += share;
      return 0;
    });
  }
  return shown;
};

describe('betting test', () => {
  test('shows what does not hold in at most δ of laboratories, however often it is looked at', () => {
    for (const side of ['below', 'above'] as const) {
      const wrong = everShown({ limit: 0.05, side }, 0.05, 300, 0.05);
      expect(wrong).toBeLessThanOrEqual(0.05);
      expect(wrong).toBeGreaterThan(0.01);
    }
  });

  test('needs the gold that was worked out: 391 stalled stacks without a miss for .99 at 95 %', () => {
    const bet = { limit: 0.01, side: 'below' as const };
    const rightSoFar = (n: number) => StopRule.append({ bet, errors: new Uint8Array(n) })(StopRule.NO_GOLD_YET);
    expect(StopRule.isShown({ delta: 0.05 })(rightSoFar(390))).toBe(false);
    expect(StopRule.isShown({ delta: 0.05 })(rightSoFar(391))).toBe(true);
    // An exact look at 299 would do with one look only.
    expect(Math.exp(logMassAt({ k: 0, n: 299, p: 0.01 }))).toBeLessThan(0.05);
  });

  test('what was shown stays shown, and a revocation comes from the mirror test', () => {
    const below = { limit: 0.05, side: 'below' as const };
    const above = { limit: 0.05, side: 'above' as const };
    const good = new Uint8Array(150);
    const bad = new Uint8Array(60).fill(1, 0, 20);
    const add = (bet: StopRule.Bet, errors: Uint8Array) => StopRule.append({ bet, errors });
    const isShown = StopRule.isShown({ delta: 0.05 });
    expect(isShown(add(below, bad)(add(below, good)(StopRule.NO_GOLD_YET)))).toBe(true);
    expect(isShown(add(above, bad)(StopRule.NO_GOLD_YET))).toBe(true);
    expect(isShown(add(above, good)(StopRule.NO_GOLD_YET))).toBe(false);
  });

  test('losses that are no 0 or 1 are refused', () => {
    const bet = { limit: 0.05, side: 'below' as const };
    expect(() => StopRule.append({ bet, errors: [0.5] })(StopRule.NO_GOLD_YET)).toThrow('expected 0 or 1, got 0.5');
    expect(() => StopRule.logWealth({ limit: 0, side: 'below' })).toThrow(RangeError);
  });
});

/** Gold of both classes in clusters, all stacks right but those named. */
const clustered = (clusters: number, perCluster: number, wrong: (cluster: number, stalled: boolean) => boolean) => {
  const rows = Array.from({ length: clusters * perCluster }, (_, i) => ({
    mouse: i % clusters,
    stalled: Math.floor(i / clusters) % 2 === 0,
  }));
  const stackIds = rows.map((_, i) => `s${i}`);
  const gold = Gold.as('tune')(
    Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: rows[i].stalled ? 1 : 0 }))),
  );
  const logOdds = Float64Array.from(rows, ({ mouse, stalled }, i) => {
    const called = wrong(mouse, stalled) ? !stalled : stalled;
    return (called ? 2 : -8) + (i % 7) / 10;
  });
  const paths = {
    stackIds,
    first: Uint32Array.from({ length: rows.length + 1 }, (_, s) => s),
    logOdds,
    scores: new Uint32Array(rows.length).fill(1),
  };
  return { gold, paths, cluster: rows.map(({ mouse }) => `mouse ${mouse}`) };
};

const byClusters = ({ gold, paths, cluster }: ReturnType<typeof clustered>, limit: number) =>
  StopRule.certifyByClusters({
    gold,
    cluster,
    targets: { sensitivity: 1 - limit, specificity: 1 - limit, confidence: 0.95 },
    prevalence: 0.01,
    candidates: [{ rule: StopRule.oneLook({ votes: 0, flowingBelow: -6, stalledFrom: 0 }) }],
  })(paths);

describe('certificates by cluster', () => {
  const none = () => false;

  test('few clusters give a sensitivity analysis at best, however much gold they have', () => {
    const few = byClusters(clustered(25, 60, none), 0.05);
    expect(few.certificate).toBeUndefined();
    expect(few.sensitivityAnalysis?.kind).toBe('sensitivity analysis');
    expect(few.clusters.stalled).toEqual({ seen: 25, needed: 59 });
  });

  test('enough clusters give a certificate', () => {
    expect(byClusters(clustered(100, 4, none), 0.05).certificate?.kind).toBe('certificate');
  });

  test('a certificate never comes of fewer clusters than (1 − limit)^M ≤ δ asks for', () => {
    for (let clusters = 1; clusters <= 59; clusters++) {
      const found = byClusters(clustered(clusters, 4, none), 0.05);
      expect(found.certificate === undefined || clusters >= found.clusters.stalled.needed).toBe(true);
    }
  });

  test('one cluster that is wholly wrong in sixty counts as one whole error, not as many', () => {
    const oneBad = byClusters(
      clustered(60, 10, (mouse, stalled) => mouse === 0 && stalled),
      0.05,
    );
    expect(oneBad.certificate).toBeUndefined();
    const inMany = byClusters(
      clustered(200, 10, (mouse, stalled) => mouse === 0 && stalled),
      0.05,
    );
    expect(inMany.certificate?.kind).toBe('certificate');
  });

  test('where each stack is its own cluster the exact binomial test decides', () => {
    // One stalled and one flowing stack of each mouse: 59 would do, where betting needs more.
    const single = byClusters(clustered(60, 2, none), 0.05);
    expect(single.certificate).toBeDefined();
  });
});
