import * as E from 'fp-ts/lib/Either.js';
import type { ModelEvidence } from '../../domain/evidence.js';
import type { Gold } from '../../domain/gold.js';
import type { Scores } from '../../domain/scores.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { logisticRegression } from '../../kernel/optimise/logisticRegression.js';
import { logit } from '../../kernel/special/logit.js';
import { type CalibrationInfeasible, nats as natsOf } from './calibrator.js';
import { FOLDS, foldsOf, partOf } from './folds.js';
import { scaleOf, targetsOf } from './logitScale.js';
import { fitPlatt, type PlattCalibrator } from './platt.js';

/** The scores of one model among several. */
export interface NamedScores extends Scores {
  /** Which model, e.g. its file or the hash of its pipeline. */
  readonly name: string;
}

/** One model of an ensemble, and how its score becomes evidence of its own. */
export interface EnsembleMember {
  readonly name: string;
  readonly calibrator: PlattCalibrator;
}

/** The fit for a subset of members, used where these have scored a stack. */
export interface EnsembleFit {
  /** Members that take part, as indices into `members`, ascending. */
  readonly members: readonly number[];
  /** One per member that takes part, at least 0: what one nat of it counts beside the others. */
  readonly weights: readonly number[];
  readonly intercept: number;
  /** P(stalled) of the gold it was fitted on, as smoothed by the targets; in (0, 1). */
  readonly prevalence: number;
}

/** Several models of one stack as a single source. */
export interface EnsembleCalibrator {
  readonly _tag: 'Ensemble';
  readonly members: readonly EnsembleMember[];
  /** Most members first. */
  readonly fits: readonly EnsembleFit[];
  /** Models that scored no gold of one of the classes. Their scores are no evidence. */
  readonly withoutGold: readonly string[];
}

const MOST_MEMBERS = 20;
/** Up to this many members every subset is fitted: at most 31 small regressions. */
const ALL_SUBSETS = 5;
/** Of a free weight, before gold: within about ± 1. */
const PRECISION = 1;
/** Free and equal weights count the same with this many gold stacks of the rarer class for each member. */
const STACKS_PER_MEMBER = 2;

/**
 * Calibrates several models of the same stacks together: they err on the same stacks, so their evidence is not added.
 *
 *   logit p = intercept + Σ over members of weight · nats(score),   weights ≥ 0
 *   weights = α · free + (1 − α) · equal,   α = n / (n + 2k) with n gold stacks of the rarer class and k members
 *
 * Every member is calibrated by itself (Platt), so that it may have any scale. Free weights are a ridge regression, equal
 * ones have a single free slope: with little gold for many members the average is the safer of the two.
 *
 * Where members are absent, the fit is one of the others alone: a missing score is never imputed. Of up to 5 members
 * every subset has a fit; of more, those that occur on gold, all, all but one, pairs and singles. A stack with other
 * members is judged by the largest fit among those it has. A model that is added later needs a new fit.
 *
 * @param gold - for fitting only
 * @returns plain data for `ensembleEvidence`; `Left` when no member has scored gold of both classes
 * @throws RangeError when there are no members, more than 20, or two with one name
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const one = { name: 'one', stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) };
 * const fitted = Errors.getOrThrow(Calibration.ensemble(gold)([one, { ...one, name: 'two' }]));
 * fitted.fits.map(({ members }) => members) // => [[0, 1], [0], [1]]
 * fitted.fits[0].weights[0].toFixed(6) === fitted.fits[0].weights[1].toFixed(6) // => true
 * @see docs/math.md#calibration · Wolpert (1992), doi:10.1016/S0893-6080(05)80023-1 · Breiman (1996), doi:10.1007/BF00117832
 */
export const ensemble =
  (gold: Gold<'fit'>) =>
  (models: readonly NamedScores[]): E.Either<CalibrationInfeasible, EnsembleCalibrator> =>
    fitEnsemble(gold, models, subsets);

