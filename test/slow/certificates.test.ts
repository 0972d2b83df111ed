import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import * as StopRule from '../../src/asking/stopRule/index.js';
import { type Random, splitSeed } from '../../src/kernel/random/prng.js';
import { minimalSize } from '../../src/kernel/special/binomial.js';
import { normalCdf, normalQuantile } from '../../src/kernel/special/normal.js';
import * as Drift from '../../src/stages/drift/index.js';
import * as Evaluation from '../../src/stages/evaluation/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Prevalence from '../../src/stages/prevalence/index.js';
import * as RiskControl from '../../src/stages/riskControl/index.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';

/**
 * Every other certificate by simulation: draw gold, certify, compare with the truth, which is known because gold is drawn
 * with replacement from a finite population or from stated rates. Printed beside it: what a naive reading would do.
 */

const REPETITIONS = Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000);
const TARGETS = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
const SEED = 20261124;

const allowed = (delta: number): number => delta + 3 * Math.sqrt((delta * (1 - delta)) / REPETITIONS);
const percent = (n: number): string => `${((100 * n) / REPETITIONS).toFixed(2)} %`;
const report = (name: string, violated: number, delta: number, naive: number, more = ''): void => {
  console.log(
    `${name.padEnd(58)} violated ${percent(violated)} (allowed ${(100 * delta).toFixed(1)} %); naive ${percent(naive)}${more}`,
  );
  expect(violated / REPETITIONS).toBeLessThanOrEqual(allowed(delta));
};
const normal = (random: Random): number => normalQuantile(random() || 0.5);

/** Bin(n, p) by skipping from success to success. */
const binomial = (n: number, p: number, random: Random): number => {
  if (p <= 0) return 0;
  if (p >= 1) return n;
  const logMiss = Math.log1p(-p);
  let hits = 0;
  for (let place = 0; ; hits++) {
    place += 1 + Math.floor(Math.log(random() || 0.5) / logMiss);
    if (place > n) return hits;
  }
};

/** People and model see the same hard stacks: everything below shares one random effect per stack. */
interface Population {
  readonly score: Float64Array;
  readonly crowd: Uint8Array;
}

interface Setting {
  readonly name: string;
  /** Distance between the classes for the model. */
  readonly distance: number;
  /** Scores are rounded to multiples of this; 0 leaves them continuous. */
  readonly grid: number;
  /** Correlation of a vote with the effect of its stack. */
  readonly correlation: number;
  /** Votes per stack, a majority decides. */
  readonly votes: number;
}

const SIZE = 60_000;

const population = (setting: Setting, label: number, random: Random): Population => {
  const score = new Float64Array(SIZE);
  const crowd = new Uint8Array(SIZE);
  for (let s = 0; s < SIZE; s++) {
    const effect = normal(random);
    const z = label * setting.distance + 0.4 * effect + Math.sqrt(1 - 0.16) * normal(random);
    score[s] = setting.grid === 0 ? z : Math.round(z / setting.grid) * setting.grid;
    let stalled = 0;
    for (let v = 0; v < setting.votes; v++) {
      const own = Math.sqrt(1 - setting.correlation ** 2) * normal(random);
      stalled += (label === 1 ? 1.9 : -1.6) + setting.correlation * effect + own > 0 ? 1 : 0;
    }
    crowd[s] = 2 * stalled > setting.votes ? 1 : 0;
  }
  return { score, crowd };
};

const SETTINGS: readonly Setting[] = [
  { name: 'challenge-grade model, correlated votes', distance: 3.5, grid: 0, correlation: 0.65, votes: 15 },
  { name: 'independent votes', distance: 3.5, grid: 0, correlation: 0, votes: 5 },
  { name: 'shifted model', distance: 2.4, grid: 0, correlation: 0.65, votes: 15 },
  { name: 'coarse ties', distance: 3.5, grid: 0.5, correlation: 0.65, votes: 15 },
];
/** From the crowd alone to the model alone: the thresholds close in on the middle of the unshifted model. */
const PATH = Array.from({ length: 24 }, (_, j) => ({ low: -2 + 0.18 * j, high: 6 - 0.15 * j }));
const decide = ({ score, crowd }: Population, s: number, { low, high }: { low: number; high: number }): number =>
  score[s] < low ? 0 : score[s] > high ? 1 : crowd[s];
