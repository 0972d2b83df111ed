import type { Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import type { Rate } from '../domain/interval.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import * as Policy from '../policy/index.js';
import * as Gold from '../stages/gold.js';
import type {
  AcrossDatasets,
  DecisionCounts,
  EndToEndCounts,
  Gate,
  InterimLook,
  Mode,
  Refusal,
} from '../stages/riskControl/index.js';
import * as RiskControl from '../stages/riskControl/index.js';
import { heldRate, type RanOut, usedText } from './endToEnd.js';
import { clustersOf, effectiveCounts, type GoldClusters } from './gateClusters.js';

/** The answer of a gate; `insufficient` needs more gold, `refused` has gold that proves nothing. */
export type GateVerdict = 'pass' | 'fail' | 'insufficient' | 'refused';

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
  /**
   * How much more gold would make it pass at `nextLook`, if no further error occurs and all of `votesFor` end right.
   * Present when insufficient.
   */
  readonly more?: { readonly stalled: number; readonly flowing: number };
  /** The look at which to ask again. Absent, though insufficient, when no look is left; `more` then is what this one lacked. */
  readonly nextLook?: InterimLook;
  /** How much new gold would pass by itself without an error. Present when no look is left. */
  readonly fresh?: { readonly stalled: number; readonly flowing: number };
  /** Gold stacks that need more votes until the rule stops. Present when insufficient; other gold does not replace them. */
  readonly votesFor?: RanOut;
  readonly broken: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Present when clusters are known: by how much they lower the effective number of gold stacks. */
  readonly clusters?: GoldClusters & {
    /** True when it would pass if gold were independent, and does not at its effective size. */
    readonly decides: boolean;
  };
  /** True when no gold stack was decided automatically, so that there is nothing to approve. */
  readonly decidesNothing: boolean;
}

/** All datasets, and what they say together. */
export interface GateSummary {
  readonly schema: 'tandem-gate/1';
  readonly targets: Targets;
  /** Confidence of each verdict at this look; the other looks have the rest of the error budget. */
  readonly confidence: number;
  readonly look: InterimLook;
  readonly by?: string;
  readonly clusterBy?: string;
  readonly datasets: readonly DatasetGate[];
  /** Gold stacks that belong to no dataset. */
  readonly goldWithoutDataset: number;
  /** Datasets of the batch without gold. In `across` they count as datasets that prove nothing. */
  readonly withoutGold: number;
  /** Absent when no dataset has gold. */
  readonly across?: AcrossDatasets;
  /** The next look and its confidence. Absent when none is left. */
  readonly next?: InterimLook & { readonly confidence: number };
  /** Present when an asking rule was replayed: the votes it may take on one stack. */
  readonly mostVotes?: number;
  readonly warnings: readonly string[];
}

export interface GateQuestion {
  readonly decisions: Policy.Decisions;
  /** Without the gold that fitted or tuned the policy. */
  readonly gold: Gold.Gold<'test'>;
  /** Those of the asking rule where there is one, else those of the policy. */
  readonly targets: Targets;
  readonly look: InterimLook;
  readonly share: number;
  /** Present when gold was replayed under an asking rule. */
  readonly replay?: { readonly ranOut: ReadonlySet<string>; readonly mostVotes: number };
  /** Absent: everything is one dataset. */
  readonly strata?: Strata;
  readonly clusters?: Strata;
  readonly warnings: readonly string[];
}

/** Which interim look this is, and how stacks belong to datasets and clusters. */
export interface GateStudyOptions {
  /** Which interim look at growing gold this is; default the only one. */
  readonly look?: InterimLook | undefined;
  /** Share of datasets that must meet the targets, in (0, 1); default .95. */
  readonly share?: number | undefined;
  /** The dataset of each stack. Absent: everything is one dataset. */
  readonly strata?: Strata | undefined;
  /** Stacks that resemble each other, e.g. those of one mouse. */
  readonly clusters?: Strata | undefined;
  /** Of the caller, after those of the gate. */
  readonly warnings?: readonly string[] | undefined;
}

