import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { binomialCdf, maxErrorsAllowed } from '../../src/kernel/special/binomial.js';
import { hypergeometricBounds, hypergeometricTails } from '../../src/kernel/special/hypergeometric.js';
import { netDiscordanceAtMost } from '../../src/kernel/special/netDiscordance.js';
import * as Drift from '../../src/stages/drift/index.js';
import * as Evaluation from '../../src/stages/evaluation/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Prevalence from '../../src/stages/prevalence/index.js';
import * as RiskControl from '../../src/stages/riskControl/index.js';
import { falseAtLeast } from '../../src/stages/riskControl/multipleTesting.js';
import { pairedBound, pairedPValue } from '../../src/stages/riskControl/pairedBound.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';

const TARGETS = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

const pValues = (): fc.Arbitrary<number[]> =>
  fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.05, noNaN: true })), {
    minLength: 1,
    maxLength: 20,
  });
const delta = (): fc.Arbitrary<number> => fc.double({ min: 0.001, max: 0.3, noNaN: true });
const counts = (): fc.Arbitrary<{ stalled: number; missed: number; flowing: number; alarmed: number }> =>
  fc.tuple(fc.nat(700), fc.nat(700)).chain(([stalled, flowing]) =>
    fc.record({
      stalled: fc.constant(stalled),
      missed: fc.integer({ min: 0, max: Math.min(stalled, 12) }),
      flowing: fc.constant(flowing),
      alarmed: fc.integer({ min: 0, max: Math.min(flowing, 60) }),
    }),
  );
const stratified = (label: readonly (0 | 1)[]): Gold.Gold<'tune'> =>
  Gold.as('tune')(Gold.from({ chosen: 'stratified' })(label.map((y, i) => ({ stackId: `s${i}`, label: y }))));

/** C(n, k) for small n, by products. */
const choose = (n: number, k: number): number => {
  if (k < 0 || k > n) return 0;
  let product = 1;
  for (let i = 0; i < k; i++) product = (product * (n - i)) / (i + 1);
  return product;
};

describe('multiple testing', () => {
  test('holm() rejects all that Bonferroni does, and no p-value above one it keeps', () => {
    fc.assert(
      fc.property(pValues(), delta(), (p, d) => {
        const rejected = new Set(RiskControl.holm({ pValues: p, delta: d }));
        for (const [j, value] of p.entries()) if (value <= d / p.length) expect(rejected.has(j)).toBe(true);
        const kept = p.filter((_, j) => !rejected.has(j));
        for (const j of rejected) expect(p[j]).toBeLessThanOrEqual(Math.min(1, ...kept));
      }),
    );
  });

  test('fixedSequence() rejects a prefix, each at the full delta', () => {
    fc.assert(
      fc.property(pValues(), delta(), (p, d) => {
        const rejected = RiskControl.fixedSequence({ pValues: p, delta: d });
        expect(rejected).toEqual(Array.from(rejected, (_, i) => i));
        expect(rejected.every((j) => p[j] <= d)).toBe(true);
        if (rejected.length < p.length) expect(p[rejected.length]).toBeGreaterThan(d);
      }),
    );
  });

  test('partialConjunction() by Simes is never above Bonferroni, and u = 1 is the global test', () => {
    fc.assert(
      fc.property(pValues(), delta(), (p, d) => {
        for (let u = 1; u <= p.length; u++) {
          const { simes, bonferroni } = RiskControl.partialConjunction({ pValues: p, u });
          expect(simes).toBeLessThanOrEqual(bonferroni * (1 + 1e-12));
        }
        expect(falseAtLeast(p, { delta: d, combine: 'simes' })).toBeGreaterThanOrEqual(
          falseAtLeast(p, { delta: d, combine: 'bonferroni' }),
        );
      }),
    );
  });
});