/** As `ensemble`, for the subsets of members that `wanted` asks for. */
export const fitEnsemble = (
  gold: Gold<'fit'>,
  models: readonly NamedScores[],
  wanted: (members: number, onGold: readonly (readonly number[])[]) => readonly (readonly number[])[],
): E.Either<CalibrationInfeasible, EnsembleCalibrator> => {
  const names = new Set(models.map(({ name }) => name));
  if (models.length < 1 || models.length > MOST_MEMBERS || names.size !== models.length) {
    throw RangeError(`ensemble: expected 1 to ${MOST_MEMBERS} models with different names, got ${models.length}`);
  }
  const goldRow = rowOfId(gold.stackIds);
  const members: EnsembleMember[] = [];
  const withoutGold: string[] = [];
  // Row g belongs to gold stack g; NaN where the member has no score.
  const columns: Float64Array[] = [];
  const scored = { stalled: 0, flowing: 0 };
  const isScored = new Uint8Array(gold.stackIds.length);
  for (const { name, stackIds, score } of models) {
    const rows = stackIds.flatMap((id, i) => {
      const g = goldRow.get(id);
      return g === undefined ? [] : [{ g, i }];
    });
    for (const { g } of rows) isScored[g] = 1;
    const label = Uint8Array.from(rows, ({ g }) => gold.label[g]);
    if (!hasBoth(label)) {
      withoutGold.push(name);
      continue;
    }
    const calibrator = fitPlatt({ score: Float64Array.from(rows, ({ i }) => score[i]), label }, scaleOf(score));
    const nats = natsOf(calibrator);
    const column = new Float64Array(gold.stackIds.length).fill(Number.NaN);
    for (const { g, i } of rows) column[g] = nats(score[i]);
    members.push({ name, calibrator });
    columns.push(column);
  }
  isScored.forEach((is, g) => {
    if (is === 1) scored[gold.label[g] === 1 ? 'stalled' : 'flowing']++;
  });
  if (members.length === 0) return E.left({ _tag: 'CalibrationInfeasible', scored });
  const fits = wanted(members.length, patternsOf(columns)).flatMap((subset) => fitSubset(gold, columns, subset));
  return E.right({ _tag: 'Ensemble', members, fits, withoutGold });
};

const hasBoth = (label: Uint8Array): boolean => label.includes(0) && label.includes(1);

const fitSubset = (
  gold: Gold<'fit'>,
  columns: readonly Float64Array[],
  subset: readonly number[],
): readonly EnsembleFit[] => {
  const rows = gold.stackIds.flatMap((_, g) => (subset.some((k) => Number.isNaN(columns[k][g])) ? [] : [g]));
  const label = Uint8Array.from(rows, (g) => gold.label[g]);
  if (!hasBoth(label)) return [];
  const { target, mean } = targetsOf(label);
  const own = subset.map((k) => Float64Array.from(rows, (g) => columns[k][g]));
  const average = Float64Array.from(rows, (_, i) => own.reduce((sum, column) => sum + column[i], 0) / own.length);
  const free = logisticRegression({ columns: own, target, intercept: true, prior: { mean: 0, precision: PRECISION } });
  // Members are calibrated, so their average counts about as much as one of them, before gold says more.
  const equal = logisticRegression({
    columns: [average],
    target,
    intercept: true,
    prior: { mean: 1, precision: PRECISION / 1000 },
  });
  const stalled = label.reduce((sum, value) => sum + value, 0);
  const rarer = Math.min(stalled, label.length - stalled);
  const share = rarer / (rarer + STACKS_PER_MEMBER * subset.length);
  const blend = (a: number, b: number): number => share * a + (1 - share) * b;
  return [
    {
      members: subset,
      weights: [...free.weights].map((weight) => blend(weight, equal.weights[0] / subset.length)),
      intercept: blend(free.intercept, equal.intercept),
      prevalence: mean,
    },
  ];
};