const shareWrong = (p: Population, band: { low: number; high: number }, wrong: number): number => {
  let errors = 0;
  for (let s = 0; s < SIZE; s++) errors += decide(p, s, band) === wrong ? 1 : 0;
  return errors / SIZE;
};

describe(`end to end over ${REPETITIONS} calibrations`, () => {
  const [stalledGold, flowingGold] = [700, 900];
  const stackIds = Array.from({ length: stalledGold + flowingGold }, (_, i) => `s${i}`);
  const gold = Gold.as('tune')({
    stackIds,
    label: Uint8Array.from(stackIds, (_, i) => (i < stalledGold ? 1 : 0)),
    chosen: 'stratified',
  });

  test.each(SETTINGS.map((setting) => [setting.name, setting] as const))('%s', (_, setting) => {
    const random = splitSeed(SEED, setting.name);
    const stalled = population(setting, 1, random);
    const flowing = population(setting, 0, random);
    const truth = PATH.map((band) => ({ missed: shareWrong(stalled, band, 0), alarmed: shareWrong(flowing, band, 1) }));
    // The worst case: a target that one candidate misses by nothing, those before it meet, and the crowd meets easily.
    const first = truth.findIndex(({ missed }) => missed >= Math.max(0.015, 3 * truth[0].missed));
    const targets = {
      sensitivity: 1 - (truth[first].missed - 1e-9),
      specificity: 1 - Math.max(0.03, 3 * truth[0].alarmed),
      confidence: 0.95,
    };
    const isBad = truth.map((t) => t.missed > 1 - targets.sensitivity || t.alarmed > 1 - targets.specificity);
    const divided = RiskControl.divideTargets()(targets);
    const violated = { sequence: 0, holm: 0, apart: 0, naive: 0 };
    const certified = { sequence: 0, apart: 0 };
    const decisions = PATH.map(() => new Uint8Array(stackIds.length));
    const logOdds = new Float64Array(stackIds.length);
    const crowd = new Uint8Array(stackIds.length);
    for (let r = 0; r < REPETITIONS; r++) {
      for (let g = 0; g < stackIds.length; g++) {
        const from = g < stalledGold ? stalled : flowing;
        const s = Math.floor(random() * SIZE);
        for (let j = 0; j < PATH.length; j++) decisions[j][g] = decide(from, s, PATH[j]);
        logOdds[g] = from.score[s];
        crowd[g] = from.crowd[s];
      }
      for (const testing of ['fixed-sequence', 'holm'] as const) {
        const found = RiskControl.certifyPath({ gold, targets, testing })({ decisions });
        if (E.isLeft(found)) continue;
        if (testing === 'holm') violated.holm += found.right.certified.some((j) => isBad[j]) ? 1 : 0;
        else {
          certified.sequence++;
          violated.sequence += found.right.certified.some((j) => isBad[j]) ? 1 : 0;
        }
      }
      const ones = new Uint32Array(stackIds.length).fill(1);
      const automatic = Thresholds.certify({ gold, targets: divided.automatic })({
        stackIds,
        logOdds,
        votes: ones,
        scores: ones,
      });
      const people = RiskControl.certifyPath({ gold, targets: divided.crowd })({ decisions: [crowd] });
      if (E.isRight(automatic) && E.isRight(people)) {
        const band = { low: automatic.right.flowingBelow ?? -99, high: automatic.right.stalledAbove ?? 99 };
        certified.apart++;
        violated.apart +=
          shareWrong(stalled, band, 0) > 1 - targets.sensitivity ||
          shareWrong(flowing, band, 1) > 1 - targets.specificity
            ? 1
            : 0;
      }
      // As for the certificates: is a candidate among those that meet the targets on gold that does not in truth?
      const naive = decisions.some((row, j) => {
        if (!isBad[j]) return false;
        let [missed, alarmed] = [0, 0];
        for (let g = 0; g < row.length; g++) {
          if (g < stalledGold) missed += row[g] === 0 ? 1 : 0;
          else alarmed += row[g];
        }
        return missed <= (1 - targets.sensitivity) * stalledGold && alarmed <= (1 - targets.specificity) * flowingGold;
      });
      violated.naive += naive ? 1 : 0;
    }
    const rates = `, targets ${targets.sensitivity.toFixed(4)}/${targets.specificity.toFixed(4)}, certified ${percent(certified.sequence)}`;
    report(`${setting.name}: fixed sequence`, violated.sequence, 0.05, violated.naive, rates);
    report(`${setting.name}: Holm on the grid`, violated.holm, 0.05, violated.naive);
    report(
      `${setting.name}: divided with the crowd`,
      violated.apart,
      0.05,
      violated.naive,
      `, certified ${percent(certified.apart)}`,
    );
  });
});