describe('fixed rules', () => {
  test('testTargets() meets after as much faultless gold as it says is needed, and not with one stack less', () => {
    fc.assert(
      fc.property(counts(), (c) => {
        const { goldNeeded } = RiskControl.testTargets(TARGETS)(c);
        const enough = { ...c, stalled: c.stalled + goldNeeded.stalled, flowing: c.flowing + goldNeeded.flowing };
        expect(RiskControl.testTargets(TARGETS)(enough).verdict).toBe('meets');
        if (goldNeeded.stalled > 0) {
          expect(RiskControl.testTargets(TARGETS)({ ...enough, stalled: enough.stalled - 1 }).verdict).not.toBe(
            'meets',
          );
        }
      }),
    );
  });

  test('testTargets() is never moved towards `meets` by one more error', () => {
    fc.assert(
      fc.property(counts(), (c) => {
        fc.pre(c.missed < c.stalled && c.alarmed < c.flowing);
        const test0 = RiskControl.testTargets(TARGETS)(c);
        for (const worse of [
          { ...c, missed: c.missed + 1 },
          { ...c, alarmed: c.alarmed + 1 },
        ]) {
          const test1 = RiskControl.testTargets(TARGETS)(worse);
          expect(test1.pMeets).toBeGreaterThanOrEqual(test0.pMeets);
          expect(test1.pFails).toBeLessThanOrEqual(test0.pFails);
        }
      }),
    );
  });

  test('testTargets() agrees with the number of errors the planner allows', () => {
    fc.assert(
      fc.property(counts(), (c) => {
        const allowed = (n: number, rate: number): number => maxErrorsAllowed({ n, rate, delta: 0.05 }) ?? -1;
        const meets = c.missed <= allowed(c.stalled, 0.01) && c.alarmed <= allowed(c.flowing, 0.05);
        expect(RiskControl.testTargets(TARGETS)(c).verdict === 'meets').toBe(meets);
      }),
    );
  });
});

