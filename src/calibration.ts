/** From a model's raw score to evidence: a monotone map to probability, and the prior it was fitted under taken out. */
import * as E from 'fp-ts/lib/Either.js';
import { fitIsotonic, type IsotonicCalibrator, isotonicProbability } from './calibration/isotonic.js';
import { fitPlatt, type PlattCalibrator, plattProbability } from './calibration/platt.js';
import { priorShift } from './calibration/priorShift.js';
import type { Gold } from './domain/gold.js';
import type { Scores } from './domain/scores.js';
import { logit } from './kernel/logit.js';
import { rowOf } from './kernel/rowOf.js';
import type { VoteTable } from './votes.js';

export type { IsotonicCalibrator, PlattCalibrator };
export { priorShift };

/** A fitted monotone map score → probability, as plain data. */
export type Calibrator = PlattCalibrator | IsotonicCalibrator;

/** A calibrator needs scored gold of both classes, and there was not. */
export interface CalibrationInfeasible {
  readonly _tag: 'CalibrationInfeasible';
  /** Gold stacks of each class that have a score. */
  readonly scored: { readonly stalled: number; readonly flowing: number };
}

/** What the model says of each stack of a vote table, in nats; 0 and `scores` 0 where it said nothing. */
export interface ModelEvidence {
  readonly nats: Float64Array;
  /** Number of model scores behind each row. */
  readonly scores: Uint32Array;
}

type Fit = (gold: Gold<'fit'>) => (scores: Scores) => E.Either<CalibrationInfeasible, Calibrator>;

/** Scores and labels of gold stacks that have both, when both classes are there. */
const fitWith =
  (method: (points: { readonly score: Float64Array; readonly label: Uint8Array }) => Calibrator): Fit =>
  (gold) =>
  (scores) => {
    const labelOf = new Map(gold.stackIds.map((stackId, row) => [stackId, gold.label[row]]));
    const rows = scores.stackIds.flatMap((stackId, row) => (labelOf.has(stackId) ? [row] : []));
    const label = Uint8Array.from(rows, (row) => labelOf.get(scores.stackIds[row]) ?? 0);
    const stalled = label.reduce((sum, value) => sum + value, 0);
    const scored = { stalled, flowing: label.length - stalled };
    if (scored.stalled === 0 || scored.flowing === 0) return E.left({ _tag: 'CalibrationInfeasible', scored });
    return E.right(method({ score: Float64Array.from(rows, (row) => scores.score[row]), label }));
  };

/**
 * Platt scaling: a sigmoid with two parameters; the choice for few gold stacks.
 *
 * p = 1 / (1 + exp(a·x + b)), with x = logit(score) when every score lies in [0, 1], else the raw score
 *
 * @param gold - for fitting only; stacks without a score are passed over
 * @returns `Left` when the scored gold lacks a class; a map that would fall is returned flat (no evidence)
 * @example
 * const gold = Gold.as('fit')(Gold.set([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 })), 'random'));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.platt(gold)(scores));
 * Calibration.probability(calibrator)(0.5) // => 0.5
 * @see docs/math.md#calibration · Lin, Lin & Weng (2007), doi:10.1007/s10994-007-5018-6
 */
export const platt: Fit = fitWith(fitPlatt);

/**
 * Isotonic regression: any non-decreasing map; the choice for many gold stacks and oddly shaped scores.
 *
 * Values are kept off 0 and 1 by Laplace's margin, because a certain probability would be infinite evidence.
 *
 * @param gold - for fitting only; stacks without a score are passed over
 * @returns `Left` when the scored gold lacks a class
 * @example
 * const gold = Gold.as('fit')(Gold.set([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 })), 'random'));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.isotonic(gold)(scores));
 * [0.1, 0.5, 0.9].map(Calibration.probability(calibrator)) // => [0.25, 0.5, 0.75]
 * @see docs/math.md#calibration · Zadrozny & Elkan (2002), doi:10.1145/775047.775151
 */
export const isotonic: Fit = fitWith(fitIsotonic);

/**
 * P(stalled | score) at the prevalence the calibrator was fitted at.
 *
 * @returns a number in (0, 1), non-decreasing in the score
 * @example
 * Calibration.probability({ _tag: 'Platt', on: 'score', a: -1, b: 0, prevalence: 0.5 })(0) // => 0.5
 */
export const probability =
  (calibrator: Calibrator) =>
  (score: number): number => {
    switch (calibrator._tag) {
      case 'Platt':
        return plattProbability(calibrator, score);
      case 'Isotonic':
        return isotonicProbability(calibrator, score);
    }
  };

/**
 * Evidence of a model for every stack of a table: the calibrated log-odds less the log-odds of the prevalence the
 * calibrator was fitted at. So a model fitted on enriched gold can be used where one stack in a hundred is stalled.
 *
 * nats[s] = logit p(score) − logit(calibrator.prevalence);   0, with `scores` 0, where the model said nothing
 *
 * @param scores - stacks that are not in the table are passed over; add them first with `Votes.including`
 * @returns rows follow `votes.stackIds`
 * @example
 * const votes = Errors.getOrThrow(Votes.index([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const calibrator = { _tag: 'Platt', on: 'score', a: -1, b: 0, prevalence: 0.25 } as const;
 * Calibration.evidence(calibrator, { stackIds: ['s1'], score: Float64Array.of(0) })(votes).nats // => Float64Array [1.09861]
 */
export const evidence =
  (calibrator: Calibrator, scores: Scores) =>
  (votes: VoteTable): ModelEvidence => {
    const n = votes.stackIds.length;
    const nats = new Float64Array(n);
    const count = new Uint32Array(n);
    const rows = rowOf(votes.stackIds);
    const toProbability = probability(calibrator);
    const priorLogOdds = logit(calibrator.prevalence);
    for (let i = 0; i < scores.stackIds.length; i++) {
      const s = rows.get(scores.stackIds[i]);
      if (s === undefined) continue;
      nats[s] = logit(toProbability(scores.score[i])) - priorLogOdds;
      count[s] = 1;
    }
    return { nats, scores: count };
  };
