import { mostVotesOf, type RuleReplay } from '../asking/stopRule/index.js';
import type { Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import * as Policy from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import * as Gold from '../stages/gold.js';
import type { LostPositives } from '../stages/prevalence/index.js';
import { type AgainstCrowd, againstCrowdOf, type EndToEnd, endToEndOf, usedText } from './endToEnd.js';
import type { Frontier } from './frontier.js';
import { type Headline, studyHeadline } from './headline.js';
import { type AgainstOwnRule, againstOwnRule, type OwnRule } from './ownRule.js';
import { lostAmong } from './prevalence/outcomes.js';
import { type StrataEvaluation, strataEvaluation } from './strata.js';

/** Two targets against gold. */
export interface AgainstTargets {
  readonly sensitivity: Evaluation.TargetVerdict;
  readonly specificity: Evaluation.TargetVerdict;
}

/**
 * What figures rest on. `cross-fitting`: tuning gold, each fifth decided by a rule that the other four chose. `held-out gold`: gold
 * that the policy has never met.
 */
export type JudgedBy = 'cross-fitting' | 'held-out gold';

/** One evaluation: what `tandem evaluate` and `tandem run` print and write to evaluation.json. */
export interface Summary {
  readonly schema: 'tandem-evaluation/2';
  readonly verdict: Policy.Verdict;
  readonly policyHash: string;
  readonly targets: Targets;
  readonly prevalence: Policy.Prevalence;
  /** What is proved about the rule, or what it lacks. */
  readonly proof: Policy.Proof;
  /** Votes at least and at most, and asked for at a time; share of decisions that people audit. */
  readonly asking: {
    readonly leastVotes: number;
    readonly mostVotes: number;
    readonly votesPerRound: number;
    readonly auditShare: number;
    /** How votes may come. Absent for a policy of an earlier version. */
    readonly schedule?: Policy.Schedule;
  };
  /** Why the certificate is not about this batch. Empty where it is, as far as can be seen. */
  readonly mismatches: readonly Policy.BatchMismatch[];
  /** What the policy comes to on 10,000 stacks. */
  readonly headline: Headline;
  readonly judgedBy: JudgedBy;
  /** The stop rule on gold, from the first vote to the last, and each target against it. */
  readonly endToEnd: EndToEnd & { readonly against: AgainstTargets };
  /** Three-way decisions against gold. */
  readonly evaluation: Evaluation.Evaluation;
  /** Each source with one cut and no abstention, on the gold it has evidence about. */
  readonly sources: {
    readonly fused: Evaluation.Calls;
    readonly crowd: Evaluation.Calls;
    readonly model?: Evaluation.Calls;
  };
  /** Machine and crowd compared with the crowd alone, stack by stack. */
  readonly againstCrowd: AgainstCrowd;
  /** Beside a stopping rule of the laboratory's own. Absent where none was named. */
  readonly againstOwnRule?: AgainstOwnRule;
  /** What other certified sensitivities would cost. Absent where no policy was fitted. */
  readonly frontier?: Frontier;
  readonly work: Policy.Work;
  /** Why the certificate does not hold for this batch, beside `mismatches`. Absent where it holds. */
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
  /** A stopping rule to compare with, from `Study.ownRule`. */
  readonly compare?: OwnRule | undefined;
  /** From `Study.frontier`, to be told beside. */
  readonly frontier?: Frontier | undefined;
  /** Why the certificate does not hold for this batch, beside what `Policy.decide` finds. */
  readonly uncovered?: readonly string[] | undefined;
  /** Of the caller, after those of the evaluation. */
  readonly warnings?: readonly string[] | undefined;
}

/**
 * Evaluates a policy on gold it has never seen, or by cross-fitting on gold that tuned it, and counts the work.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - strata, another prevalence, a rule to compare with
 * @param data - votes, scores and gold. Gold that fitted or tuned the policy is left out, unless `crossFitted` of `Policy.fit` says
 *   how its `gold.tune` ends. `audit`: labels of a random part of the automatic decisions; `decisions` of `Study.decide` and
 *   `sources` of `Policy.sources` on this batch, to save the time of working them out again
 * @returns what evaluation.json holds
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy, gold, crossFitted } = Policy.fit({ prevalence: 0.05 })(lab);
 * const { verdict, endToEnd, work } = Study.summary(policy)({ ...lab, gold: gold.tune, crossFitted });
 * [verdict, endToEnd.against.specificity, work.stacks] // => ['certified', 'met', 2100]
 */
export const studySummary =
  (policy: Policy.Policy, options: SummaryOptions = {}) =>
  (
    data: Policy.Inputs & {
      readonly gold: GoldSet;
      readonly crossFitted?: RuleReplay | undefined;
      readonly audit?: GoldSet | undefined;
      readonly decisions?: Policy.Decisions | undefined;
      readonly sources?: Policy.Sources | undefined;
    },
  ): Summary => {
    const { uncovered = [], warnings = [] } = options;
    const decisions = data.decisions ?? decideBesideGold(policy)(data);
    const isHeldOut = data.crossFitted === undefined;
    const gold = Gold.as('test')(isHeldOut ? Gold.without(Policy.goldMet(policy))(data.gold) : data.gold);
    const used = data.gold.stackIds.length - gold.stackIds.length;
    const replay = data.crossFitted ?? Policy.replayed(policy, gold)(data);
    const { cuts, targets } = policy;
    const at = { prevalence: policy.prevalence.value, confidence: targets.confidence };
    // What cross-fitting decided is not what the rule of the policy decides about the same gold.
    const judged = isHeldOut ? decisions : Policy.endedBy(replay, gold)(decisions);
    const evaluation = Evaluation.evaluate({ gold, ...at })(judged);
    const endToEnd = endToEndOf({ policy, gold, replay });
    const against = {
      sensitivity: Evaluation.against(targets.sensitivity)(endToEnd.sensitivity),
      specificity: Evaluation.against(targets.specificity)(endToEnd.specificity),
    };
    const sources = data.sources ?? Policy.sources(policy)(data);
    const { fused, crowd, model } = sources;
    const stated = options.prevalence;
    const inStrata = (strata: Strata): StrataEvaluation =>
      strataEvaluation({ decisions: judged, gold, strata, targets, prevalence: stated ?? at.prevalence });
    return present({
      schema: 'tandem-evaluation/2',
      verdict: Policy.verdict({
        certified: Policy.isCertified(policy),
        mismatches: decisions.mismatches.length + uncovered.length,
        // The certificate rests on the same gold as cross-fitting does, which so adds no evidence against it.
        against: isHeldOut ? Object.values(against) : [],
      }),
      policyHash: Policy.hash(policy),
      targets,
      prevalence: policy.prevalence,
      proof: policy.proof,
      asking: askingOf(policy),
      mismatches: decisions.mismatches,
      headline: studyHeadline(policy)({ gold, replay, isHeldOut }),
      judgedBy: isHeldOut ? 'held-out gold' : 'cross-fitting',
      endToEnd: { ...endToEnd, against },
      evaluation,
      sources: present({
        fused: Evaluation.calls({ gold, ...at, cut: cuts.fused })(fused),
        crowd: Evaluation.calls({ gold, ...at, cut: cuts.crowd })(crowd),
        model:
          model === undefined || cuts.model === undefined
            ? undefined
            : Evaluation.calls({ gold, ...at, cut: cuts.model })(model),
      }),
      againstCrowd: againstCrowdOf({ policy, decisions, sources, gold, replay }),
      againstOwnRule:
        options.compare === undefined
          ? undefined
          : againstOwnRule(policy, options.compare)({ votes: data.votes, gold, replay }),
      frontier: options.frontier,
      work: Policy.work(decisions),
      uncovered: uncovered.length === 0 ? undefined : uncovered,
      warnings: [...(used > 0 ? [usedText(used)] : []), ...warnings],
      strata: options.strata?.length === 0 ? undefined : options.strata?.map(inStrata),
      atPrevalence: stated === undefined ? undefined : Evaluation.evaluate({ ...at, gold, prevalence: stated })(judged),
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

/**
 * Decides about a batch that holds gold, as `Policy.decide` does. Gold that was chosen by its class is left out where the batch is held
 * against what the policy was certified on, because it is not a part of these stacks as they are.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @returns from votes, scores and gold: decisions about all stacks, with `status` and `mismatches` of those that are not such gold
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05, testShare: 0.2 })(lab);
 * Study.decide(policy)(lab).status // => 'certified'
 */
export const decideBesideGold =
  (policy: Policy.Policy) =>
  (data: Policy.Inputs & { readonly gold: GoldSet }): Policy.Decisions => {
    const decisions = Policy.decide(policy)(data);
    if (data.gold.chosen === 'random' || decisions.mismatches.length === 0) return decisions;
    const others = Policy.batchMismatches(policy, { leaveOut: data.gold.stackIds })(data);
    // Votes on gold need an order like all others.
    const mismatches = [
      ...decisions.mismatches.filter(({ _tag }) => _tag === 'Order'),
      ...others.filter(({ _tag }) => _tag !== 'Order'),
    ];
    const isOnlyGold = decisions.status === 'not certified' && mismatches.length === 0;
    return { ...decisions, mismatches, status: isOnlyGold ? 'certified' : decisions.status };
  };

const askingOf = ({ rule, votesPerRound, audit, profile }: Policy.Policy): Summary['asking'] =>
  present({
    leastVotes: rule.leastVotes,
    mostVotes: mostVotesOf(rule),
    votesPerRound,
    auditShare: audit?.share ?? 0,
    schedule: profile?.schedule,
  });

/** Stacks that are in the batch because of their class: they would raise the share of stalls among those retired. */
const enriched = (gold: GoldSet, policy: Policy.Policy): ReadonlySet<string> =>
  new Set(gold.chosen === 'random' ? [] : [...gold.stackIds, ...Policy.goldMet(policy)]);