describe('certifyPath()', () => {
  /** Gold of 500 stalled and 300 flowing stacks, and a path on which errors are as stated. */
  const gold = stratified(Array.from({ length: 800 }, (_, i) => (i < 500 ? 1 : 0)));
  const erring = ({ missed, alarmed }: { missed: number; alarmed: number }): Uint8Array =>
    Uint8Array.from(gold.label, (y, i) => {
      if (y === 1) return i < missed ? 0 : 1;
      return i - 500 < alarmed ? 1 : 0;
    });
  const errors = fc.record({ missed: fc.nat(6), alarmed: fc.nat(20) });

  test('certifies a prefix of the path by its targets alone, and names what stands in the way', () => {
    fc.assert(
      fc.property(fc.array(errors, { minLength: 1, maxLength: 8 }), (path) => {
        const certified = RiskControl.certifyPath({ gold, targets: TARGETS })({ decisions: path.map(erring) });
        const passes = path.map(
          ({ missed, alarmed }) =>
            RiskControl.testTargets(TARGETS)({ stalled: 500, missed, flowing: 300, alarmed }).verdict === 'meets',
        );
        const prefix = passes.indexOf(false) < 0 ? path.length : passes.indexOf(false);
        if (E.isRight(certified)) {
          expect(certified.right.certified).toEqual(Array.from({ length: prefix }, (_, j) => j));
          expect(certified.right.candidate).toBe(prefix - 1);
        } else {
          expect(prefix).toBe(0);
          expect(certified.left._tag).toBe('PathNotCertified');
          if (certified.left._tag === 'PathNotCertified') {
            expect(certified.left.goldNeeded.stalled + certified.left.goldNeeded.flowing).toBeGreaterThan(0);
          }
        }
      }),
    );
  });

  test('leaves stacks nobody saw out of the evidence, and counts those left to an expert', () => {
    const unseen = erring({ missed: 0, alarmed: 0 }).map((y, i) => (i < 202 ? RiskControl.UNSEEN : y));
    const refused = RiskControl.certifyPath({ gold, targets: TARGETS })({ decisions: [unseen] });
    expect(E.isLeft(refused) && refused.left._tag === 'PathNotCertified' && refused.left.goldNeeded).toEqual({
      stalled: 1,
      flowing: 0,
    });
    const expert = erring({ missed: 0, alarmed: 0 }).map((y, i) => (i < 202 ? RiskControl.UNDECIDED : y));
    const certified = RiskControl.certifyPath({ gold, targets: TARGETS })({ decisions: [expert] });
    expect(E.isRight(certified) && certified.right.undecided).toEqual({ stalled: 202, flowing: 0 });
  });

  test('chooses the cheapest certified candidate', () => {
    const fine = erring({ missed: 0, alarmed: 0 });
    const decisions = [fine, fine, fine, erring({ missed: 90, alarmed: 0 })];
    const certified = RiskControl.certifyPath({ gold, targets: TARGETS })({
      decisions,
      cost: Float64Array.of(3, 1, 2, 0.1),
    });
    expect(E.isRight(certified) && certified.right.candidate).toBe(1);
  });

  /** So many clusters of ten stacks. */
  const mice = (clusters: number): RiskControl.DesignEffect =>
    RiskControl.designEffect({
      value: Array.from({ length: 10 * clusters }, (_, i) => i % 7),
      cluster: Array.from({ length: 10 * clusters }, (_, i) => `m${i % clusters}`),
    });

  test('refuses, with every reason', () => {
    const refused = RiskControl.certifyPath({
      gold: { ...gold, chosen: 'crowd' },
      targets: TARGETS,
      circumstances: {
        fittedOn: ['s3', 'elsewhere'],
        scores: 'cross-fitted',
        clusters: { stalled: mice(19), flowing: mice(20) },
        stopRule: { replayed: 'a', deployed: 'b' },
      },
    })({ decisions: [erring({ missed: 0, alarmed: 0 })] });
    expect(E.isLeft(refused) && refused.left._tag === 'Refused' && refused.left.refusals.map((r) => r._tag)).toEqual([
      'GoldUnsuitable',
      'GoldFitted',
      'ScoresCrossFitted',
      'ClustersTooFew',
      'StopRuleDiffers',
    ]);
    const enough = { stalled: mice(20), flowing: mice(20) };
    expect(RiskControl.refusals({ clusters: enough, fittedOn: ['elsewhere'] })(gold)).toEqual([]);
  });
});

test('divideTargets() gives away exactly the risk and the failure there are', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (crowdShare) => {
      const { automatic, crowd } = RiskControl.divideTargets({ crowdShare })(TARGETS);
      for (const key of ['sensitivity', 'specificity', 'confidence'] as const) {
        expect(1 - automatic[key] + (1 - crowd[key])).toBeCloseTo(1 - TARGETS[key], 12);
      }
    }),
  );
});