describe(`non-inferiority over ${REPETITIONS} calibrations`, () => {
  test.each([
    { n: 400, margin: 0.01, discordance: 0.012 },
    { n: 400, margin: 0.01, discordance: 0.05 },
    { n: 1000, margin: 0.01, discordance: 0.02 },
    { n: 1000, margin: 0.02, discordance: 0.3 },
    { n: 3000, margin: 0.005, discordance: 0.02 },
  ])('n = $n, harm at the margin $margin, disagreement $discordance', ({ n, margin, discordance }) => {
    const random = splitSeed(SEED, `paired ${n} ${margin} ${discordance}`);
    // Flowing gold on which both agree: the verdict rests on stalled gold.
    const stackIds = Array.from({ length: n + 2000 }, (_, i) => `s${i}`);
    const label = Uint8Array.from(stackIds, (_, i) => (i < n ? 1 : 0));
    const gold = Gold.as('tune')({ stackIds, label, chosen: 'stratified' });
    const harm = (discordance + margin) / 2;
    let [violated, covered, naive, superior] = [0, 0, 0, 0];
    for (let r = 0; r < REPETITIONS; r++) {
      const tandem = label.slice();
      const crowd = label.slice();
      let net = 0;
      for (let g = 0; g < n; g++) {
        const u = random();
        if (u < harm) {
          tandem[g] = 0;
          net++;
        } else if (u < discordance) {
          crowd[g] = 0;
          net--;
        }
      }
      const margins = { sensitivity: margin, specificity: 0.01 };
      const found = RiskControl.nonInferiority({ gold, margins })({ tandem, crowd });
      if (E.isLeft(found)) throw found.left;
      violated += found.right.verdict === 'non-inferior' ? 1 : 0;
      covered += found.right.missedStalls.atMost < margin - 1e-6 ? 1 : 0;
      superior += found.right.missedStalls.pSuperior <= 0.05 ? 1 : 0;
      naive += net / n < margin ? 1 : 0;
    }
    report(`n ${n}, margin ${margin}, disagreement ${discordance}`, violated, 0.05, naive);
    expect(covered / REPETITIONS).toBeLessThanOrEqual(allowed(0.05));
    expect(superior / REPETITIONS).toBeLessThanOrEqual(allowed(0.05));
  });
});

