import type { Strata } from '../decode/index.js';
import type { Gold } from '../domain/gold.js';
import type { Rate } from '../domain/interval.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import type { Decisions } from '../policy/index.js';
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
import { clustersOf, effectiveCounts, type GoldClusters } from './gateClusters.js';
import { heldRate, type RanOut } from './heldRate.js';

export type GateVerdict = 'pass' | 'fail' | 'insufficient' | 'refused';

/** The answer for one dataset, with what it rests on. */
export interface DatasetGate {
  readonly dataset: string;
  /** Stacks of this dataset in the batch. */
  readonly stacks: number;
  readonly verdict: GateVerdict;
  readonly mode: Mode;
  readonly counts: EndToEndCounts;
  /** Gold of this dataset of which nothing was seen; it takes no part. */
  readonly unseen: number;
  /** Stalled gold not retired as flowing; left to people counts as kept, votes that ran out do not (`heldRate`). */
  readonly sensitivity: Rate;
  /** Flowing gold not retired as stalled; likewise. */
  readonly specificity: Rate;
  /** More gold with which it would pass at `nextLook` if it erred no more and `votesFor` ended well. Present when insufficient. */
  readonly more?: { readonly stalled: number; readonly flowing: number };
  /** The look to ask at again. Absent when insufficient: none is left, and `more` is what this one lacked. */
  readonly nextLook?: InterimLook;
  /** Gold not looked at yet that would pass by itself without an error. Present when no look is left. */
  readonly fresh?: { readonly stalled: number; readonly flowing: number };
  /** Gold that must be voted on until the rule is done. Present when insufficient; other gold does not replace it. */
  readonly votesFor?: RanOut;
  readonly broken: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Present when clusters are known: how much less the gold is worth. */
  readonly clusters?: GoldClusters & {
    /** True when it would pass if gold were independent, and does not at its effective size. */
    readonly decides: boolean;
  };
  /** True when not one gold stack was decided automatically: then there is nothing to let pass. */
  readonly decidesNothing: boolean;
}

/** All datasets, and what they say together. */
export interface GateSummary {
  readonly schema: 'tandem-gate/1';
  readonly targets: Targets;
  /** Confidence of each verdict, after what other looks have spent. */
  readonly confidence: number;
  readonly look: InterimLook;
  readonly by?: string;
  readonly clusterBy?: string;
  readonly datasets: readonly DatasetGate[];
  /** Gold that no dataset claims. */
  readonly goldWithoutDataset: number;
  /** Datasets of the batch that have no gold; in `across` they are datasets of which nothing is shown. */
  readonly withoutGold: number;
  /** Absent when no dataset has gold. */
  readonly across?: AcrossDatasets;
  /** What the next look must be proved with. Absent: none is left. */
  readonly next?: InterimLook & { readonly confidence: number };
  /** Present when an asking rule was replayed: the votes it may take on one stack. */
  readonly mostVotes?: number;
  readonly warnings: readonly string[];
}

export interface GateQuestion {
  readonly decisions: Decisions;
  /** Left after what fitted or tuned the policy was taken out. */
  readonly gold: Gold<'test'>;
  /** Those certified for what decides: of the asking rule, where there is one. */
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

/** What a gold stack without a dataset is told apart by; no dataset can have this name. */
const EVERYTHING = 'all stacks';

/**
 * The validation gate over datasets: each by its own gold, then the three readings of all of them.
 *
 * A pass must also stand at the effective number of gold stacks where clusters are known (`effectiveCounts`). That is a
 * sensitivity analysis which can only take a pass away.
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
  // A dataset without gold is one of all datasets, of which nothing is shown.
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
  /** What was observed, held to be wrong where votes ran out. */
  readonly observed: DecisionCounts;
  /** The counts that may prove something: none when refused, effective ones when clusters are known. */
  readonly proves: DecisionCounts;
}

const NOTHING: DecisionCounts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };

