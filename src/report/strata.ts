import type { Strata } from '../decode/strata.js';
import type { Targets } from '../domain/targets.js';
import * as Evaluation from '../evaluation.js';
import type { Gold } from '../gold.js';
import { hypergeometricTails } from '../kernel/hypergeometric.js';
import type { Decisions } from '../policy.js';
import { naturally } from './naturally.js';

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

/** Gold divided by one column. */
export interface StrataEvaluation {
  readonly by: string;
  readonly strata: readonly StratumEvaluation[];
  /** Absent without such gold, or without an error anywhere. */
  readonly worst: { readonly sensitivity?: Worst; readonly specificity?: Worst };
  /** In no stratum may they be lower, with the stated confidence for all at once. 0 where a stratum has no such gold. */
  readonly everywhere: { readonly sensitivity: number; readonly specificity: number };
  /** Gold of no stratum. */
  readonly without: number;
}

/**
 * Evaluates decisions in every stratum of one column, by the gold of that stratum alone.
 *
 * together: Clopper–Pearson at δ/G;   worst: G · P(Hyp ≥ errors of the stratum | errors of all gold), Fisher's one-sided test
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
  const names = [...new Set(gold.stackIds.flatMap((stackId) => strata.of.get(stackId) ?? []))].sort(naturally);
  const each = names.map((stratum): StratumEvaluation => {
    const rows = gold.stackIds.flatMap((stackId, row) => (strata.of.get(stackId) === stratum ? [row] : []));
    const own: Gold<'test'> = {
      role: 'test',
      chosen: gold.chosen,
      stackIds: rows.map((row) => gold.stackIds[row]),
      label: Uint8Array.from(rows, (row) => gold.label[row]),
    };
    const evaluation = Evaluation.of(own, { prevalence, confidence })(decisions);
    const atLeast = ({ hits, n }: { readonly hits: number; readonly n: number }): number =>
      Evaluation.rate({ hits, n, confidence: 1 - (1 - confidence) / names.length }).atLeast;
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
  return {
    by: strata.by,
    strata: each,
    worst: {
      ...(sensitivity === undefined ? {} : { sensitivity }),
      ...(specificity === undefined ? {} : { specificity }),
    },
    everywhere: {
      sensitivity: Math.min(1, ...each.map(({ together }) => together.sensitivity)),
      specificity: Math.min(1, ...each.map(({ together }) => together.specificity)),
    },
    without: gold.stackIds.filter((stackId) => !strata.of.has(stackId)).length,
  };
};

const worstOf = (each: readonly StratumEvaluation[], rate: 'sensitivity' | 'specificity'): Worst | undefined => {
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
    of: all.n,
  });
  return {
    stratum: worst.stratum,
    estimate: worst.hits / worst.n,
    pValue: Math.min(1, counts.length * atLeast),
  };
};