test(`strata and pooled fallback over ${REPETITIONS} calibrations`, () => {
  const random = splitSeed(SEED, 'strata');
  // Two large strata, two small ones that are pooled; the models differ from stratum to stratum.
  const strata = [
    { name: 'a', distance: 3.5, offset: 0, stalled: 600, flowing: 800 },
    { name: 'b', distance: 2.5, offset: 0.7, stalled: 560, flowing: 600 },
    { name: 'c', distance: 3, offset: -0.5, stalled: 250, flowing: 300 },
    { name: 'd', distance: 2, offset: 0.3, stalled: 350, flowing: 300 },
  ];
  const rows = strata.flatMap((of) => [
    ...Array.from({ length: of.stalled }, () => ({ of, y: 1 })),
    ...Array.from({ length: of.flowing }, () => ({ of, y: 0 })),
  ]);
  const stackIds = rows.map((_, i) => `s${i}`);
  const gold = Gold.as('tune')({ stackIds, label: Uint8Array.from(rows, ({ y }) => y), chosen: 'stratified' });
  const stratumOf = rows.map(({ of }) => of.name);
  const ones = new Uint32Array(rows.length).fill(1);
  const risks = (names: readonly string[], low: number, high: number): { missed: number; alarmed: number } => {
    const among = strata.filter(({ name }) => names.includes(name));
    const sum = (key: 'stalled' | 'flowing', of: (s: (typeof strata)[number]) => number): number =>
      among.reduce((total, s) => total + s[key] * of(s), 0) / among.reduce((total, s) => total + s[key], 0);
    return {
      missed: sum('stalled', (s) => normalCdf(low - s.offset - s.distance)),
      alarmed: sum('flowing', (s) => normalCdf(s.offset - high)),
    };
  };
  const tooHigh = ({ missed, alarmed }: { missed: number; alarmed: number }): boolean =>
    missed > 0.01 || alarmed > 0.05;
  let [violated, naive] = [0, 0];
  for (let r = 0; r < REPETITIONS; r++) {
    // Gold of a mixture is drawn from the mixture: the strata of pooled rows are drawn anew, in the same shares.
    const logOdds = Float64Array.from(rows, ({ of, y }) => {
      const from = of.name === 'c' || of.name === 'd' ? pooledStratum(strata, y, random) : of;
      return from.offset + y * from.distance + normal(random);
    });
    const found = Thresholds.certifyStrata({ gold, targets: TARGETS, stratumOf, claim: 'all' })({
      stackIds,
      logOdds,
      votes: ones,
      scores: ones,
    });
    if (E.isLeft(found)) throw found.left;
    const claims = found.right.strata.map(({ stratum, claim, point }) => ({
      names: claim === 'this stratum' ? [stratum] : ['c', 'd'],
      low: point?.flowingBelow ?? Number.NEGATIVE_INFINITY,
      high: point?.stalledAbove ?? Number.POSITIVE_INFINITY,
    }));
    expect(found.right.strata.map(({ claim }) => claim)).toEqual([
      'this stratum',
      'this stratum',
      'strata without their own, together',
      'strata without their own, together',
    ]);
    violated += claims.some(({ names, low, high }) => tooHigh(risks(names, low, high))) ? 1 : 0;
    // Naive: one certified operating point for all, read as if it held in every stratum.
    const pooled = Thresholds.certify({ gold, targets: TARGETS })({ stackIds, logOdds, votes: ones, scores: ones });
    if (E.isLeft(pooled)) throw pooled.left;
    const { flowingBelow = -99, stalledAbove = 99 } = pooled.right;
    naive += strata.some(({ name }) => tooHigh(risks([name], flowingBelow, stalledAbove))) ? 1 : 0;
  }
  report('four strata, claim `all`', violated, 0.05, naive);
});

/** Stratum c or d, as often as gold of this class has them. */
const pooledStratum = <S extends { readonly stalled: number; readonly flowing: number }>(
  strata: readonly S[],
  y: number,
  random: Random,
): S => {
  const key = y === 1 ? 'stalled' : 'flowing';
  const [c, d] = [strata[2], strata[3]];
  return random() * (c[key] + d[key]) < c[key] ? c : d;
};

