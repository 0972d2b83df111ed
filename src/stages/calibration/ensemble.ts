import * as E from 'fp-ts/lib/Either.js';
import type { ModelEvidence } from '../../domain/evidence.js';
import type { Gold } from '../../domain/gold.js';
import type { Scores } from '../../domain/scores.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { logisticRegression } from '../../kernel/optimise/logisticRegression.js';
import { logit } from '../../kernel/special/logit.js';
import type { CalibrationInfeasible } from './calibrator.js';
import { clippedLogit, type Scale, scaleOf, targetsOf } from './logitScale.js';

/** The fit for a subset of members, used where all of them have scored a stack. */
export interface EnsembleFit {
  /** Members that take part, as indices into `on`. */
  readonly members: readonly number[];
  /** One per member that takes part, at least 0. */
  readonly weights: readonly number[];
  readonly intercept: number;
  /** P(stalled) of the gold it was fitted on, as smoothed by the targets; in (0, 1). */
  readonly prevalence: number;
}

/** Several models of one stack as a single source. */
export interface EnsembleCalibrator {
  readonly _tag: 'Ensemble';
  /** How each member is read. */
  readonly on: readonly Scale[];
  /** Most members first. */
  readonly fits: readonly EnsembleFit[];
}

/** Every subset of members is fitted, so that no missing score is imputed: at most 63 small regressions. */
const MOST_MEMBERS = 6;
/** Before gold, weights lie within about ± 1; members with equal scores share their weight. */
const PRECISION = 1;

/**
 * Calibrates several models of the same stacks together: they err on the same stacks, so their evidence is not added.
 *
 * logit p = intercept + Σ over members of weight · logit(score),   weights ≥ 0, with a ridge
 *
 * Where a member abstained, the fit is one of the others alone: a missing score is never imputed.
 *
 * @param gold - for fitting only
 * @returns plain data for `ensembleEvidence`; `Left` when no member has scored gold of both classes
 * @throws RangeError when there are no members, or more than 6
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const one = { stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const fitted = Errors.getOrThrow(Calibration.ensemble(gold)([one, one]));
 * fitted.fits.map(({ members }) => members) // => [[0, 1], [0], [1]]
 * fitted.fits[0].weights[0] === fitted.fits[0].weights[1] // => true
 * @see docs/math.md#calibration
 */
export const ensemble =
  (gold: Gold<'fit'>) =>
  (members: readonly Scores[]): E.Either<CalibrationInfeasible, EnsembleCalibrator> => {
    if (members.length < 1 || members.length > MOST_MEMBERS) {
      throw RangeError(`ensemble: expected 1 to ${MOST_MEMBERS} members, got ${members.length}`);
    }
    const on = members.map(({ score }) => scaleOf(score));
    const x = members.map((scores, k) => readings(scores, on[k]));
    const fits = subsets(members.length).flatMap((subset): readonly EnsembleFit[] => {
      const rows = gold.stackIds.flatMap((id, row) => (subset.every((k) => x[k].has(id)) ? [row] : []));
      const label = Uint8Array.from(rows, (row) => gold.label[row]);
      const stalled = label.reduce((sum, value) => sum + value, 0);
      if (stalled === 0 || stalled === label.length) return [];
      const { target, mean } = targetsOf(label);
      const columns = subset.map((k) => Float64Array.from(rows, (row) => x[k].get(gold.stackIds[row]) ?? 0));
      const fitted = logisticRegression({ columns, target, intercept: true, prior: { mean: 0, precision: PRECISION } });
      return [{ members: subset, weights: [...fitted.weights], intercept: fitted.intercept, prevalence: mean }];
    });
    if (fits.length === 0) return E.left({ _tag: 'CalibrationInfeasible', scored: scoredGold(gold, x) });
    return E.right({ _tag: 'Ensemble', on, fits });
  };

/**
 * Evidence of an ensemble for every stack of a table, as one source, from all members that scored the stack.
 *
 * nats[s] = logit p(scores) − logit(prevalence of the gold);   0, with `scores` 0, where no member has a score
 *
 * @param options - the calibrator; the scores of its members, in the order in which they were calibrated
 * @returns rows follow `votes.stackIds`; `scores` counts the members used
 * @throws RangeError when the number of members is another one
 * @example
 * const calibrator = { _tag: 'Ensemble', on: ['logit'], fits: [{ members: [0], weights: [1], intercept: 0, prevalence: 0.5 }] };
 * const scores = { stackIds: ['s1'], score: Float64Array.of(0.75) };
 * Calibration.ensembleEvidence({ calibrator, members: [scores] })(Votes.including(['s1'])(Votes.EMPTY)).nats // => Float64Array [1.09861]
 */
export const ensembleEvidence =
  ({ calibrator, members }: { readonly calibrator: EnsembleCalibrator; readonly members: readonly Scores[] }) =>
  (votes: VoteTable): ModelEvidence => {
    if (members.length !== calibrator.on.length) {
      throw RangeError(`ensemble: expected ${calibrator.on.length} members, got ${members.length}`);
    }
    const x = members.map((scores, k) => readings(scores, calibrator.on[k]));
    const nats = new Float64Array(votes.stackIds.length);
    const count = new Uint32Array(votes.stackIds.length);
    votes.stackIds.forEach((id, s) => {
      const fit = calibrator.fits.find(({ members: subset }) => subset.every((k) => x[k].has(id)));
      if (fit === undefined) return;
      const z = fit.members.reduce((sum, k, i) => sum + fit.weights[i] * (x[k].get(id) ?? 0), fit.intercept);
      nats[s] = z - logit(fit.prevalence);
      count[s] = fit.members.length;
    });
    return { nats, scores: count };
  };

/** Stack id → the member's score, on its scale. */
const readings = (scores: Scores, on: Scale): ReadonlyMap<string, number> =>
  new Map(scores.stackIds.map((id, row) => [id, on === 'logit' ? clippedLogit(scores.score[row]) : scores.score[row]]));

/** All non-empty subsets of 0 .. n − 1, largest first, each ascending. */
const subsets = (n: number): readonly (readonly number[])[] =>
  Array.from({ length: 2 ** n - 1 }, (_, i) =>
    Array.from({ length: n }, (__, k) => k).filter((k) => ((i + 1) >> k) & 1),
  ).sort((a, b) => b.length - a.length || a[0] - b[0]);

const scoredGold = (gold: Gold<'fit'>, x: readonly ReadonlyMap<string, number>[]): CalibrationInfeasible['scored'] => {
  const scored = [...rowOfId(gold.stackIds)].filter(([id]) => x.some((member) => member.has(id)));
  const stalled = scored.reduce((sum, [, row]) => sum + gold.label[row], 0);
  return { stalled, flowing: scored.length - stalled };
};