describe('non-inferiority', () => {
  /** P(harmed = b, helped = c) of n pairs. */
  const mass = (n: number, b: number, c: number, harm: number, help: number): number =>
    choose(n, b) * choose(n - b, c) * harm ** b * help ** c * (1 - harm - help) ** (n - b - c);

  test('netDiscordanceAtMost() is the sum over all outcomes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: -14, max: 14 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (n, t, harm, help) => {
          let sum = 0;
          for (let b = 0; b <= n; b++) {
            for (let c = 0; b + c <= n; c++) if (b - c <= t) sum += mass(n, b, c, harm, help);
          }
          expect(netDiscordanceAtMost({ t, n, harm, help })).toBeCloseTo(Math.min(1, sum), 10);
        },
      ),
    );
  });

  test('pairedPValue() is at least the probability under every admissible disagreement', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 400 }),
        fc.nat(8),
        fc.nat(8),
        fc.double({ min: -0.1, max: 0.2, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, harmed, helped, margin, where) => {
          const p = pairedPValue({ n, harmed, helped }, { margin, delta: 0.05 });
          // Any ψ up to its bound; the rise in error rate may exceed the margin, too.
          const most = hypotheticalDiscordance(n, harmed + helped);
          const discordance = Math.abs(margin) + where * (most - Math.abs(margin));
          fc.pre(discordance >= Math.abs(margin) && discordance <= 1);
          const help = (discordance - margin) / 2;
          const t = harmed - helped;
          expect(p + 1e-12).toBeGreaterThanOrEqual(netDiscordanceAtMost({ t, n, harm: help + margin, help }));
        },
      ),
    );
  });

  test('the test errs with probability at most delta, summed over all outcomes', () => {
    const n = 45;
    for (const margin of [0.1, 0.2]) {
      const refuted: (readonly [number, number])[] = [];
      for (let b = 0; b <= n; b++) {
        for (let c = 0; b + c <= n; c++) {
          if (pairedPValue({ n, harmed: b, helped: c }, { margin, delta: 0.05 }) <= 0.05) refuted.push([b, c]);
        }
      }
      expect(refuted.length).toBeGreaterThan(0);
      for (let help = 0; help <= (1 - margin) / 2; help += 0.02) {
        const error = refuted.reduce((sum, [b, c]) => sum + mass(n, b, c, help + margin, help), 0);
        expect(error).toBeLessThanOrEqual(0.05);
      }
    }
  });

  test('pairedBound() is above the observed difference, and rises with harm', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 900 }), fc.nat(10), fc.nat(10), (n, harmed, helped) => {
        const bound = pairedBound({ n, harmed, helped }, 0.05);
        expect(bound).toBeGreaterThan((harmed - helped) / n);
        expect(bound).toBeLessThanOrEqual(1);
        expect(pairedBound({ n, harmed: harmed + 1, helped }, 0.05)).toBeGreaterThanOrEqual(bound);
      }),
      { numRuns: 40 },
    );
  });

  test('equal procedures are neither better nor shown to be worse; goldNeeded is what shows non-inferiority', () => {
    const margins = { sensitivity: 0.01, specificity: 0.02 };
    const size = (n: number) => stratified(Array.from({ length: 2 * n }, (_, i) => (i < n ? 1 : 0)));
    const compare = (n: number) => {
      const same = Uint8Array.from(size(n).label);
      return RiskControl.nonInferiority({ gold: size(n), margins })({ tandem: same, crowd: same });
    };
    const small = compare(100);
    if (E.isLeft(small)) throw small.left;
    expect(small.right.verdict).toBe('undetermined');
    expect(small.right.missedStalls.pSuperior).toBe(1);
    const { goldNeeded } = small.right.missedStalls;
    const enough = compare(100 + goldNeeded);
    expect(E.isRight(enough) && enough.right.verdict).toBe('non-inferior');
    const short = compare(99 + goldNeeded);
    expect(E.isRight(short) && short.right.verdict).toBe('undetermined');
  });

  test('exchanging the procedures negates the interval', () => {
    const gold = stratified(Array.from({ length: 600 }, (_, i) => (i < 300 ? 1 : 0)));
    const a = Uint8Array.from(gold.label, (y, i) => (i % 40 === 0 ? 1 - y : y));
    const b = Uint8Array.from(gold.label, (y, i) => (i % 90 === 1 ? 1 - y : y));
    const margins = { sensitivity: 0.05, specificity: 0.05 };
    const one = RiskControl.nonInferiority({ gold, margins })({ tandem: a, crowd: b });
    const other = RiskControl.nonInferiority({ gold, margins })({ tandem: b, crowd: a });
    if (E.isLeft(one) || E.isLeft(other)) throw new Error('refused');
    expect(one.right.missedStalls.atMost).toBe(-other.right.missedStalls.atLeast);
    expect(one.right.falseAlarms.atLeast).toBe(-other.right.falseAlarms.atMost);
  });
});

/** The Clopper–Pearson bound at γ = δ/10 by bisection on the tail, independent of the quantile function. */
const hypotheticalDiscordance = (n: number, hits: number): number => {
  let low = hits / n;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (binomialCdf({ k: hits, n, p: middle }) > 0.005) low = middle;
    else high = middle;
  }
  return low;
};