const judge = (of: {
  readonly dataset: string;
  readonly gold: Gold<'test'>;
  readonly stacks: number;
  readonly rowById: ReadonlyMap<string, number>;
  readonly question: GateQuestion;
}): Judged => {
  const { gold, rowById, question } = of;
  const { targets, look, decisions, clusters } = question;
  const fates = Uint8Array.from(gold.stackIds, (stackId) => fateOf(question, stackId, rowById.get(stackId)));
  const counts = RiskControl.endToEndCounts(gold)(fates);
  const known = clusters === undefined ? undefined : clustersOf({ gold, fates, clusters, decisions, rowById });
  const gate = RiskControl.gate({ gold, targets, look, circumstances: known === undefined ? {} : { clusters: known } })(
    fates,
  );
  const effective = (hold: (counts: EndToEndCounts) => DecisionCounts): DecisionCounts =>
    clusters === undefined || known === undefined
      ? bare(hold(counts))
      : effectiveCounts({ gold, fates, clusters }, known, hold);
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
      dataset: of.dataset,
      stacks: of.stacks,
      verdict: takenAway ? 'insufficient' : VERDICTS[gate._tag],
      mode: takenAway ? 'shadow' : gate.mode,
      counts,
      unseen: gold.stackIds.length - seen,
      sensitivity: keptRate({ confidence, n: counts.stalled, errors: counts.missed, ranOut: ranOut.stalled }),
      specificity: keptRate({ confidence, n: counts.flowing, errors: counts.alarmed, ranOut: ranOut.flowing }),
      ...(insufficient &&
        lacking({ targets, look, known, seen, ranOut, best: effective((all) => all), worst: proves })),
      broken: gate._tag === 'Fail' ? gate.broken : [],
      refusals: gate._tag === 'Refused' ? gate.refusals : [],
      clusters: known === undefined ? undefined : { ...known, decides: takenAway && decided > 0 },
      decidesNothing: decided + open === 0,
    }),
  };
};

const keptRate = (of: {
  readonly n: number;
  readonly errors: number;
  readonly ranOut: number;
  readonly confidence: number;
}): Rate => heldRate({ hits: of.n - of.errors - of.ranOut, ranOut: of.ranOut, n: of.n, confidence: of.confidence });

/**
 * What a pass would still take, all that ran out of votes having ended well.
 *
 * If that is votes alone, the same look may be asked again and costs nothing: what passes now would pass then, so both
 * are one test. Otherwise it is counted at the next look; and if none is left, only gold not looked at can pass.
 */
const lacking = (of: {
  readonly targets: Targets;
  readonly look: InterimLook;
  readonly known: GoldClusters | undefined;
  readonly seen: number;
  readonly ranOut: RanOut;
  readonly best: DecisionCounts;
  readonly worst: DecisionCounts;
}): Pick<DatasetGate, 'more' | 'nextLook' | 'fresh' | 'votesFor'> => {
  const { targets, look, known, seen, ranOut, best, worst } = of;
  const growth = (effect: { readonly designEffect?: number } | undefined): number => effect?.designEffect ?? 1;
  const gold = (at: Targets, counts: DecisionCounts): NonNullable<DatasetGate['more']> => {
    const { goldNeeded } = RiskControl.testTargets(at)(counts);
    return {
      stalled: Math.ceil(goldNeeded.stalled * growth(known?.stalled)),
      flowing: Math.ceil(goldNeeded.flowing * growth(known?.flowing)),
    };
  };
  // A class that meets its target whatever became of them needs no votes.
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
  // Nothing of this dataset was looked at, so the look is still to be had.
  if (seen === 0) return { more: gold(now, best), nextLook: look };
  return { more: gold(now, best), fresh: gold(targets, NOTHING), ...votes(now) };
};

const VERDICTS: Readonly<Record<Gate['_tag'], GateVerdict>> = {
  Pass: 'pass',
  Fail: 'fail',
  Insufficient: 'insufficient',
  Refused: 'refused',
};

const fateOf = ({ decisions, replay }: GateQuestion, stackId: string, row: number | undefined): number => {
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

const among = (gold: Gold<'test'>, wanted: (stackId: string) => boolean): Gold<'test'> => {
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
  of: (stackId: string) => string | undefined,
): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const stackId of stackIds) {
    const name = of(stackId);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
};
