import type { Strata } from '../decode/index.js';
import type { Gold } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { hypergeometricTails } from '../kernel/special/hypergeometric.js';
import type { Decisions } from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';

/** One stratum of gold against the decisions, at the stated prevalence. */
export interface StratumEvaluation {
  readonly stratum: string;
  readonly evaluation: Evaluation.Evaluation;
  readonly against: { readonly sensitivity: Evaluation.TargetVerdict; readonly specificity: Evaluation.TargetVerdict };
  /** One-sided bounds that hold for all strata of this column together. */
  readonly together: { readonly sensitivity: number; readonly specificity: number };
}

/** The stratum that looks worst, and whether that is more than chance. */
export interface Worst {
  readonly stratum: string;
  readonly estimate: number;
  /** p-value against “it errs no more than the others”, for having picked the worst of so many. */
  readonly pValue: number;
}

/** What holds in all strata that have gold of one class. */
export interface WhereGold {
  readonly strata: number;
  /** Absent where there are none. */
  readonly atLeast?: number;
}

/** Gold divided by one column. */
export interface StrataEvaluation {
  readonly by: string;
  /** Those with gold. */
  readonly strata: readonly StratumEvaluation[];
  /** Strata of the decisions that have no gold: of these nothing is known, and so nothing of all strata. */
  readonly withoutGold: readonly string[];
  /** Absent without such gold, or without an error anywhere. */
  readonly worst: { readonly sensitivity?: Worst; readonly specificity?: Worst };
  /** In no stratum may they be lower, with the stated confidence for all at once. 0 where a stratum has no such gold. */
  readonly everywhere: { readonly sensitivity: number; readonly specificity: number };
  /** The same of the strata with such gold alone; how many these are. */
  readonly whereGold: { readonly sensitivity: WhereGold; readonly specificity: WhereGold };
  /** Gold of no stratum. */
  readonly without: number;
}

/**
 * Evaluates decisions in every stratum of one column, by the gold of that stratum alone.
 *
 * together: Clopper–Pearson at δ/G;   worst: G · P(Hyp ≥ errors of the stratum | errors of all gold), Fisher's one-sided test
 *
 * G counts the strata of the decisions too, which need have no gold: what is said of all must be said of those.
 */
export const strataEvaluation = (of: {
  readonly decisions: Decisions;
  readonly gold: Gold<'test'>;
  readonly strata: Strata;
  readonly targets: Targets;
  readonly prevalence: number;
}): StrataEvaluation => {
  const { decisions, gold, strata, targets, prevalence } = of;
  const { confidence } = targets;
  const namesOf = (stackIds: readonly string[]): ReadonlySet<string> =>
    new Set(stackIds.flatMap((stackId) => strata.of.get(stackId) ?? []));
  const withGold = namesOf(gold.stackIds);
  const withoutGold = [...namesOf(decisions.posterior.stackIds)]
    .filter((name) => !withGold.has(name))
    .sort(naturalOrder);
  const all = withGold.size + withoutGold.length;
  const each = [...withGold].sort(naturalOrder).map((stratum): StratumEvaluation => {
    const rows = gold.stackIds.flatMap((stackId, row) => (strata.of.get(stackId) === stratum ? [row] : []));
    const own: Gold<'test'> = {
      role: 'test',
      chosen: gold.chosen,
      stackIds: rows.map((row) => gold.stackIds[row]),
      label: Uint8Array.from(rows, (row) => gold.label[row]),
    };
    const evaluation = Evaluation.evaluate({ gold: own, prevalence, confidence })(decisions);
    const atLeast = ({ hits, n }: { readonly hits: number; readonly n: number }): number =>
      Evaluation.rate({ hits, n, confidence: 1 - (1 - confidence) / all }).atLeast;
    return {
      stratum,
      evaluation,
      against: {
        sensitivity: Evaluation.against(targets.sensitivity)(evaluation.sensitivity),
        specificity: Evaluation.against(targets.specificity)(evaluation.specificity),
      },
      together: { sensitivity: atLeast(evaluation.sensitivity), specificity: atLeast(evaluation.specificity) },
    };
  });
  const sensitivity = worstOf(each, 'sensitivity');
  const specificity = worstOf(each, 'specificity');
  const lowest = (of: readonly StratumEvaluation[], rate: Side): number =>
    Math.min(1, ...of.map(({ together }) => together[rate]));
  const everywhere = (rate: Side): number => (each.length === 0 || withoutGold.length > 0 ? 0 : lowest(each, rate));
  const whereGold = (rate: Side): WhereGold => {
    const such = each.filter(({ evaluation }) => evaluation[rate].n > 0);
    return present({ strata: such.length, atLeast: such.length === 0 ? undefined : lowest(such, rate) });
  };
  return {
    by: strata.by,
    strata: each,
    withoutGold,
    worst: present({ sensitivity, specificity }),
    everywhere: { sensitivity: everywhere('sensitivity'), specificity: everywhere('specificity') },
    whereGold: { sensitivity: whereGold('sensitivity'), specificity: whereGold('specificity') },
    without: gold.stackIds.filter((stackId) => !strata.of.has(stackId)).length,
  };
};

type Side = 'sensitivity' | 'specificity';

const worstOf = (each: readonly StratumEvaluation[], rate: Side): Worst | undefined => {
  const counts = each
    .map(({ stratum, evaluation }) => ({ stratum, n: evaluation[rate].n, hits: evaluation[rate].hits }))
    .filter(({ n }) => n > 0);
  const all = counts.reduce((sum, { n, hits }) => ({ n: sum.n + n, errors: sum.errors + n - hits }), {
    n: 0,
    errors: 0,
  });
  if (all.errors === 0 || counts.length < 2) return undefined;
  const worst = counts.reduce((a, b) => (b.hits * a.n < a.hits * b.n ? b : a));
  const { atLeast } = hypergeometricTails({
    k: worst.n - worst.hits,
    drawn: worst.n,
    marked: all.errors,
    population: all.n,
  });
  return {
    stratum: worst.stratum,
    estimate: worst.hits / worst.n,
    pValue: Math.min(1, counts.length * atLeast),
  };
};