describe('datasets', () => {
  test('a dataset more that surely meets never takes a reading away', () => {
    fc.assert(
      fc.property(fc.array(counts(), { minLength: 1, maxLength: 10 }), (rows) => {
        const datasets = rows.map((row, i) => ({ dataset: `d${i}`, ...row }));
        const sure = { dataset: 'sure', stalled: 5000, missed: 0, flowing: 5000, alarmed: 0 };
        const across = RiskControl.acrossDatasets({ targets: TARGETS });
        const before = across(datasets);
        const after = across([...datasets, sure]);
        expect(after.partialConjunction.bonferroni.atLeast).toBeGreaterThan(
          before.partialConjunction.bonferroni.atLeast,
        );
        expect(after.population.certified).toBe(before.population.certified + 1);
        expect(after.point.reached).toBe(before.point.reached + 1);
        expect(after.population.atLeast).toBeLessThanOrEqual(after.population.certified / after.population.of);
      }),
    );
  });

  test('reading C shows .95 with 59 of 59 and 93 of 94, and not with 58 of 58 or 92 of 93', () => {
    const sure = { stalled: 5000, missed: 0, flowing: 5000, alarmed: 0 };
    const bad = { stalled: 5000, missed: 400, flowing: 5000, alarmed: 0 };
    const shown = (good: number, failing: number): boolean =>
      RiskControl.acrossDatasets({ targets: TARGETS })(
        Array.from({ length: good + failing }, (_, i) => ({ dataset: `d${i}`, ...(i < good ? sure : bad) })),
      ).population.shown;
    expect([shown(59, 0), shown(58, 0), shown(93, 1), shown(92, 1)]).toEqual([true, false, true, false]);
  });

  test('twenty stalled stacks reach .99 in reading A only without a miss', () => {
    const rows = [0, 1].map((missed) => ({ dataset: `${missed}`, stalled: 20, missed, flowing: 100, alarmed: 5 }));
    expect(RiskControl.acrossDatasets({ targets: TARGETS })(rows).point).toEqual({
      reading: 'point',
      reached: 1,
      judged: 2,
      share: 0.5,
    });
  });
});

