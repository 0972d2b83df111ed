import * as StopRule from '../../asking/stopRule/index.js';
import type { Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import type { Rate } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { pBelow } from '../../kernel/special/binomial.js';
import * as Policy from '../../policy/index.js';
import * as Gold from '../../stages/gold.js';
import type { AcrossDatasets, DecisionCounts, EndToEndCounts, Refusal } from '../../stages/riskControl/index.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { heldRate, type RanOut, usedText } from '../endToEnd.js';
import {
  areSingle,
  clustersOf,
  effectiveCounts,
  type GoldClusters,
  goldColumns,
  isError,
  isOpenEnd,
} from './clusters.js';
import { arrived, betsAfter, type GateHypothesis, type GoldBet, type GoldBets } from './goldBets.js';

/**
 * The answer of a gate. `pass`: both targets are shown; they stay shown while gold grows, until gold shows the opposite. `fail`: a
 * target is shown to be missed, and what had passed is revoked. `insufficient`: it holds so far, or more gold is needed.
 * `not certified`: shown, but these stacks are not like those the policy was made for. `refused`: gold that proves nothing.
 */
export type GateVerdict = 'pass' | 'fail' | 'insufficient' | 'not certified' | 'refused';

/** What the policy may do on a dataset. In `shadow` it decides and is recorded, while people decide. */
export type Mode = 'live' | 'shadow' | 'people';

/** What gold of one class shows so far. */
export interface GateEvidence extends StopRule.GrowingGoldState {
  /** The largest risk allowed. */
  readonly limit: number;
  /** What shows that the risk is within it. */
  readonly test: StopRule.LookThenBet;
  /** Bets that the risk is beyond its limit: the most log-wealth so far, and what revokes. */
  readonly against: { readonly bestLogWealth: number; readonly needed: number };
}

/** The answer for one dataset, with what it rests on. */
export interface DatasetGate {
  readonly dataset: string;
  /** Stacks of this dataset in the batch. */
  readonly stacks: number;
  readonly verdict: GateVerdict;
  readonly mode: Mode;
  readonly counts: EndToEndCounts;
  /** Gold of this dataset without votes and without a score; it takes no part. */
  readonly unseen: number;
  /** Share of stalled gold not retired as flowing. Stacks left to people count as right, stacks whose votes ran out as wrong (`heldRate`). */
  readonly sensitivity: Rate;
  /** Share of flowing gold not retired as stalled, counted in the same way. */
  readonly specificity: Rate;
  /** Each class over all gates so far. Gold whose votes ran out counts as wrong for a pass and as right for a fail. */
  readonly evidence: { readonly stalled: GateEvidence; readonly flowing: GateEvidence };
  /**
   * How much more gold would make it pass, if no further error occurs and all of `votesFor` end right. With clusters: how many
   * more clusters. Present when insufficient; a class is absent where its one look is over.
   */
  readonly more?: { readonly unit: 'stacks' | 'clusters'; readonly stalled?: number; readonly flowing?: number };
  /** Gold stacks that need more votes until the rule stops. Present when insufficient; other gold does not replace them. */
  readonly votesFor?: RanOut;
  /** The risks shown to be beyond their limit. */
  readonly broken: readonly ('missed stalls' | 'false alarms')[];
  readonly refusals: readonly Refusal[];
  /** Present when clusters are known: what they show with the cluster as the unit. */
  readonly clusters?: GoldClusters & {
    /** Whether counts divided by the design effect would pass. It describes; it cannot see a rare bad cluster. Absent where the effect is unknown. */
    readonly sensitivityAnalysis?: 'passes' | 'does not pass';
    /** True when it would pass if gold were independent, and does not by cluster. */
    readonly decides: boolean;
  };
  /** True when no gold stack was decided automatically, so that there is nothing to approve. */
  readonly decidesNothing: boolean;
}

/** All datasets, and what they say together. */
export interface GateSummary {
  readonly schema: 'tandem-gate/2';
  readonly targets: Targets;
  readonly by?: string;
  readonly clusterBy?: string;
  readonly datasets: readonly DatasetGate[];
  /** Gold stacks that belong to no dataset. */
  readonly goldWithoutDataset: number;
  /** Datasets of the batch without gold. In `across` they count as datasets that prove nothing. */
  readonly withoutGold: number;
  /** Absent when no dataset has gold. */
  readonly across?: AcrossDatasets;
  /** Why these stacks are not those the policy was made for. Empty where they are, as far as can be seen. */
  readonly mismatches: readonly Policy.BatchMismatch[];
  /** Votes the rule may take on one stack. */
  readonly mostVotes: number;
  /** Gold judged so far, to be given to the next gate. */
  readonly bets: GoldBets;
  readonly warnings: readonly string[];
}

export interface GateQuestion {
  /** Of the batch, by all votes. */
  readonly posterior: Policy.Decisions['posterior'];
  /** Gold of this gate without what the policy has met. */
  readonly gold: Gold.Gold<'test'>;
  /** How each row of it ends under the rule. */
  readonly ends: Uint8Array;
  readonly hypothesis: GateHypothesis;
  readonly before?: GoldBets | undefined;
  readonly share: number;
  readonly mostVotes: number;
  readonly mismatches: readonly Policy.BatchMismatch[];
  /** Absent: everything is one dataset. */
  readonly strata?: Strata | undefined;
  readonly clusters?: Strata | undefined;
  readonly warnings: readonly string[];
}

/** Bets of earlier gates, and how stacks belong to datasets and clusters. */
export interface GateStudyOptions {
  /** What the gate before returned as `bets`. Absent: this is the first. */
  readonly bets?: GoldBets | undefined;
  /** Share of the error that the first look of each dataset may spend, in [0, 1]; default .8. */
  readonly spend?: number | undefined;
  /** Share of datasets that must meet the targets, in (0, 1); default .95. */
  readonly share?: number | undefined;
  /** The dataset of each stack. Absent: everything is one dataset. */
  readonly strata?: Strata | undefined;
  /** Stacks that resemble each other, e.g. those of one mouse: the proof is by cluster. */
  readonly clusters?: Strata | undefined;
  /** Of the caller, after those of the gate. */
  readonly warnings?: readonly string[] | undefined;
}

/** The name of the one dataset when stacks are not divided. */
const EVERYTHING = 'all stacks';

const REPLAYED =
  'gold is judged under the rule of the policy, votes in their order; where votes ran out first it counts as wrong for a pass and as right for a fail';

/**
 * The question of a gate, which must stay the same while its gold grows.
 *
 * @param policy - to be judged
 * @param options - as for `Study.gate`
 */
export const gateHypothesis = (
  policy: Policy.Policy,
  { spend = StopRule.DEFAULT_FIRST_SHARE, strata, clusters }: GateStudyOptions = {},
): GateHypothesis =>
  present({
    policy: Policy.hash(policy),
    targets: policy.targets,
    spend,
    by: strata?.by,
    clusterBy: clusters?.by,
  });

/**
 * The validation gate: may this policy replace people here? Each dataset is judged by its own gold, which may grow for as long
 * as anybody likes.
 *
 * The first gate of a dataset is one exact look, every later stack a bet, and both together are wrong with probability ≤ δ
 * (`StopRule.lookThenBet`). So a gate may be repeated whenever gold has arrived: give it the `bets` of the one before, and gold
 * that has only grown at its end. The same gold again changes nothing. Bets on the opposite revoke a pass, and are wrong
 * with probability ≤ δ as well.
 *
 * Gold that fitted or tuned the policy is left out. Gold is replayed under the rule, votes in their order.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - bets before, datasets and clusters
 * @returns what `tandem gate` writes to gate.json: a verdict for each dataset, what they say together, and the bets
 * @throws RangeError when the bets cannot be gone on with (`Study.betsConflict`)
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 0, prevalence: 0.05, model: {}, gold: { stalled: 1400, flowing: 1800, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05, testShare: 0.25 })(lab);
 * const first = Study.gate(policy)(lab);
 * first.datasets.map(({ dataset, verdict, counts }) => [dataset, verdict, counts.stalled]) // => [['all stacks', 'insufficient', 350]]
 * const again = Study.gate(policy, { bets: first.bets })(lab);
 * again.bets.bets.length === first.bets.bets.length // => true
 * @see docs/math.md#the-gate · docs/math.md#repeated-looks
 */
export const studyGate =
  (policy: Policy.Policy, options: GateStudyOptions = {}) =>
  (data: Policy.Inputs & { readonly gold: GoldSet }): GateSummary => {
    const { bets, share = 0.95, strata, clusters, warnings = [] } = options;
    const gold = freshGold(policy, data.gold);
    const used = data.gold.stackIds.length - gold.stackIds.length;
    const decided = Policy.decide(policy)(data);
    // Gold that was chosen by its class is not a part of these stacks as they are; but its votes need an order like all others.
    const leaveOut = data.gold.chosen === 'random' ? [] : data.gold.stackIds;
    const different = Policy.batchMismatches(policy, { leaveOut })(data);
    const mismatches = [
      ...decided.mismatches.filter(({ _tag }) => _tag === 'Order'),
      ...different.filter(({ _tag }) => _tag !== 'Order' && !(_tag === 'Clusters' && clusters !== undefined)),
    ];
    return gateSummary({
      posterior: decided.posterior,
      gold,
      ends: Policy.replayed(policy, gold)(data).decisions,
      hypothesis: gateHypothesis(policy, options),
      before: bets,
      share,
      mostVotes: StopRule.mostVotesOf(policy.rule),
      mismatches,
      strata,
      clusters,
      warnings: [...(used > 0 ? [usedText(used)] : []), REPLAYED, ...warnings],
    });
  };

/** Gold that may judge a policy: what it has met is left out. */
export const freshGold = (policy: Policy.Policy, gold: GoldSet): Gold.Gold<'test'> =>
  Gold.as('test')(Gold.without(Policy.goldMet(policy))(gold));

/** The gate over datasets: each by its own gold, then three statements about all of them. */
export const gateSummary = (question: GateQuestion): GateSummary => {
  const { posterior, gold, ends, hypothesis, before, share, mostVotes, mismatches, strata, clusters, warnings } =
    question;
  const { targets } = hypothesis;
  const bets = betsAfter(before, { hypothesis, gold, ends, strata, clusters });
  const datasetOf = (stackId: string): string | undefined =>
    strata === undefined ? EVERYTHING : strata.of.get(stackId);
  const nameOf = (bet: GoldBet): string | undefined => (strata === undefined ? EVERYTHING : bet.dataset);
  const stacks = tally(posterior.stackIds, datasetOf);
  const names = [...new Set([...stacks.keys(), ...bets.bets.flatMap((bet) => nameOf(bet) ?? [])])].sort(naturalOrder);
  const rowById = rowOfId(posterior.stackIds);
  const logOddsOf = (stackId: string): number | undefined => {
    const row = rowById.get(stackId);
    return row === undefined ? undefined : posterior.logOdds[row];
  };
  const judged = names.map((dataset) =>
    judge({
      ...{ dataset, stacks: stacks.get(dataset) ?? 0, logOddsOf, hypothesis, chosen: gold.chosen, mismatches },
      bets: bets.bets.filter((bet) => nameOf(bet) === dataset),
      areClustered: clusters !== undefined,
    }),
  );
  const withoutGold = judged.filter(({ answer }) => answer.counts.stalled + answer.counts.flowing === 0).length;
  // A dataset without gold counts among all datasets, as one that proves nothing.
  const across = RiskControl.acrossDatasets({ targets, share });
  const named = (counts: (one: Judged) => DecisionCounts) =>
    judged.map((one) => ({ dataset: one.answer.dataset, pMeets: one.pMeets, ...counts(one) }));
  return present({
    schema: 'tandem-gate/2',
    targets,
    by: strata === undefined ? undefined : strata.by,
    clusterBy: clusters === undefined ? undefined : clusters.by,
    datasets: judged.map(({ answer }) => answer),
    goldWithoutDataset: bets.bets.filter((bet) => nameOf(bet) === undefined).length,
    withoutGold,
    across: withoutGold === judged.length ? undefined : across(named(({ observed }) => observed)),
    mismatches,
    mostVotes,
    bets,
    warnings,
  });
};

interface Judged {
  readonly answer: DatasetGate;
  /** The counts as observed; gold whose votes ran out counts as wrong. */
  readonly observed: DecisionCounts;
  /** Against "a target is not met", over all gates together. */
  readonly pMeets: number;
}

const judge = ({
  dataset,
  bets: all,
  stacks,
  logOddsOf,
  hypothesis,
  chosen,
  mismatches,
  areClustered,
}: {
  readonly dataset: string;
  readonly bets: readonly GoldBet[];
  readonly stacks: number;
  readonly logOddsOf: (stackId: string) => number | undefined;
  readonly hypothesis: GateHypothesis;
  readonly chosen: GoldSet['chosen'];
  readonly mismatches: readonly Policy.BatchMismatch[];
  readonly areClustered: boolean;
}): Judged => {
  const { targets } = hypothesis;
  const { confidence } = targets;
  const bets = arrived(all);
  const columns = goldColumns(bets);
  const stackIds = bets.map(({ stackId }) => stackId);
  const counts = RiskControl.endToEndCounts({ chosen, stackIds, label: columns.label })(columns.ends);
  const refusals = RiskControl.refusals()({ chosen, stackIds });
  const stalled = evidenceOf(bets, 'stalled', hypothesis);
  const flowing = evidenceOf(bets, 'flowing', hypothesis);
  const byCluster = areClustered && bets.length > 0 ? clustersOf({ bets, logOddsOf }, targets) : undefined;
  const isByCluster = byCluster !== undefined && !areSingle(bets);
  const isShown = isByCluster
    ? byCluster.stalled.below.shown && byCluster.flowing.below.shown
    : isShownBy(stalled) && isShownBy(flowing);
  const broken = [
    ...((isByCluster ? byCluster.stalled.above.shown : isRefuted(stalled)) ? (['missed stalls'] as const) : []),
    ...((isByCluster ? byCluster.flowing.above.shown : isRefuted(flowing)) ? (['false alarms'] as const) : []),
  ];
  const { ranOut, undecided } = counts;
  const seen = counts.stalled + counts.flowing;
  const open = ranOut.stalled + ranOut.flowing;
  const decided = seen - open - undecided.stalled - undecided.flowing;
  const verdict = verdictOf({
    isRefused: refusals.length > 0,
    isBroken: broken.length > 0,
    isShown: isShown && decided > 0,
    mismatches: mismatches.length,
  });
  const observed = bare(RiskControl.heldWrong(counts));
  const proves = refusals.length === 0 && decided > 0;
  return {
    observed,
    pMeets: proves ? pMeetsOf({ stalled, flowing, clusters: isByCluster ? byCluster : undefined }, hypothesis) : 1,
    answer: present({
      dataset,
      stacks,
      verdict,
      mode: MODES[verdict],
      counts,
      unseen: all.length - bets.length,
      sensitivity: rightRate({ confidence, n: counts.stalled, errors: counts.missed, ranOut: ranOut.stalled }),
      specificity: rightRate({ confidence, n: counts.flowing, errors: counts.alarmed, ranOut: ranOut.flowing }),
      evidence: { stalled, flowing },
      ...(verdict === 'insufficient' &&
        lacking({ bets, hypothesis, ranOut, clusters: isByCluster ? byCluster : undefined, stalled, flowing })),
      broken: verdict === 'fail' ? broken : [],
      refusals,
      clusters:
        byCluster === undefined
          ? undefined
          : present({
              ...byCluster,
              sensitivityAnalysis: analysisOf(bets, byCluster, targets),
              decides: isByCluster && !isShown && isShownBy(stalled) && isShownBy(flowing) && decided > 0,
            }),
      decidesNothing: decided + open === 0,
    }),
  };
};

const verdictOf = (found: {
  readonly isRefused: boolean;
  readonly isBroken: boolean;
  readonly isShown: boolean;
  readonly mismatches: number;
}): GateVerdict => {
  if (found.isRefused) return 'refused';
  if (found.isBroken) return 'fail';
  if (!found.isShown) return 'insufficient';
  return found.mismatches > 0 ? 'not certified' : 'pass';
};

const MODES: Readonly<Record<GateVerdict, Mode>> = {
  pass: 'live',
  fail: 'people',
  insufficient: 'shadow',
  'not certified': 'shadow',
  refused: 'shadow',
};

/** Gold of one class through the first look and the bets, by the gates in which it came. */
const evidenceOf = (
  bets: readonly GoldBet[],
  label: GoldBet['label'],
  { targets, spend }: GateHypothesis,
  wrong: (bet: GoldBet) => boolean = (bet) => isError(bet) || isOpenEnd(bet),
): GateEvidence => {
  const own = bets.filter((bet) => bet.label === label);
  const limit = 1 - (label === 'stalled' ? targets.sensitivity : targets.specificity);
  const delta = 1 - targets.confidence;
  const first = own.filter(({ gate }) => gate === own[0]?.gate).length;
  const test = StopRule.lookThenBet({ limit, delta, goldAtFirstLook: first, spend });
  const against = StopRule.append({
    bet: { limit, side: 'above' },
    errors: Uint8Array.from(own, (bet) => Number(isError(bet))),
  })(StopRule.NO_GOLD_YET);
  return {
    limit,
    ...StopRule.follow(test)(Uint8Array.from(own, (bet) => Number(wrong(bet)))),
    test,
    // Two classes may each be wrongly found to be beyond, so each has half of the error.
    against: { bestLogWealth: against.bestLogWealth, needed: -Math.log(delta / 2) },
  };
};

const isShownBy = ({ shownAt }: GateEvidence): boolean => shownAt !== undefined;

const isRefuted = ({ against }: GateEvidence): boolean => against.bestLogWealth >= against.needed;

/** Whether the counts would pass one look if they were divided by the design effect. */
const analysisOf = (
  bets: readonly GoldBet[],
  clusters: GoldClusters,
  targets: Targets,
): 'passes' | 'does not pass' | undefined => {
  const counts = effectiveCounts(bets, clusters);
  if (counts === undefined) return undefined;
  return RiskControl.testTargets(targets)(counts).verdict === 'meets' ? 'passes' : 'does not pass';
};

/**
 * A p-value that holds over all gates: the first look and the bets divide it as `spend` says, each by itself.
 *
 * p = max over classes of min( p of the first look/spend, 1/((1 − spend) · max W) );   by cluster 1/max W
 */
const pMeetsOf = (
  {
    stalled,
    flowing,
    clusters,
  }: Pick<DatasetGate['evidence'], 'stalled' | 'flowing'> & { readonly clusters: GoldClusters | undefined },
  { spend }: GateHypothesis,
): number => {
  if (clusters !== undefined) {
    return Math.min(1, Math.exp(-Math.min(clusters.stalled.below.bestLogWealth, clusters.flowing.below.bestLogWealth)));
  }
  const ofClass = ({ limit, errorsAtFirstLook, test, bestLogWealth }: GateEvidence): number => {
    const atLook =
      test.firstLook === undefined || errorsAtFirstLook === undefined
        ? 1
        : pBelow({ errors: errorsAtFirstLook, n: test.firstLook.n }, limit) / spend;
    return Math.min(1, atLook, Math.exp(-bestLogWealth) / (1 - spend));
  };
  return Math.max(ofClass(stalled), ofClass(flowing));
};

const rightRate = ({
  n,
  errors,
  ranOut,
  confidence,
}: {
  readonly n: number;
  readonly errors: number;
  readonly ranOut: number;
  readonly confidence: number;
}): Rate => heldRate({ hits: n - errors - ranOut, ranOut, n, confidence });

/** What a pass still needs, if every stack whose votes ran out ends right. */
const lacking = ({
  bets,
  hypothesis,
  ranOut,
  clusters,
  stalled,
  flowing,
}: {
  readonly bets: readonly GoldBet[];
  readonly hypothesis: GateHypothesis;
  readonly ranOut: RanOut;
  readonly clusters: GoldClusters | undefined;
} & DatasetGate['evidence']): Pick<DatasetGate, 'more' | 'votesFor'> => {
  const votesFor = {
    stalled: (clusters === undefined ? isShownBy(stalled) : clusters.stalled.below.shown) ? 0 : ranOut.stalled,
    flowing: (clusters === undefined ? isShownBy(flowing) : clusters.flowing.below.shown) ? 0 : ranOut.flowing,
  };
  // With everything open ended right.
  const best = (label: GoldBet['label']): GateEvidence => evidenceOf(bets, label, hypothesis, isError);
  const needed = (label: GoldBet['label']): number | undefined => {
    const state = best(label);
    return StopRule.stillNeeded(state.test)(state);
  };
  const more =
    clusters === undefined
      ? present({ unit: 'stacks' as const, stalled: needed('stalled'), flowing: needed('flowing') })
      : {
          unit: 'clusters' as const,
          stalled: clusters.stalled.below.more ?? 0,
          flowing: clusters.flowing.below.more ?? 0,
        };
  return votesFor.stalled + votesFor.flowing === 0 ? { more } : { more, votesFor };
};

const bare = ({ stalled, missed, flowing, alarmed }: DecisionCounts): DecisionCounts => ({
  stalled,
  missed,
  flowing,
  alarmed,
});

const tally = (
  stackIds: readonly string[],
  nameOf: (stackId: string) => string | undefined,
): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const stackId of stackIds) {
    const name = nameOf(stackId);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};
