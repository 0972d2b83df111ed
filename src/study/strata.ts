import type { Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { hypergeometricTails } from '../kernel/special/hypergeometric.js';
import * as Policy from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import * as Gold from '../stages/gold.js';

/** The decisions in one stratum against its gold, at the stated prevalence. */
export interface StratumEvaluation {
  readonly stratum: string;
  readonly evaluation: Evaluation.Evaluation;
  readonly against: { readonly sensitivity: Evaluation.TargetVerdict; readonly specificity: Evaluation.TargetVerdict };
  /** One-sided bounds that hold in all strata of this column at once. */
  readonly together: { readonly sensitivity: number; readonly specificity: number };
}

/** The stratum with the lowest rate, and whether chance explains it. */
export interface Worst {
  readonly stratum: string;
  readonly estimate: number;
  /** p-value of “it errs no more than the others”, corrected for picking the worst of all strata. */
  readonly pValue: number;
}

/** What holds in every stratum that has gold of one class. */
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
  /** Strata of the decisions without gold. Nothing is known about them, and so nothing about all strata. */
  readonly withoutGold: readonly string[];
  /** Absent without such gold, or without an error anywhere. */
  readonly worst: { readonly sensitivity?: Worst; readonly specificity?: Worst };
  /** Lower bounds for every stratum, with the stated confidence for all at once. 0 when a stratum lacks gold of the class. */
  readonly everywhere: { readonly sensitivity: number; readonly specificity: number };
  /** The same for the strata that have gold of the class, and how many these are. */
  readonly whereGold: { readonly sensitivity: WhereGold; readonly specificity: WhereGold };
  /** Gold stacks that belong to no stratum. */
  readonly without: number;
}

/**
 * Evaluates a policy in every stratum of one column, each by its own gold: an experiment, a mouse line, a microscope.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - the column; `prevalence` where it is not that of the policy
 * @param data - votes, scores and gold; gold that fitted or tuned the policy is left out
 * @returns what evaluation.json holds of this column
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 0, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05, testShare: 0.3 })(lab);
 * const strata = { by: 'mouse', of: new Map(lab.gold.stackIds.map((stackId, g) => [stackId, g % 2 === 0 ? 'm1' : 'm2'])) };
 * Study.strata(policy, { strata })(lab).strata.map(({ stratum }) => stratum) // => ['m1', 'm2']
 */
export const studyStrata =
  (
    policy: Policy.Policy,
    { strata, prevalence }: { readonly strata: Strata; readonly prevalence?: number | undefined },
  ) =>
  (data: Policy.Inputs & { readonly gold: GoldSet }): StrataEvaluation =>
    strataEvaluation({
      decisions: Policy.decide(policy)(data),
      gold: Gold.as('test')(Gold.without(Policy.goldMet(policy))(data.gold)),
      strata,
      targets: policy.targets,
      prevalence: prevalence ?? policy.prevalence.value,
    });

/**
 * Evaluates decisions in every stratum of one column, by the gold of that stratum alone.
 *
 * together: Clopper–Pearson at δ/G;   worst: G · P(Hyp ≥ errors of the stratum | errors of all gold), Fisher's one-sided test
 *
 * G also counts strata without gold, because a statement about all strata includes them.
 */
export const strataEvaluation = ({
  decisions,
  gold,
  strata,
  targets,
  prevalence,
}: {
  readonly decisions: Policy.Decisions;
  readonly gold: Gold.Gold<'test'>;
  readonly strata: Strata;
  readonly targets: Targets;
  readonly prevalence: number;
}): StrataEvaluation => {
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
    const own: Gold.Gold<'test'> = {
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
  const lowest = (among: readonly StratumEvaluation[], rate: Side): number =>
    Math.min(1, ...among.map(({ together }) => together[rate]));
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