describe('strata', () => {
  const rows = (of: Readonly<Record<string, number>>) => {
    const stratumOf = Object.entries(of).flatMap(([stratum, n]) => Array.from({ length: 2 * n }, () => stratum));
    const gold = stratified(stratumOf.map((_, i) => (i % 2 === 0 ? 1 : 0)));
    const posterior = {
      stackIds: gold.stackIds,
      logOdds: Float64Array.from(gold.label, (y, i) => (y === 1 ? 2 + i / 1e4 : -2 - i / 1e4)),
      votes: new Uint32Array(stratumOf.length).fill(1),
      scores: new Uint32Array(stratumOf.length),
    };
    const certified = Thresholds.certifyStrata({ gold, targets: TARGETS, stratumOf, claim: 'all' })(posterior);
    if (E.isLeft(certified)) throw new Error(certified.left.reason);
    return certified.right;
  };

  test('each stands alone where it can; δ is divided among all claims', () => {
    const { strata, confidenceOfEach } = rows({ a: 500, b: 500 });
    expect(strata.map(({ claim }) => claim)).toEqual(['this stratum', 'this stratum']);
    expect(confidenceOfEach).toBeCloseTo(0.975, 12);
    for (const { point } of strata) expect(point?.certificate.targets.confidence).toBeCloseTo(0.975, 12);
  });

  test('those left over are pooled, with a claim that says so', () => {
    const { strata } = rows({ a: 600, b: 300, c: 300 });
    expect(strata.map(({ claim }) => claim)).toEqual([
      'this stratum',
      'strata without their own, together',
      'strata without their own, together',
    ]);
    expect(strata[1].goldNeeded.stalled).toBeGreaterThan(0);
  });

  test('with too little of everything people decide', () => {
    const { strata } = rows({ a: 40, b: 60 });
    expect(strata.map(({ claim, point }) => [claim, point])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  test('designEffect() never says that clusters make gold worth more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.nat(6)), { minLength: 2, maxLength: 60 }),
        (stacks) => {
          const effect = RiskControl.designEffect({
            value: stacks.map(([value]) => value),
            cluster: stacks.map(([, cluster]) => `m${cluster}`),
          });
          if (effect.effective !== undefined) expect(effect.effective).toBeLessThanOrEqual(stacks.length);
          if (effect.icc !== undefined) expect(effect.icc).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
    );
  });
});

describe('drift', () => {
  test('evidence of drift has mean 1 at the limit and at most 1 below it: it is a fair bet', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(0.01, 0.05, 0.2),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (n, limit, part) => {
          const watch = Drift.ofErrors({ targets: { ...TARGETS, sensitivity: 1 - limit } });
          const mean = (p: number): number => {
            let sum = 0;
            for (let k = 0; k <= n; k++) {
              const mass = binomialCdf({ k, n, p }) - binomialCdf({ k: k - 1, n, p });
              if (mass < 1e-13) continue;
              const { missedStalls } = watch({ stalled: n, missed: k, flowing: 0, alarmed: 0 });
              sum += mass * Math.exp(missedStalls.logEvidence);
            }
            return sum;
          };
          // Far tails are left out of the sum, so it may fall short of 1, never exceed it.
          expect(mean(limit)).toBeLessThanOrEqual(1 + 1e-6);
          expect(mean(limit * part)).toBeLessThanOrEqual(1 + 1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('evidence of drift starts at nothing and is a mixture of likelihood ratios', () => {
    const watch = Drift.ofErrors({ targets: TARGETS });
    const { missedStalls } = watch({ stalled: 0, missed: 0, flowing: 0, alarmed: 0 });
    expect(missedStalls.logEvidence).toBeCloseTo(0, 12);
    // b = 50 at limit .01: the prior density above it is 50 (1 − r)^49 / .99^50; by Simpson's rule.
    const [n, k, p, b] = [60, 4, 0.01, 50];
    const at = (r: number): number =>
      ((b * (1 - r) ** (b - 1)) / (1 - p) ** b) * (r / p) ** k * ((1 - r) / (1 - p)) ** (n - k);
    const steps = 20000;
    let integral = at(p) + at(1);
    for (let i = 1; i < steps; i++) integral += (i % 2 === 1 ? 4 : 2) * at(p + ((1 - p) * i) / steps);
    integral *= (1 - p) / steps / 3;
    const found = watch({ stalled: n, missed: k, flowing: 0, alarmed: 0 }).missedStalls.logEvidence;
    expect(found).toBeCloseTo(Math.log(integral), 8);
  });

  test('ofScores() sees no distance between equal samples, and ties are no distance', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 }), (levels) => {
        const sample = Float64Array.from(levels);
        const drift = Drift.ofScores({ at: [1] })({ reference: sample, now: sample.slice().reverse() });
        expect([drift.distance, drift.alarm]).toEqual([0, false]);
      }),
    );
  });
});