/** The name of the one dataset when stacks are not divided. */
const EVERYTHING = 'all stacks';

const REPLAYED =
  'gold is judged under the policy’s asking rule, votes taken one at a time; where votes ran out first it counts as wrong for a pass and as right for a fail';

/**
 * The validation gate: may this policy replace people here? Each dataset is judged by its own gold.
 *
 * Gold that fitted or tuned the policy is left out. Under an asking rule gold is replayed, votes taken one at a time.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - interim look, datasets and clusters
 * @returns what `tandem gate` writes to gate.json: a verdict for each dataset, and what they say together
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 0, prevalence: 0.05, model: {}, gold: { stalled: 1400, flowing: 1800, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 })(lab);
 * const { datasets } = Study.gate(policy)(lab);
 * datasets.map(({ dataset, verdict, counts }) => [dataset, verdict, counts.stalled]) // => [['all stacks', 'insufficient', 350]]
 * @see docs/math.md#the-gate
 */
export const studyGate =
  (policy: Policy.Policy, options: GateStudyOptions = {}) =>
  (data: Policy.Inputs & { readonly gold: GoldSet }): GateSummary => {
    const { look = { look: 1, planned: 1 }, share = 0.95, strata, clusters, warnings = [] } = options;
    const gold = Gold.as('test')(Gold.without(policy.goldUsed)(data.gold));
    const used = data.gold.stackIds.length - gold.stackIds.length;
    const decided = Policy.decide(policy)(data);
    const asking = Policy.certifiedAsking(policy);
    const replay = Policy.replayed(policy, gold)(data);
    const isReplayed = replay !== undefined && asking !== undefined;
    return gateSummary(
      present({
        decisions: isReplayed ? Policy.endedBy(replay, gold)(decided) : decided,
        gold,
        targets: (asking ?? policy).targets,
        look,
        share,
        replay: isReplayed ? { ranOut: ranOutOf(replay, gold), mostVotes: asking.rule.maxVotes } : undefined,
        strata,
        clusters,
        warnings: [...(used > 0 ? [usedText(used)] : []), ...(isReplayed ? [REPLAYED] : []), ...warnings],
      }),
    );
  };

const ranOutOf = ({ decisions }: Policy.Replayed, { stackIds }: GoldSet): ReadonlySet<string> =>
  new Set(stackIds.filter((_, g) => decisions[g] === RiskControl.RAN_OUT));

/**
 * The gate over datasets: each by its own gold, then three statements about all of them.
 *
 * Where clusters are known, a pass must also hold at the effective number of gold stacks (`effectiveCounts`). This
 * sensitivity analysis can turn a pass into `insufficient`, never the reverse.
 */
export const gateSummary = (question: GateQuestion): GateSummary => {
  const { decisions, gold, targets, look, share, replay, strata, clusters, warnings } = question;
  const now = RiskControl.atLook(look)(targets);
  const datasetOf = (stackId: string): string | undefined =>
    strata === undefined ? EVERYTHING : strata.of.get(stackId);
  const rowById = rowOfId(decisions.posterior.stackIds);
  const stacks = tally(decisions.posterior.stackIds, datasetOf);
  const names = [...new Set([...stacks.keys(), ...tally(gold.stackIds, datasetOf).keys()])].sort(naturalOrder);
  const judged = names.map((dataset) => {
    const own = among(gold, (stackId) => datasetOf(stackId) === dataset);
    return judge({ dataset, gold: own, stacks: stacks.get(dataset) ?? 0, rowById, question });
  });
  const withoutGold = judged.filter(({ answer }) => answer.counts.stalled + answer.counts.flowing === 0).length;
  // A dataset without gold counts among all datasets, as one that proves nothing.
  const across = (counts: (one: Judged) => DecisionCounts): AcrossDatasets =>
    RiskControl.acrossDatasets({ targets: now, share })(
      judged.map((one) => ({ dataset: one.answer.dataset, ...counts(one) })),
    );
  const next = RiskControl.nextLook(look);
  return present({
    schema: 'tandem-gate/1',
    targets,
    confidence: now.confidence,
    look,
    by: strata === undefined ? undefined : strata.by,
    clusterBy: clusters === undefined ? undefined : clusters.by,
    datasets: judged.map(({ answer }) => answer),
    goldWithoutDataset: gold.stackIds.filter((stackId) => datasetOf(stackId) === undefined).length,
    withoutGold,
    across:
      withoutGold === judged.length
        ? undefined
        : {
            ...across(({ proves }) => proves),
            point: across(({ observed }) => observed).point,
          },
    next: next === undefined ? undefined : { ...next, confidence: RiskControl.atLook(next)(targets).confidence },
    mostVotes: replay === undefined ? undefined : replay.mostVotes,
    warnings,
  });
};

