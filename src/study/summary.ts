import type { Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import * as Policy from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import * as Gold from '../stages/gold.js';
import type { LostPositives } from '../stages/prevalence/index.js';
import { type AgainstCrowd, againstCrowdOf, type EndToEnd, endToEndOf, usedText } from './endToEnd.js';
import { lostAmong } from './prevalence/outcomes.js';
import { type StrataEvaluation, strataEvaluation } from './strata.js';

/** One evaluation: what `tandem evaluate` and `tandem run` print and write to evaluation.json. */
export interface Summary {
  readonly schema: 'tandem-evaluation/1';
  readonly verdict: Policy.Verdict;
  readonly policyHash: string;
  readonly targets: Targets;
  readonly prevalence: Policy.Prevalence;
  readonly certification: Policy.Certification;
  /** Present where the policy was fitted with `asking`. */
  readonly asking?: Policy.AskingSummary | Policy.AskingNotCertified;
  /** Each target against test gold. */
  readonly heldOut: {
    readonly sensitivity: Evaluation.TargetVerdict;
    readonly specificity: Evaluation.TargetVerdict;
  };
  /** Three-way decisions against test gold. */
  readonly evaluation: Evaluation.Evaluation;
  /** Each source with one cut and no abstention, on the gold it has evidence about. */
  readonly sources: {
    readonly fused: Evaluation.Calls;
    readonly crowd: Evaluation.Calls;
    readonly model?: Evaluation.Calls;
  };
  /** The asking rule on test gold, from the first vote to the last. */
  readonly endToEnd?: EndToEnd & {
    readonly heldOut: {
      readonly sensitivity: Evaluation.TargetVerdict;
      readonly specificity: Evaluation.TargetVerdict;
    };
  };
  /** Machine and crowd compared with the crowd alone, stack by stack. */
  readonly againstCrowd: AgainstCrowd;
  readonly work: Policy.Work;
  /** Why the certificate does not hold for this batch. Absent where it holds. */
  readonly uncovered?: readonly string[];
  readonly warnings: readonly string[];
  /** The same evaluation in each stratum, one entry for each column. Absent without strata. */
  readonly strata?: readonly StrataEvaluation[];
  /** Three-way decisions at another prevalence. Absent when none was stated. */
  readonly atPrevalence?: Evaluation.Evaluation;
  /** Stalled stacks that were retired as flowing, estimated from the audit. Absent without an audit. */
  readonly lost?: LostPositives;
}

/** At which strata and prevalence a policy is evaluated, and notes on the batch. */
export interface SummaryOptions {
  /** Columns that divide the stacks, each evaluated stratum by stratum. */
  readonly strata?: readonly Strata[] | undefined;
  /** Also evaluate at this P(stalled), in (0, 1). */
  readonly prevalence?: number | undefined;
  /** Why the certificate does not hold for this batch, if so. */
  readonly uncovered?: readonly string[] | undefined;
  /** Of the caller, after those of the evaluation. */
  readonly warnings?: readonly string[] | undefined;
}

/**
 * Evaluates a policy on gold it has never seen, and counts the work.
 *
 * Gold that fitted or tuned the policy is left out.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - strata, another prevalence
 * @param data - votes, scores and gold; `audit`: labels of a random part of the automatic decisions; `decisions` of
 *   `Policy.decide` on this batch, to save the time of deciding again
 * @returns what evaluation.json holds
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 })(lab);
 * const { verdict, heldOut, work } = Study.summary(policy)(lab);
 * [verdict, heldOut.specificity, work.stacks] // => ['certified', 'met', 2100]
 */
export const studySummary =
  (policy: Policy.Policy, options: SummaryOptions = {}) =>
  (
    data: Policy.Inputs & {
      readonly gold: GoldSet;
      readonly audit?: GoldSet | undefined;
      readonly decisions?: Policy.Decisions | undefined;
    },
  ): Summary => {
    const { uncovered = [], warnings = [] } = options;
    const decisions = data.decisions ?? Policy.decide(policy)(data);
    const gold = Gold.as('test')(Gold.without(policy.goldUsed)(data.gold));
    const used = data.gold.stackIds.length - gold.stackIds.length;
    const { certification, cuts } = policy;
    // An asking rule may have targets of its own.
    const { targets } = Policy.certifiedAsking(policy) ?? policy;
    const at = { prevalence: policy.prevalence.value, confidence: targets.confidence };
    const evaluation = Evaluation.evaluate({ gold, ...at })(decisions);
    const heldOut = {
      sensitivity: Evaluation.against(targets.sensitivity)(evaluation.sensitivity),
      specificity: Evaluation.against(targets.specificity)(evaluation.specificity),
    };
    const sources = Policy.sources(policy)(data);
    const { fused, crowd, model } = sources;
    const endToEnd = endToEndJudged({ policy, batch: data, gold });
    const stated = options.prevalence;
    const inStrata = (strata: Strata): StrataEvaluation =>
      strataEvaluation({ decisions, gold, strata, targets, prevalence: stated ?? at.prevalence });
    return present({
      schema: 'tandem-evaluation/1',
      verdict: Policy.verdict({
        certified: Policy.isCertified(policy) && uncovered.length === 0,
        against: [heldOut.sensitivity, heldOut.specificity, ...Object.values(endToEnd?.heldOut ?? {})],
      }),
      policyHash: Policy.hash(policy),
      targets,
      prevalence: policy.prevalence,
      certification,
      asking: Policy.askingSummary(policy),
      heldOut,
      evaluation,
      sources: present({
        fused: Evaluation.calls({ gold, ...at, cut: cuts.fused })(fused),
        crowd: Evaluation.calls({ gold, ...at, cut: cuts.crowd })(crowd),
        model:
          model === undefined || cuts.model === undefined
            ? undefined
            : Evaluation.calls({ gold, ...at, cut: cuts.model })(model),
      }),
      endToEnd,
      againstCrowd: againstCrowdOf({ policy, batch: data, decisions, sources, gold }),
      work: Policy.work(decisions),
      uncovered: uncovered.length === 0 ? undefined : uncovered,
      warnings: [...(used > 0 ? [usedText(used)] : []), ...warnings],
      strata: options.strata?.length === 0 ? undefined : options.strata?.map(inStrata),
      atPrevalence:
        stated === undefined ? undefined : Evaluation.evaluate({ ...at, gold, prevalence: stated })(decisions),
      lost:
        data.audit === undefined
          ? undefined
          : lostAmong(decisions, {
              audit: data.audit,
              leftOut: enriched(data.gold, policy),
              confidence: targets.confidence,
            }),
    });
  };

/** Stacks that are in the batch because of their class: they would raise the share of stalls among those retired. */
const enriched = (gold: GoldSet, policy: Policy.Policy): ReadonlySet<string> =>
  new Set(gold.chosen === 'random' ? [] : [...gold.stackIds, ...policy.goldUsed]);

/** The asking rule on test gold, against its own targets. */
const endToEndJudged = (judged: Parameters<typeof endToEndOf>[0]): Summary['endToEnd'] => {
  const found = endToEndOf(judged);
  const targets = Policy.certifiedAsking(judged.policy)?.targets;
  if (found === undefined || targets === undefined) return undefined;
  return {
    ...found,
    heldOut: {
      sensitivity: Evaluation.against(targets.sensitivity)(found.sensitivity),
      specificity: Evaluation.against(targets.specificity)(found.specificity),
    },
  };
};