describe(`many datasets over ${REPETITIONS} calibrations`, () => {
  test.each([
    { name: '36 of 40 meet, 4 just miss', of: 40, meet: 36, badRisk: 0.0101 },
    { name: '57 of 60 meet, 3 just miss', of: 60, meet: 57, badRisk: 0.0101 },
    { name: 'none of 20 meets', of: 20, meet: 0, badRisk: 0.0101 },
  ])('partial conjunction: $name', ({ name, of, meet, badRisk }) => {
    const random = splitSeed(SEED, name);
    const violated = { bonferroni: 0, simes: 0, naive: 0 };
    let shown = 0;
    for (let r = 0; r < REPETITIONS; r++) {
      const datasets = Array.from({ length: of }, (_, i) => ({
        dataset: `d${i}`,
        stalled: 1500,
        missed: binomial(1500, i < meet ? 0.0005 : badRisk, random),
        flowing: 900,
        alarmed: binomial(900, 0.02, random),
      }));
      const found = RiskControl.acrossDatasets({ targets: TARGETS })(datasets);
      shown += found.partialConjunction.simes.atLeast;
      violated.bonferroni += found.partialConjunction.bonferroni.atLeast > meet ? 1 : 0;
      violated.simes += found.partialConjunction.simes.atLeast > meet ? 1 : 0;
      violated.naive += found.point.reached > meet ? 1 : 0;
    }
    report(`${name}: Bonferroni`, violated.bonferroni, 0.05, violated.naive);
    report(
      `${name}: Simes`,
      violated.simes,
      0.05,
      violated.naive,
      `; shown on average ${(shown / REPETITIONS).toFixed(1)}`,
    );
  });

  test.each([
    { of: 60, q: 0.949 },
    { of: 120, q: 0.949 },
    { of: 60, q: 0.6 },
  ])('population: $of datasets, of which $q meet in the long run', ({ of, q }) => {
    const random = splitSeed(SEED, `population ${of} ${q}`);
    let [violated, naive] = [0, 0];
    for (let r = 0; r < REPETITIONS; r++) {
      const datasets = Array.from({ length: of }, (_, i) => ({
        dataset: `d${i}`,
        stalled: 2000,
        missed: binomial(2000, random() < q ? 0.0005 : 0.0101, random),
        flowing: 900,
        alarmed: binomial(900, 0.02, random),
      }));
      const found = RiskControl.acrossDatasets({ targets: TARGETS })(datasets);
      violated += found.population.atLeast > q ? 1 : 0;
      naive += (found.point.share ?? 0) > q ? 1 : 0;
    }
    report(`population, ${of} datasets, q ${q}`, violated, 0.05, naive);
  });
});

