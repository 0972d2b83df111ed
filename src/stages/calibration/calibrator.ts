import * as E from 'fp-ts/lib/Either.js';
import type { ModelEvidence } from '../../domain/evidence.js';
import type { Gold } from '../../domain/gold.js';
import type { Scores } from '../../domain/scores.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { logistic, logit } from '../../kernel/special/logit.js';
import { type BetaCalibrator, betaLogOdds, fitBeta } from './beta.js';
import { FOLDS, foldsOf, partOf } from './folds.js';
import { fitIsotonic, type IsotonicCalibrator, isotonicLogOdds } from './isotonic.js';
import { scaleOf } from './logitScale.js';
import { fitPlatt, type PlattCalibrator, plattLogOdds } from './platt.js';
import { fitTemperature, type TemperatureCalibrator, temperatureLogOdds } from './temperature.js';

/** A fitted monotone map score → probability, as plain data. */
export type Calibrator = PlattCalibrator | BetaCalibrator | TemperatureCalibrator | IsotonicCalibrator;

/** Scored gold lacks a class, or the method needs probabilities and scores are none. */
export interface CalibrationInfeasible {
  readonly _tag: 'CalibrationInfeasible';
  /** Present when gold is sufficient but scores lie outside [0, 1], where the method has no meaning. */
  readonly needs?: 'scores in [0, 1]';
  /** Gold stacks of each class that have a score. */
  readonly scored: { readonly stalled: number; readonly flowing: number };
}

/** Fits a calibrator on gold stacks that have a score. */
export type CalibrationMethod = (gold: Gold<'fit'>) => (scores: Scores) => E.Either<CalibrationInfeasible, Calibrator>;

/** Scores and labels of gold stacks that have both, when both classes are there. */
const fitWith =
  (
    method: (points: { readonly score: Float64Array; readonly label: Uint8Array }) => Calibrator,
    needs?: 'scores in [0, 1]',
  ): CalibrationMethod =>
  (gold) =>
  (scores) => {
    const labelOf = new Map(gold.stackIds.map((stackId, row) => [stackId, gold.label[row]]));
    const rows = scores.stackIds.flatMap((stackId, row) => (labelOf.has(stackId) ? [row] : []));
    const label = Uint8Array.from(rows, (row) => labelOf.get(scores.stackIds[row]) ?? 0);
    const stalled = label.reduce((sum, value) => sum + value, 0);
    const scored = { stalled, flowing: label.length - stalled };
    if (scored.stalled === 0 || scored.flowing === 0) return E.left({ _tag: 'CalibrationInfeasible', scored });
    const score = Float64Array.from(rows, (row) => scores.score[row]);
    if (needs !== undefined && scaleOf(scores.score) !== 'logit') {
      return E.left({ _tag: 'CalibrationInfeasible', needs, scored });
    }
    return E.right(method({ score, label }));
  };

/**
 * Platt scaling: a sigmoid with two parameters; the choice for few gold stacks.
 *
 * p = 1 / (1 + exp(a·x + b)), with x = logit(score) when every score lies in [0, 1], else the raw score
 *
 * @param gold - for fitting only; stacks without a score are passed over
 * @returns `Left` when the scored gold lacks a class; a map that would fall is returned flat (no evidence)
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.platt(gold)(scores));
 * Calibration.probability(calibrator)(0.5) // => 0.5
 * @see docs/math.md#calibration · Lin, Lin & Weng (2007), doi:10.1007/s10994-007-5018-6
 */
export const platt: CalibrationMethod = fitWith(fitPlatt);

/**
 * Beta calibration: a sigmoid with three parameters, for scores whose two ends are wrong in different ways.
 *
 * logit p = a ln s − b ln(1 − s) + c,   a, b ≥ 0: the constrained optimum; the mean target where scores are upside down
 *
 * @param gold - for fitting only; stacks without a score are passed over
 * @returns `Left` when the scored gold lacks a class, or a score lies outside [0, 1]
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.beta(gold)(scores));
 * Calibration.probability(calibrator)(0.5).toFixed(4) // => '0.5000'
 * @see docs/math.md#calibration · Kull, Silva Filho & Flach (2017), doi:10.1214/17-EJS1338SI
 */
