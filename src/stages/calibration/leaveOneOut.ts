import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { logit } from '../../kernel/special/logit.js';
import type { CalibrationInfeasible } from './calibrator.js';
import {
  type EnsembleCalibrator,
  evidenceColumns,
  fitEnsemble,
  judgeOf,
  type NamedScores,
  patternsAndSingles,
} from './ensemble.js';
import { FOLDS, foldsOf, partOf } from './folds.js';

/** One model beside the others, on gold that did not fit what judges it. */
export interface LeaveOneOutRow {
  readonly name: string;
  /** Gold stacks it has scored. */
  readonly scored: number;
  /** Share of all evidence of the ensemble that comes from it: |weight · nats| among all, in [0, 1]. */
  readonly share: number;
  /** Mean log-loss of this model alone, in nats, on all gold with any score; where it has none, the prevalence stands in. */
  readonly aloneLogLoss: number;
  /** Mean log-loss of the others without it, in nats. Absent where there are no others. */
  readonly withoutLogLoss?: number;
  /** What leaving it out costs: `withoutLogLoss` less that of all, in nats per stack. Below 0 where they are better without. */
  readonly cost?: number;
  /** Standard error of `cost`, from the differences of the same stacks. */
  readonly costError?: number;
}

/** What each model of an ensemble is worth beside the others. */
export interface LeaveOneOut {
  /** Gold stacks with any score: those judged. */
  readonly gold: { readonly stalled: number; readonly flowing: number };
  /** Mean log-loss of all models together, in nats per stack. */
  readonly logLoss: number;
  /** In the order of the models. */
  readonly models: readonly LeaveOneOutRow[];
}

/**
 * What each model of an ensemble is worth: its share of the evidence, how good it is alone, and what leaving it out costs.
 *
 * Every figure is held out: gold is judged by ensembles fitted on the other four fifths of it.
 *
 * @param gold - for fitting only; at its own prevalence
 * @returns `Left` when no model has scored gold of both classes in every four fifths
 * @throws RangeError as `ensemble`
 * @example
 * const label = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 1 : 0));
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })(label.map((one, i) => ({ stackId: `s${i}`, label: one }))));
 * const model = (name, score) => ({ name, stackIds: gold.stackIds, score: Float64Array.from(label, score) });
 * const good = model('good', (one, i) => (one === 1 ? 0.6 : 0.3) + (i % 7) / 20);
 * const flat = model('flat', () => 0.5);
 * const { models } = Errors.getOrThrow(Calibration.leaveOneOut(gold)([good, flat]));
 * models.map(({ name, share }) => [name, share]) // => [['good', 1], ['flat', 0]]
 * models[0].cost > 10 * models[0].costError // => false
 * models[0].cost > 0 // => true
 * @see docs/math.md#calibration
 */
export const leaveOneOut =
  (gold: Gold<'fit'>) =>
  (models: readonly NamedScores[]): E.Either<CalibrationInfeasible, LeaveOneOut> => {
    const all = heldOut(gold, models);
    if (E.isLeft(all)) return all;
    const { logOdds, share } = all.right;
    const rows = gold.stackIds.flatMap((_, g) => (Number.isNaN(logOdds[g]) ? [] : [g]));
    const losses = (z: Float64Array): Float64Array =>
      Float64Array.from(rows, (g) => lossOf(Number.isNaN(z[g]) ? all.right.prior : z[g], gold.label[g]));
    const whole = losses(logOdds);
    const stalled = rows.reduce((sum, g) => sum + gold.label[g], 0);
    return E.right({
      gold: { stalled, flowing: rows.length - stalled },
      logLoss: mean(whole),
      models: models.map((model, k): LeaveOneOutRow => {
        const alone = heldOut(gold, [model]);
        const others =
          models.length < 2
            ? undefined
            : heldOut(
                gold,
                models.filter((one) => one !== model),
              );
        const prior = new Float64Array(gold.stackIds.length).fill(all.right.prior);
        const without = others === undefined ? undefined : losses(E.isLeft(others) ? prior : others.right.logOdds);
        const difference = without?.map((loss, i) => loss - whole[i]);
        const own = new Set(model.stackIds);
        return present({
          name: model.name,
          scored: gold.stackIds.reduce((sum, id) => sum + (own.has(id) ? 1 : 0), 0),
          share: share[k],
          aloneLogLoss: mean(losses(E.isLeft(alone) ? prior : alone.right.logOdds)),
          withoutLogLoss: without === undefined ? undefined : mean(without),
          cost: difference === undefined ? undefined : mean(difference),
          costError: difference === undefined ? undefined : standardError(difference),
        });
      }),
    });
  };

interface HeldOut {
  /** Of each gold stack; NaN where no model has a score. */
  readonly logOdds: Float64Array;
  /** Of each model, over all gold. */
  readonly share: readonly number[];
  /** Log-odds of a stack without any score. */
  readonly prior: number;
}

const heldOut = (gold: Gold<'fit'>, models: readonly NamedScores[]): E.Either<CalibrationInfeasible, HeldOut> => {
  const fold = foldsOf(gold);
  const stalled = gold.label.reduce((sum, value) => sum + value, 0);
  const prior = logit((stalled + 1) / (gold.label.length + 2));
  const logOdds = new Float64Array(gold.stackIds.length).fill(Number.NaN);
  const told = models.map(() => 0);
  for (let part = 0; part < FOLDS; part++) {
    const fitted = fitEnsemble(
      partOf(gold, (row) => fold[row] !== part),
      models,
      patternsAndSingles,
    );
    if (E.isLeft(fitted)) return fitted;
    const calibrator: EnsembleCalibrator = fitted.right;
    const columns = evidenceColumns(calibrator, models, gold.stackIds);
    const judge = judgeOf(calibrator, columns);
    const place = calibrator.members.map(({ name }) => models.findIndex((model) => model.name === name));
    for (let g = 0; g < fold.length; g++) {
      const fit = fold[g] === part ? judge.fitFor(g) : undefined;
      if (fit === undefined) continue;
      logOdds[g] = judge.natsOf(fit, g) + prior;
      fit.members.forEach((k, i) => {
        told[place[k]] += Math.abs(fit.weights[i] * columns[k][g]);
      });
    }
  }
  const sum = told.reduce((total, nats) => total + nats, 0);
  return E.right({ logOdds, share: told.map((nats) => (sum > 0 ? nats / sum : 0)), prior });
};

/** −ln of the probability of what is true. */
const lossOf = (z: number, label: number): number => Math.max(z, 0) - label * z + Math.log1p(Math.exp(-Math.abs(z)));

const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;

const standardError = (values: Float64Array): number => {
  const centre = mean(values);
  const squares = values.reduce((sum, x) => sum + (x - centre) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
};