interface Judged {
  readonly answer: DatasetGate;
  /** The counts as observed; gold whose votes ran out counts as wrong. */
  readonly observed: DecisionCounts;
  /** The counts that may prove something: none when refused, effective ones when clusters are known. */
  readonly proves: DecisionCounts;
}

const NOTHING: DecisionCounts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };

const judge = ({
  dataset,
  gold,
  stacks,
  rowById,
  question,
}: {
  readonly dataset: string;
  readonly gold: Gold.Gold<'test'>;
  readonly stacks: number;
  readonly rowById: ReadonlyMap<string, number>;
  readonly question: GateQuestion;
}): Judged => {
  const { targets, look, decisions, clusters } = question;
  const outcomes = Uint8Array.from(gold.stackIds, (stackId) => outcomeOf(question, stackId, rowById.get(stackId)));
  const counts = RiskControl.endToEndCounts(gold)(outcomes);
  const known = clusters === undefined ? undefined : clustersOf({ gold, outcomes, clusters, decisions, rowById });
  const gate = RiskControl.gate({ gold, targets, look, circumstances: known === undefined ? {} : { clusters: known } })(
    outcomes,
  );
  const effective = (hold: (counts: EndToEndCounts) => DecisionCounts): DecisionCounts =>
    clusters === undefined || known === undefined
      ? bare(hold(counts))
      : effectiveCounts({ gold, outcomes, clusters }, known, hold);
  const { confidence } = RiskControl.atLook(look)(targets);
  const test = RiskControl.testTargets({ ...targets, confidence });
  const { ranOut, undecided } = counts;
  const seen = counts.stalled + counts.flowing;
  const open = ranOut.stalled + ranOut.flowing;
  const decided = seen - open - undecided.stalled - undecided.flowing;
  const proves = effective(RiskControl.heldWrong);
  const takenAway = gate._tag === 'Pass' && (test(proves).verdict !== 'meets' || decided === 0);
  const insufficient = takenAway || gate._tag === 'Insufficient';
  return {
    observed: bare(RiskControl.heldWrong(counts)),
    proves: gate._tag === 'Refused' || decided === 0 ? NOTHING : proves,
    answer: present({
      dataset,
      stacks,
      verdict: takenAway ? 'insufficient' : VERDICTS[gate._tag],
      mode: takenAway ? 'shadow' : gate.mode,
      counts,
      unseen: gold.stackIds.length - seen,
      sensitivity: rightRate({ confidence, n: counts.stalled, errors: counts.missed, ranOut: ranOut.stalled }),
      specificity: rightRate({ confidence, n: counts.flowing, errors: counts.alarmed, ranOut: ranOut.flowing }),
      ...(insufficient &&
        lacking({ targets, look, known, seen, ranOut, best: effective((all) => all), worst: proves })),
      broken: gate._tag === 'Fail' ? gate.broken : [],
      refusals: gate._tag === 'Refused' ? gate.refusals : [],
      clusters: known === undefined ? undefined : { ...known, decides: takenAway && decided > 0 },
      decidesNothing: decided + open === 0,
    }),
  };
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

/**
 * What a pass still needs, if every stack whose votes ran out ends right.
 *
 * If only votes are missing, the same look may be repeated at no cost: what passes now passes then, so both are one test.
 * Otherwise the need is computed for the next look. If no look is left, only new gold can pass.
 */
const lacking = ({
  targets,
  look,
  known,
  seen,
  ranOut,
  best,
  worst,
}: {
  readonly targets: Targets;
  readonly look: InterimLook;
  readonly known: GoldClusters | undefined;
  readonly seen: number;
  readonly ranOut: RanOut;
  readonly best: DecisionCounts;
  readonly worst: DecisionCounts;
}): Pick<DatasetGate, 'more' | 'nextLook' | 'fresh' | 'votesFor'> => {
  const growth = (effect: { readonly designEffect?: number } | undefined): number => effect?.designEffect ?? 1;
  const gold = (at: Targets, counts: DecisionCounts): NonNullable<DatasetGate['more']> => {
    const { goldNeeded } = RiskControl.testTargets(at)(counts);
    return {
      stalled: Math.ceil(goldNeeded.stalled * growth(known?.stalled)),
      flowing: Math.ceil(goldNeeded.flowing * growth(known?.flowing)),
    };
  };
  // A class that meets its target even if all of them are wrong needs no more votes.
  const votes = (at: Targets): Pick<DatasetGate, 'votesFor'> => {
    const { goldNeeded } = RiskControl.testTargets(at)(worst);
    const votesFor = {
      stalled: goldNeeded.stalled === 0 ? 0 : ranOut.stalled,
      flowing: goldNeeded.flowing === 0 ? 0 : ranOut.flowing,
    };
    return votesFor.stalled + votesFor.flowing === 0 ? {} : { votesFor };
  };
  const now = RiskControl.atLook(look)(targets);
  if (RiskControl.testTargets(now)(best).verdict === 'meets')
    return { more: { stalled: 0, flowing: 0 }, nextLook: look, ...votes(now) };
  const next = RiskControl.nextLook(look);
  if (next !== undefined) {
    const then = RiskControl.atLook(next)(targets);
    return { more: gold(then, best), nextLook: next, ...votes(then) };
  }
  // No gold of this dataset was tested yet, so this look is still unused.
  if (seen === 0) return { more: gold(now, best), nextLook: look };
  return { more: gold(now, best), fresh: gold(targets, NOTHING), ...votes(now) };
};

const VERDICTS: Readonly<Record<Gate['_tag'], GateVerdict>> = {
  Pass: 'pass',
  Fail: 'fail',
  Insufficient: 'insufficient',
  Refused: 'refused',
};

const outcomeOf = ({ decisions, replay }: GateQuestion, stackId: string, row: number | undefined): number => {
  const { posterior, routing } = decisions;
  if (row === undefined || posterior.votes[row] + posterior.scores[row] === 0) return RiskControl.UNSEEN;
  if (replay?.ranOut.has(stackId)) return RiskControl.RAN_OUT;
  const next = routing[row];
  return next._tag === 'Retire' ? next.label : RiskControl.UNDECIDED;
};

const bare = ({ stalled, missed, flowing, alarmed }: DecisionCounts): DecisionCounts => ({
  stalled,
  missed,
  flowing,
  alarmed,
});

const among = (gold: Gold.Gold<'test'>, wanted: (stackId: string) => boolean): Gold.Gold<'test'> => {
  const rows = gold.stackIds.flatMap((stackId, row) => (wanted(stackId) ? [row] : []));
  return {
    role: gold.role,
    chosen: gold.chosen,
    stackIds: rows.map((row) => gold.stackIds[row]),
    label: Uint8Array.from(rows, (row) => gold.label[row]),
  };
};

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