export const beta: CalibrationMethod = fitWith(fitBeta, 'scores in [0, 1]');

/**
 * Temperature: one parameter, for a model that was trained at the prevalence of the gold and is only too sure, or not sure enough.
 *
 * p = σ(x / T), with x = logit(score) when every score lies in [0, 1], else the raw score
 *
 * @param gold - for fitting only; stacks without a score are passed over
 * @returns `Left` when the scored gold lacks a class; upside-down scores are returned flat (infinite temperature)
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.temperature(gold)(scores));
 * Calibration.probability(calibrator)(0.5) // => 0.5
 * @see docs/math.md#calibration · Guo et al. (2017), On Calibration of Modern Neural Networks
 */
export const temperature: CalibrationMethod = fitWith(fitTemperature);

/**
 * Isotonic regression: any non-decreasing map; the choice for many gold stacks and oddly shaped scores, such as a
 * pre-aggregated crowd score of which nine in ten are exactly 0.
 *
 * Values are kept off 0 and 1 by Laplace's margin, because a certain probability would be infinite evidence. Within a step
 * the raw score still decides the order: it adds up to a millionth of a nat.
 *
 * @param gold - for fitting only; stacks without a score are passed over
 * @returns `Left` when the scored gold lacks a class
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.isotonic(gold)(scores));
 * [0.1, 0.5, 0.9].map(Calibration.probability(calibrator)) // => [0.25, 0.5, 0.75]
 * @see docs/math.md#calibration · Zadrozny & Elkan (2002), doi:10.1145/775047.775151
 */
export const isotonic: CalibrationMethod = fitWith(fitIsotonic);

/**
 * P(stalled | score) at the prevalence the calibrator was fitted at.
 *
 * @returns a number in (0, 1), non-decreasing in the score
 * @example
 * Calibration.probability({ _tag: 'Platt', on: 'score', a: -1, b: 0, prevalence: 0.5 })(0) // => 0.5
 */
export const probability =
  (calibrator: Calibrator) =>
  (score: number): number =>
    Math.min(Math.max(logistic(logOddsOf(calibrator)(score)), Number.EPSILON), 1 - Number.EPSILON);

/** Calibrated log-odds, where a probability would lose digits near its ends. */
const logOddsOf =
  (calibrator: Calibrator) =>
  (score: number): number => {
    switch (calibrator._tag) {
      case 'Platt':
        return plattLogOdds(calibrator, score);
      case 'Beta':
        return betaLogOdds(calibrator, score);
      case 'Temperature':
        return temperatureLogOdds(calibrator, score);
      case 'Isotonic':
        return isotonicLogOdds(calibrator, score);
    }
  };

/** Most nats of one score, so that an extreme raw score cannot outweigh every vote: logit(2^-52). */
const LAST_LOG_ODDS = -logit(Number.EPSILON);

/**
 * The evidence of one score, for callers that judge one stack at a time; exactly the same as `evidence`.
 *
 * nats = logit p(score) − logit(calibrator.prevalence)
 *
 * @example
 * Calibration.nats({ _tag: 'Platt', on: 'score', a: -1, b: 0, prevalence: 0.25 })(0).toFixed(5) // => '1.09861'
 */
export const nats = (calibrator: Calibrator): ((score: number) => number) => {
  const logOdds = logOddsOf(calibrator);
  const priorLogOdds = logit(calibrator.prevalence);
  return (score) => Math.min(Math.max(logOdds(score), -LAST_LOG_ODDS), LAST_LOG_ODDS) - priorLogOdds;
};