describe('prevalence', () => {
  test('hypergeometricTails() are sums of counted draws, and the bounds cover every population', () => {
    for (let of = 1; of <= 16; of += 3) {
      for (let drawn = 0; drawn <= of; drawn++) {
        const bounds = Array.from({ length: drawn + 1 }, (_, hits) =>
          hypergeometricBounds({ hits, drawn, population: of, delta: 0.1 }),
        );
        for (let marked = 0; marked <= of; marked++) {
          const mass = (k: number): number => (choose(marked, k) * choose(of - marked, drawn - k)) / choose(of, drawn);
          let missedBelow = 0;
          let missedAbove = 0;
          let below = 0;
          for (let k = 0; k <= drawn; k++) {
            const { atMost, atLeast } = hypergeometricTails({ k, drawn, marked, population: of });
            expect(atLeast).toBeCloseTo(1 - below, 10);
            below += mass(k);
            expect(atMost).toBeCloseTo(below, 10);
            if (mass(k) > 0 && bounds[k].lower > marked) missedBelow += mass(k);
            if (mass(k) > 0 && bounds[k].upper < marked) missedAbove += mass(k);
          }
          expect(missedBelow).toBeLessThanOrEqual(0.1 + 1e-12);
          expect(missedAbove).toBeLessThanOrEqual(0.1 + 1e-12);
        }
      }
    }
  });

  test('prevalence() keeps its figure inside its interval, and its counts reconcile', () => {
    fc.assert(
      fc.property(counts(), fc.array(fc.tuple(fc.nat(9000), fc.nat(60)), { minLength: 1, maxLength: 5 }), (c, rows) => {
        const strata = rows.map(([extra, calledStalled], i) => ({
          stratum: `m${i}`,
          stacks: extra + calledStalled,
          calledStalled,
        }));
        const found = Prevalence.corrected({
          sensitivity: Evaluation.rate({ hits: c.stalled - c.missed, n: c.stalled, confidence: 0.95 }),
          specificity: Evaluation.rate({ hits: c.flowing - c.alarmed, n: c.flowing, confidence: 0.95 }),
        })(strata);
        for (const { estimate, unclamped, interval } of [found.overall, ...found.strata]) {
          if (interval !== undefined) expect(interval.lower).toBeLessThanOrEqual(interval.upper);
          if (estimate === undefined || unclamped === undefined || estimate !== unclamped) continue;
          if (interval === undefined) throw new Error('rates that give a figure in [0, 1] agree with it');
          expect(estimate).toBeGreaterThanOrEqual(interval.lower - 1e-12);
          expect(estimate).toBeLessThanOrEqual(interval.upper + 1e-12);
        }
        expect(found.overall.stacks).toBe(strata.reduce((sum, { stacks }) => sum + stacks, 0));
      }),
    );
  });

  test('prevalence() says nothing where calls say nothing', () => {
    const nothing = Evaluation.rate({ hits: 0, n: 0, confidence: 0.95 });
    const { overall } = Prevalence.corrected({ sensitivity: nothing, specificity: nothing })([
      { stratum: 'm', stacks: 100, calledStalled: 3 },
    ]);
    expect(overall).toEqual({ stacks: 100, calledStalled: 3, apparent: 0.03, interval: { lower: 0, upper: 1 } });
  });

  test('prevalence() has no interval where no prevalence agrees with the rates', () => {
    const rate = (hits: number): Evaluation.Rate => Evaluation.rate({ hits, n: 10_000, confidence: 0.95 });
    const { overall } = Prevalence.corrected({ sensitivity: rate(9000), specificity: rate(9000) })([
      { stratum: 'm', stacks: 10_000, calledStalled: 100 },
    ]);
    expect(overall.interval).toBeUndefined();
    expect([overall.estimate, (overall.unclamped ?? 0) < 0]).toEqual([0, true]);
  });

  test('fromAudit() of a whole audit is the truth, and auditing more of the same narrows it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.nat(4000), (stacks, stalled) => {
        fc.pre(stalled <= stacks);
        const row = { stratum: 'm', called: 'flowing', stacks, audited: stacks, stalled };
        const { overall } = Prevalence.fromAudit()([row]);
        expect(overall.interval).toEqual({ lower: stalled / stacks, upper: stalled / stacks });
        expect(overall.estimate).toBe(stalled / stacks);
      }),
    );
    const upper = (audited: number): number =>
      Prevalence.fromAudit()([{ stratum: 'm', called: 'flowing', stacks: 5000, audited, stalled: 0 }]).overall.interval
        ?.upper ?? 1;
    expect(upper(0)).toBe(1);
    expect(upper(400)).toBeLessThan(upper(200));
  });
});