/**
 * Evidence of an ensemble for every stack of a table, as one source, from all members that scored the stack.
 *
 * nats[s] = logit p(scores) − logit(prevalence of the gold);   0, with `scores` 0, where no member has a score
 *
 * @param options - the calibrator; scores of any of its members, in any order. A member that is not given is absent for
 *   every stack
 * @returns rows follow `votes.stackIds`; `scores` counts the members used
 * @throws RangeError when a model is none of the members, or is given twice
 * @example
 * const platt = { _tag: 'Platt', on: 'logit', a: -1, b: 0, prevalence: 0.5 };
 * const calibrator = { _tag: 'Ensemble', members: [{ name: 'net', calibrator: platt }], fits: [{ members: [0], weights: [1], intercept: 0, prevalence: 0.5 }], withoutGold: [] };
 * const models = [{ name: 'net', stackIds: ['s1'], score: Float64Array.of(0.75) }];
 * Calibration.ensembleEvidence({ calibrator, models })(Votes.including(['s1'])(Votes.EMPTY)).nats // => Float64Array [1.09861]
 */
export const ensembleEvidence =
  ({ calibrator, models }: { readonly calibrator: EnsembleCalibrator; readonly models: readonly NamedScores[] }) =>
  (votes: VoteTable): ModelEvidence => {
    const columns = evidenceColumns(calibrator, models, votes.stackIds);
    const judge = judgeOf(calibrator, columns);
    const nats = new Float64Array(votes.stackIds.length);
    const count = new Uint32Array(votes.stackIds.length);
    for (let s = 0; s < nats.length; s++) {
      const fit = judge.fitFor(s);
      if (fit === undefined) continue;
      nats[s] = judge.natsOf(fit, s);
      count[s] = fit.members.length;
    }
    return { nats, scores: count };
  };

/**
 * Evidence as `ensembleEvidence`, but gold stacks are judged by ensembles that did not see them (five-fold cross-fitting),
 * for a later fit on the same gold.
 *
 * @param options - `gold` the calibrator was fitted on, the `calibrator` for all other stacks, and the scores
 * @returns rows follow `votes.stackIds`; a fold whose rest lacks a class keeps the evidence of `calibrator`
 * @example
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([0, 1, 2, 3].map((i) => ({ stackId: `s${i}`, label: i < 2 ? 1 : 0 }))));
 * const models = [{ name: 'net', stackIds: ['s0', 's1', 's2', 's3'], score: Float64Array.of(0.9, 0.6, 0.4, 0.1) }];
 * const calibrator = Errors.getOrThrow(Calibration.ensemble(gold)(models));
 * const votes = Votes.including(gold.stackIds)(Votes.EMPTY);
 * Calibration.heldOutEnsembleEvidence({ gold, calibrator, models })(votes).scores // => Uint32Array [1, 1, 1, 1]
 * @see docs/math.md#recalibration
 */
export const heldOutEnsembleEvidence =
  ({
    gold,
    calibrator,
    models,
  }: {
    readonly gold: Gold<'fit'>;
    readonly calibrator: EnsembleCalibrator;
    readonly models: readonly NamedScores[];
  }) =>
  (votes: VoteTable): ModelEvidence => {
    const all = ensembleEvidence({ calibrator, models })(votes);
    const fold = foldsOf(gold);
    const rows = rowOfId(votes.stackIds);
    for (let k = 0; k < FOLDS; k++) {
      const others = fitEnsemble(
        partOf(gold, (row) => fold[row] !== k),
        models,
        patternsAndSingles,
      );
      if (E.isLeft(others)) continue;
      const part = ensembleEvidence({ calibrator: others.right, models })(votes);
      for (let row = 0; row < fold.length; row++) {
        const s = fold[row] === k ? rows.get(gold.stackIds[row]) : undefined;
        if (s === undefined || part.scores[s] === 0) continue;
        all.nats[s] = part.nats[s];
        all.scores[s] = part.scores[s];
      }
    }
    return all;
  };