/**
 * Evidence of a model for every stack of a table: the calibrated log-odds less the log-odds of the prevalence the
 * calibrator was fitted at. So a model fitted on enriched gold can be used where one stack in a hundred is stalled.
 *
 * nats[s] = logit p(score) − logit(calibrator.prevalence);   0, with `scores` 0, where the model has no score
 *
 * @param scores - stacks that are not in the table are passed over; add them first with `Votes.including`
 * @returns rows follow `votes.stackIds`
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const calibrator = { _tag: 'Platt', on: 'score', a: -1, b: 0, prevalence: 0.25 } as const;
 * Calibration.evidence({ calibrator, scores: { stackIds: ['s1'], score: Float64Array.of(0) } })(votes).nats // => Float64Array [1.09861]
 */
export const evidence =
  ({ calibrator, scores }: { readonly calibrator: Calibrator; readonly scores: Scores }) =>
  (votes: VoteTable): ModelEvidence => {
    const natsOf = nats(calibrator);
    const n = votes.stackIds.length;
    const column = new Float64Array(n);
    const count = new Uint32Array(n);
    const rows = rowOfId(votes.stackIds);
    for (let i = 0; i < scores.stackIds.length; i++) {
      const s = rows.get(scores.stackIds[i]);
      if (s === undefined) continue;
      column[s] = natsOf(scores.score[i]);
      count[s] = 1;
    }
    return { nats: column, scores: count };
  };

/**
 * Evidence as `evidence`, but gold stacks are judged by calibrators that did not see them (five-fold cross-fitting).
 *
 * A map with many steps seems better than it is on its own gold, and a later fit on the same gold would trust it too much.
 *
 * @param options - `gold` the calibrator was fitted on, the `method` that fitted it, the `calibrator` for all other stacks, and the scores
 * @returns rows follow `votes.stackIds`; a fold whose rest lacks a class keeps the evidence of `calibrator`
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const scores = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const calibrator = Errors.getOrThrow(Calibration.isotonic(gold)(scores));
 * const votes = Votes.including(scores.stackIds)(Votes.EMPTY);
 * Calibration.heldOutEvidence({ gold, method: Calibration.isotonic, calibrator, scores })(votes).scores // => Uint32Array [1, 1, 1, 1]
 * @see docs/math.md#recalibration
 */
export const heldOutEvidence =
  ({
    gold,
    method,
    calibrator,
    scores,
  }: {
    readonly gold: Gold<'fit'>;
    readonly method: CalibrationMethod;
    readonly calibrator: Calibrator;
    readonly scores: Scores;
  }) =>
  (votes: VoteTable): ModelEvidence => {
    const all = evidence({ calibrator, scores })(votes);
    const fold = foldsOf(gold);
    const rows = rowOfId(votes.stackIds);
    for (let k = 0; k < FOLDS; k++) {
      const others = method(partOf(gold, (row) => fold[row] !== k))(scores);
      if (E.isLeft(others)) continue;
      const { nats } = evidence({ calibrator: others.right, scores })(votes);
      for (let row = 0; row < fold.length; row++) {
        const s = fold[row] === k ? rows.get(gold.stackIds[row]) : undefined;
        if (s !== undefined) all.nats[s] = nats[s];
      }
    }
    return all;
  };

/**
 * Moves a calibrated probability from one prevalence to another (label shift: p(score | label) unchanged).
 *
 * logit p′ = logit p − logit from + logit to
 *
 * @param shift - `probability` in [0, 1]; `from` and `to` in (0, 1)
 * @returns a probability in [0, 1]; 0 and 1 stay what they are
 * @example
 * Calibration.priorShift({ probability: 0.99, from: 0.5, to: 0.01 }) // => 0.5
 * @see docs/math.md#prior-shift · Saerens, Latinne & Decaestecker (2002), doi:10.1162/089976602753284446
 */
export const priorShift = ({
  probability,
  from,
  to,
}: {
  readonly probability: number;
  readonly from: number;
  readonly to: number;
}): number => logistic(logit(probability) - logit(from) + logit(to));