describe(`gate and drift over ${REPETITIONS} calibrations`, () => {
  test.each([400, 640, 1200])(
    'a model just beyond the target, looked at after every stack from %i stalls on',
    (first) => {
      const random = splitSeed(SEED, `gate ${first}`);
      const growing = StopRule.lookThenBet({ limit: 0.01, delta: 0.05, goldAtFirstLook: first });
      const enoughFor = Array.from({ length: 120 }, (_, errors) => minimalSize({ errors, rate: 0.01, delta: 0.05 }));
      let [violated, naive] = [0, 0];
      for (let r = 0; r < REPETITIONS; r++) {
        const errors = Uint8Array.from({ length: 4000 }, () => Number(random() < 0.0101));
        violated += StopRule.follow(growing)(errors).shownAt === undefined ? 0 : 1;
        let missed = 0;
        naive += Number(
          errors.some((one, i) => {
            missed += one;
            return i + 1 >= first && i + 1 >= enoughFor[missed];
          }),
        );
      }
      report(`gate, looked at after every stack from ${first} stalls on`, violated, 0.05, naive);
    },
  );

  test.each([
    { key: 'stalled', limit: 0.01, horizon: 4000 },
    { key: 'flowing', limit: 0.05, horizon: 2000 },
  ] as const)('drift of errors among $key gold', ({ key, limit, horizon }) => {
    const falseAlarm = 0.05;
    const watch = Drift.ofErrors({ targets: TARGETS, falseAlarm });
    const at = (n: number, errors: number): boolean =>
      watch(
        key === 'stalled'
          ? { stalled: n, missed: errors, flowing: 0, alarmed: 0 }
          : { stalled: 0, missed: 0, flowing: n, alarmed: errors },
      ).alarm;
    // Evidence rises with errors and falls with the rest, so the fewest errors that alarm never fall with n.
    const alarmFrom = new Uint32Array(horizon + 1).fill(1);
    for (let n = 1; n <= horizon; n++) {
      let errors = alarmFrom[n - 1];
      while (errors <= n && !at(n, errors)) errors++;
      alarmFrom[n] = errors;
    }
    const random = splitSeed(SEED, `drift ${key}`);
    const naiveFrom = Array.from({ length: horizon / 100 + 1 }, (_, i) => {
      for (let errors = 1; ; errors++) {
        const counts =
          key === 'stalled'
            ? { stalled: 100 * i, missed: errors, flowing: 0, alarmed: 0 }
            : { stalled: 0, missed: 0, flowing: 100 * i, alarmed: errors };
        if (i === 0 || RiskControl.testTargets(TARGETS)(counts).pFails <= 2 * 0.05) return errors;
      }
    });
    /** When the watch alarms, if it does; and whether the 95 % binomial test every hundred gold stacks would. */
    const run = (p: number): { readonly after: number; readonly naive: boolean } => {
      let errors = 0;
      let naive = false;
      let after = Number.POSITIVE_INFINITY;
      for (let n = 1; n <= horizon; n++) {
        errors += random() < p ? 1 : 0;
        if (n % 100 === 0) naive ||= errors >= naiveFrom[n / 100];
        if (after > n && errors >= alarmFrom[n]) after = n;
      }
      return { after, naive };
    };
    let [violated, naive] = [0, 0];
    for (let r = 0; r < REPETITIONS; r++) {
      const ended = run(limit);
      violated += Number.isFinite(ended.after) ? 1 : 0;
      naive += ended.naive ? 1 : 0;
    }
    const delay = (factor: number): string => {
      const delays = Float64Array.from({ length: 401 }, () => run(factor * limit).after).sort();
      return `${factor}× after ${delays[200]}`;
    };
    report(
      `drift of errors, ${key}, ${horizon} gold, at the limit`,
      violated,
      falseAlarm / 2,
      naive,
      `; found (median gold): ${[2, 3, 5].map(delay).join(', ')}`,
    );
  });

  test.each([
    { name: 'continuous', grid: 0 },
    { name: 'ties', grid: 0.5 },
  ])('drift of scores, none there, $name', ({ name, grid }) => {
    const random = splitSeed(SEED, `scores ${name}`);
    const sample = (n: number, rare: number): Float64Array =>
      Float64Array.from({ length: n }, () => {
        const z = normal(random) + (random() < rare ? 3.5 : 0);
        return grid === 0 ? z : Math.round(z / grid) * grid;
      });
    const falseAlarm = 0.05;
    const watch = Drift.ofScores({ at: [1, 2.5], falseAlarm });
    let [violated, naive, found, foundWhole] = [0, 0, 0, 0];
    for (let r = 0; r < REPETITIONS; r++) {
      const drift = watch({ reference: sample(1500, 0.01), now: sample(600, 0.01) });
      violated += drift.alarm ? 1 : 0;
      naive += drift.tails.some(({ pValue }) => pValue <= falseAlarm) || drift.distance > 0.04 ? 1 : 0;
      if (r % 10 === 0) {
        const shifted = watch({ reference: sample(1500, 0.01), now: sample(600, 0.06) });
        found += shifted.alarm ? 10 : 0;
        foundWhole += shifted.distance > shifted.alarmAbove ? 10 : 0;
      }
    }
    report(
      `drift of scores, none there, ${name}`,
      violated,
      falseAlarm,
      naive,
      `; stalled scores 1 % → 6 %: found ${percent(found)}, by the distance alone ${percent(foundWhole)}`,
    );
  });
});

