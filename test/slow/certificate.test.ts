import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { type Random, splitSeed } from '../../src/kernel/random/prng.js';
import { normalCdf, normalQuantile } from '../../src/kernel/special/normal.js';
import type { Posterior } from '../../src/stages/consensus/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Thresholds from '../../src/stages/thresholds/index.js';

/**
 * P(certificate violated) ≤ 1 − confidence, by simulation: draw gold, certify, and compare with the true risks, which are
 * known because scores are normal. Printed beside it: the naive rule that meets the targets on the gold itself.
 */

const REPETITIONS = Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000);
const TARGETS = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };

interface Setting {
  readonly name: string;
  /** Distance between the classes in standard deviations. */
  readonly distance: number;
  /** Scores are rounded to multiples of this; 0 leaves them continuous. */
  readonly grid: number;
  readonly stalled: number;
  readonly flowing: number;
}

const SETTINGS: readonly Setting[] = [
  { name: 'challenge-grade model', distance: 3.5, grid: 0, stalled: 400, flowing: 2000 },
  { name: 'weak model', distance: 1.5, grid: 0, stalled: 400, flowing: 2000 },
  { name: 'smallest gold that certifies', distance: 3, grid: 0, stalled: 309, flowing: 104 },
  { name: 'coarse ties', distance: 3.5, grid: 0.5, stalled: 480, flowing: 600 },
  { name: 'two-valued scores', distance: 3, grid: 4, stalled: 400, flowing: 600 },
  { name: 'crossed bands', distance: 6, grid: 0, stalled: 500, flowing: 1000 },
  { name: 'crossed bands with ties', distance: 6, grid: 0.5, stalled: 500, flowing: 1000 },
];

const onGrid = (z: number, grid: number): number => (grid === 0 ? z : Math.round(z / grid) * grid);

/** P(score < threshold) of a class with this mean. */
const below = (threshold: number, mean: number, grid: number): number => {
  if (grid === 0) return normalCdf(threshold - mean);
  return normalCdf((Math.ceil(threshold / grid - 1e-9) - 0.5) * grid - mean);
};

/** P(score > threshold) of a class with this mean. */
const above = (threshold: number, mean: number, grid: number): number => {
  if (grid === 0) return normalCdf(mean - threshold);
  return normalCdf(mean - (Math.floor(threshold / grid + 1e-9) + 0.5) * grid);
};

const draw = (setting: Setting, random: Random): { posterior: Posterior; gold: Gold.Gold<'tune'> } => {
  const n = setting.stalled + setting.flowing;
  const stackIds = Array.from({ length: n }, (_, i) => `s${i}`);
  const label = Uint8Array.from(stackIds, (_, i) => (i < setting.stalled ? 1 : 0));
  const logOdds = Float64Array.from(label, (y) =>
    onGrid(normalQuantile(random() || 0.5) + y * setting.distance, setting.grid),
  );
  return {
    posterior: { stackIds, logOdds, votes: new Uint32Array(n).fill(1), scores: new Uint32Array(n) },
    gold: Gold.as('tune')({ stackIds, label, chosen: 'stratified' }),
  };
};

describe(`certificates over ${REPETITIONS} calibrations`, () => {
  test.each(SETTINGS.map((setting) => [setting.name, setting] as const))('%s', (_, setting) => {
    const random = splitSeed(20261123, setting.name);
    const violated = { missed: 0, alarmed: 0, either: 0, naive: 0 };
    for (let r = 0; r < REPETITIONS; r++) {
      const { posterior, gold } = draw(setting, random);
      const certified = Thresholds.certify({ gold, targets: TARGETS })(posterior);
      if (E.isLeft(certified)) throw certified.left;
      const { flowingBelow = Number.NEGATIVE_INFINITY, stalledAbove = Number.POSITIVE_INFINITY } = certified.right;
      const missed = below(flowingBelow, setting.distance, setting.grid) > 1 - TARGETS.sensitivity + 1e-12;
      const alarmed = above(stalledAbove, 0, setting.grid) > 1 - TARGETS.specificity + 1e-12;
      violated.missed += missed ? 1 : 0;
      violated.alarmed += alarmed ? 1 : 0;
      violated.either += missed || alarmed ? 1 : 0;
      const stalled = posterior.logOdds.slice(0, setting.stalled).sort();
      const flowing = posterior.logOdds.slice(setting.stalled).sort().reverse();
      const naiveLow = stalled[Math.floor(setting.stalled * (1 - TARGETS.sensitivity) + 1e-9)];
      const naiveHigh = flowing[Math.floor(setting.flowing * (1 - TARGETS.specificity) + 1e-9)];
      violated.naive +=
        below(naiveLow, setting.distance, setting.grid) > 1 - TARGETS.sensitivity + 1e-12 ||
        above(naiveHigh, 0, setting.grid) > 1 - TARGETS.specificity + 1e-12
          ? 1
          : 0;
    }
    const share = (n: number): string => `${((100 * n) / REPETITIONS).toFixed(2)} %`;
    console.log(
      `${setting.name.padEnd(30)} missed stalls ${share(violated.missed)}, false alarms ${share(violated.alarmed)}, either ${share(violated.either)} (allowed 5 %); naive rule ${share(violated.naive)}`,
    );
    const allowed = (delta: number): number => delta + 3 * Math.sqrt((delta * (1 - delta)) / REPETITIONS);
    expect(violated.missed / REPETITIONS).toBeLessThanOrEqual(allowed(0.045));
    expect(violated.alarmed / REPETITIONS).toBeLessThanOrEqual(allowed(0.005));
    expect(violated.either / REPETITIONS).toBeLessThanOrEqual(allowed(0.05));
  });
});