/** Evidence of every member by itself; row s belongs to `stackIds[s]`, NaN where it has no score. */
export const evidenceColumns = (
  { members, withoutGold }: EnsembleCalibrator,
  models: readonly NamedScores[],
  stackIds: readonly string[],
): readonly Float64Array[] => {
  const rows = rowOfId(stackIds);
  const columns = members.map(() => new Float64Array(stackIds.length).fill(Number.NaN));
  const given = new Set<string>();
  for (const { name, stackIds: ids, score } of models) {
    if (given.has(name)) throw RangeError(`ensemble: expected each model once, got ${name} again`);
    given.add(name);
    const k = members.findIndex((member) => member.name === name);
    if (k < 0 && withoutGold.includes(name)) continue;
    if (k < 0) {
      const known = members.map((member) => member.name).join(', ');
      throw RangeError(`ensemble: expected scores of ${known}, got ${name}; a new model needs a new fit`);
    }
    const nats = natsOf(members[k].calibrator);
    for (let i = 0; i < ids.length; i++) {
      const s = rows.get(ids[i]);
      if (s !== undefined) columns[k][s] = nats(score[i]);
    }
  }
  return columns;
};

/** Which fit judges a row of `columns`, and what it says. */
export const judgeOf = ({ fits }: EnsembleCalibrator, columns: readonly Float64Array[]) => {
  const known = new Map<string, EnsembleFit | undefined>();
  return {
    fitFor: (s: number): EnsembleFit | undefined => {
      const pattern = columns.map((column) => (Number.isNaN(column[s]) ? '0' : '1')).join('');
      if (!known.has(pattern)) {
        known.set(
          pattern,
          fits.find(({ members }) => members.every((k) => pattern[k] === '1')),
        );
      }
      return known.get(pattern);
    },
    natsOf: ({ members, weights, intercept, prevalence }: EnsembleFit, s: number): number =>
      members.reduce((sum, k, i) => sum + weights[i] * columns[k][s], intercept) - logit(prevalence),
  };
};

/** The sets of members that score a gold stack together. */
const patternsOf = (columns: readonly Float64Array[]): readonly (readonly number[])[] => {
  const patterns = new Map<string, readonly number[]>();
  for (let g = 0; g < columns[0].length; g++) {
    const present = columns.flatMap((column, k) => (Number.isNaN(column[g]) ? [] : [k]));
    if (present.length > 0) patterns.set(present.join(), present);
  }
  return [...patterns.values()];
};

/** Only what gold itself needs: one fit for each set of members that score a gold stack together, and singles. */
export const patternsAndSingles = (n: number, onGold: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  distinct([...onGold, ...Array.from({ length: n }, (_, k) => [k])]);

/** Subsets of 0 .. n − 1 to fit, largest first, each ascending. */
const subsets = (n: number, onGold: readonly (readonly number[])[]): readonly (readonly number[])[] => {
  const all = Array.from({ length: n }, (_, k) => k);
  const chosen =
    n <= ALL_SUBSETS
      ? Array.from({ length: 2 ** n - 1 }, (_, i) => all.filter((k) => ((i + 1) >> k) & 1))
      : [
          all,
          ...all.map((k) => all.filter((other) => other !== k)),
          ...all.flatMap((k) => all.filter((other) => other > k).map((other) => [k, other])),
          ...all.map((k) => [k]),
          ...onGold,
        ];
  return distinct(chosen);
};

const distinct = (chosen: readonly (readonly number[])[]): readonly (readonly number[])[] =>
  [...new Map(chosen.map((subset) => [subset.join(), subset])).values()].sort(inOrder);

const inOrder = (a: readonly number[], b: readonly number[]): number => {
  if (a.length !== b.length) return b.length - a.length;
  const at = a.findIndex((k, i) => k !== b[i]);
  return at < 0 ? 0 : a[at] - b[at];
};