describe(`prevalence over ${REPETITIONS} calibrations`, () => {
  test.each([
    { pi: 0.01, se: 0.9, sp: 0.993, stacks: 6000, gold: 500 },
    { pi: 0.003, se: 0.99, sp: 0.95, stacks: 20_000, gold: 1000 },
    { pi: 0, se: 0.95, sp: 0.99, stacks: 3000, gold: 300 },
    { pi: 0.02, se: 0.99, sp: 1, stacks: 3000, gold: 300 },
  ])('Rogan–Gladen: π $pi, Se $se, Sp $sp', ({ pi, se, sp, stacks, gold }) => {
    const random = splitSeed(SEED, `rogan ${pi} ${se} ${sp}`);
    let [violated, naive, width] = [0, 0, 0];
    for (let r = 0; r < REPETITIONS; r++) {
      const q = pi * se + (1 - pi) * (1 - sp);
      const calledStalled = binomial(stacks, q, random);
      const sensitivity = Evaluation.rate({ hits: binomial(gold, se, random), n: gold, confidence: 0.95 });
      const specificity = Evaluation.rate({ hits: binomial(gold, sp, random), n: gold, confidence: 0.95 });
      const { overall } = Prevalence.corrected({ sensitivity, specificity })([{ stratum: 'm', stacks, calledStalled }]);
      const { interval } = overall;
      violated += interval === undefined || interval.lower > pi || interval.upper < pi ? 1 : 0;
      width += interval === undefined ? 0 : interval.upper - interval.lower;
      // Naive: the uncorrected share called stalled with its exact interval.
      const raw = Evaluation.rate({ hits: calledStalled, n: stacks, confidence: 0.95 }).interval;
      naive += raw.lower > pi || raw.upper < pi ? 1 : 0;
    }
    report(
      `Rogan–Gladen, π ${pi}, Se ${se}, Sp ${sp}`,
      violated,
      0.05,
      naive,
      `; mean width ${(width / REPETITIONS).toFixed(4)}`,
    );
  });

  test.each([
    { stalled: 60, alarmed: 40, caught: 0.85, stacks: 6000, share: 0.05 },
    { stalled: 60, alarmed: 40, caught: 0.5, stacks: 6000, share: 0.2 },
    { stalled: 0, alarmed: 20, caught: 1, stacks: 2000, share: 0.05 },
  ])('audit: $stalled stalled among $stacks, $share of the flowing calls audited', (of) => {
    const random = splitSeed(SEED, `audit ${JSON.stringify(of)}`);
    let [violated, naive, width] = [0, 0, 0];
    const caught = Math.round(of.stalled * of.caught);
    const missed = of.stalled - caught;
    const calledFlowing = of.stacks - caught - of.alarmed;
    const audited = Math.round(calledFlowing * of.share);
    for (let r = 0; r < REPETITIONS; r++) {
      // Draw without replacement: each missed stall is in the audit while places are left.
      let found = 0;
      for (let i = 0; i < missed; i++) found += random() * (calledFlowing - i) < audited - found ? 1 : 0;
      const stalledCalls = caught + of.alarmed;
      const { overall } = Prevalence.fromAudit()([
        { stratum: 'm', called: 'stalled', stacks: stalledCalls, audited: stalledCalls, stalled: caught },
        { stratum: 'm', called: 'flowing', stacks: calledFlowing, audited, stalled: found },
      ]);
      const truth = of.stalled / of.stacks;
      const { lower, upper } = overall.interval ?? { lower: 0, upper: 1 };
      violated += lower > truth + 1e-12 || upper < truth - 1e-12 ? 1 : 0;
      width += upper - lower;
      // Naive: the normal interval of prediction-powered inference.
      const p = found / audited;
      const half = (1.96 * calledFlowing * Math.sqrt((p * (1 - p)) / audited)) / of.stacks;
      naive += Math.abs((overall.estimate ?? 0) - truth) > half + 1e-12 ? 1 : 0;
    }
    report(
      `audit ${100 * of.share} %, ${of.stalled} stalled, ${missed} missed`,
      violated,
      0.05,
      naive,
      `; mean width ${(width / REPETITIONS).toFixed(4)}`,
    );
  });
});
