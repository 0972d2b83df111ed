import type { Strata } from '../decode/strata.js';
import type { Rate } from '../domain/interval.js';
import { FLOWING, STALLED } from '../domain/label.js';
import type { Targets } from '../domain/targets.js';
import * as Evaluation from '../evaluation.js';
import type { Gold, GoldSet } from '../gold.js';
import { rowOf } from '../kernel/rowOf.js';
import type { Decisions } from '../policy.js';
import { endToEndCounts } from '../thresholds/endToEnd.js';
import type { AcrossDatasets, DesignEffect, EndToEndCounts, Gate, Look, Mode, Refusal } from '../thresholds.js';
import * as Thresholds from '../thresholds.js';
import { naturally } from './naturally.js';

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
  /** Stalled gold not retired as flowing; left to people counts as kept. */
  readonly sensitivity: Rate;
  /** Flowing gold not retired as stalled. */
  readonly specificity: Rate;
  /** More gold with which it would pass if it erred no more. Present when insufficient. */
  readonly more?: { readonly stalled: number; readonly flowing: number };
  readonly broken: readonly string[];
  readonly refusals: readonly Refusal[];
  /** Present when clusters are known: how much less the gold is worth. */
  readonly clusters?: {
    readonly count: number;
    readonly stalled: DesignEffect;
    readonly flowing: DesignEffect;
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
  readonly look: Look;
  readonly by?: string;
  readonly clusterBy?: string;
  readonly datasets: readonly DatasetGate[];
  /** Gold that no dataset claims. */
  readonly goldWithoutDataset: number;
  /** Absent when no dataset has gold. */
  readonly across?: AcrossDatasets;
  readonly warnings: readonly string[];
}

export interface GateQuestion {
  readonly decisions: Decisions;
  /** Left after what fitted or tuned the policy was taken out. */
  readonly gold: Gold<'test'>;
  readonly targets: Targets;
  readonly look: Look;
  readonly share: number;
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
 * A pass must also stand at the effective number of gold stacks where clusters are known (`designEffect`): counts divided
 * by it, errors rounded up. That is a sensitivity analysis which can only take a pass away.
 */
export const gateSummary = (question: GateQuestion): GateSummary => {
  const { decisions, gold, targets, look, share, strata, clusters, warnings } = question;
  const now = Thresholds.atLook(targets, look);
  const datasetOf = (stackId: string): string | undefined =>
    strata === undefined ? EVERYTHING : strata.of.get(stackId);
  const rowById = rowOf(decisions.posterior.stackIds);
  const stacks = tally(decisions.posterior.stackIds, datasetOf);
  const names = [...new Set([...stacks.keys(), ...tally(gold.stackIds, datasetOf).keys()])].sort(naturally);
  const judged = names.map((dataset) => {
    const own = among(gold, (stackId) => datasetOf(stackId) === dataset);
    return judge({ dataset, gold: own, stacks: stacks.get(dataset) ?? 0, rowById, question });
  });
  const withGold = judged.filter(({ answer }) => answer.counts.stalled + answer.counts.flowing > 0);
  const across = (counts: (one: Judged) => Evidence): AcrossDatasets =>
    Thresholds.acrossDatasets({ targets: now, share })(
      withGold.map((one) => ({ dataset: one.answer.dataset, ...counts(one) })),
    );
  return {
    schema: 'tandem-gate/1',
    targets,
    confidence: now.confidence,
    look,
    ...(strata === undefined ? {} : { by: strata.by }),
    ...(clusters === undefined ? {} : { clusterBy: clusters.by }),
    datasets: judged.map(({ answer }) => answer),
    goldWithoutDataset: gold.stackIds.filter((stackId) => datasetOf(stackId) === undefined).length,
    ...(withGold.length === 0
      ? {}
      : // What was observed describes; what it is worth proves.
        {
          across: {
            ...across(({ proves }) => proves),
            point: across(({ answer }) => plainCounts(answer.counts)).point,
          },
        }),
    warnings,
  };
};

type Evidence = Omit<EndToEndCounts, 'undecided'>;

interface Judged {
  readonly answer: DatasetGate;
  /** The counts that may prove something: none when refused, effective ones when clusters are known. */
  readonly proves: Evidence;
}

const NOTHING: Evidence = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };

const judge = (of: {
  readonly dataset: string;
  readonly gold: Gold<'test'>;
  readonly stacks: number;
  readonly rowById: ReadonlyMap<string, number>;
  readonly question: GateQuestion;
}): Judged => {
  const { gold, rowById, question } = of;
  const { targets, look, decisions, clusters } = question;
  const fates = Uint8Array.from(gold.stackIds, (stackId) => fateOf(decisions, rowById.get(stackId)));
  const counts = endToEndCounts(gold, fates);
  const known = clusters === undefined ? undefined : clustersOf({ gold, rowById, decisions, clusters });
  const gate = Thresholds.gate(gold, {
    targets,
    look,
    circumstances: known === undefined || gold.stackIds.length === 0 ? {} : { clusters: known.count },
  })(fates);
  const now = Thresholds.atLook(targets, look);
  const effective = known === undefined ? plainCounts(counts) : shrunk(counts, known);
  const atEffective = Thresholds.testTargets(now)(effective);
  const decided = counts.stalled + counts.flowing - counts.undecided.stalled - counts.undecided.flowing;
  const decidesNothing = decided === 0;
  const takenAway = gate._tag === 'Pass' && (atEffective.verdict !== 'meets' || decidesNothing);
  const { confidence } = now;
  const growth = (effect: DesignEffect | undefined): number => effect?.designEffect ?? 1;
  return {
    proves: gate._tag === 'Refused' || decidesNothing ? NOTHING : effective,
    answer: {
      dataset: of.dataset,
      stacks: of.stacks,
      verdict: takenAway ? 'insufficient' : VERDICTS[gate._tag],
      mode: takenAway ? 'shadow' : gate.mode,
      counts,
      unseen: gold.stackIds.length - counts.stalled - counts.flowing,
      sensitivity: Evaluation.rate({ hits: counts.stalled - counts.missed, n: counts.stalled, confidence }),
      specificity: Evaluation.rate({ hits: counts.flowing - counts.alarmed, n: counts.flowing, confidence }),
      ...(takenAway || gate._tag === 'Insufficient'
        ? {
            more: {
              stalled: Math.ceil(atEffective.goldNeeded.stalled * growth(known?.stalled)),
              flowing: Math.ceil(atEffective.goldNeeded.flowing * growth(known?.flowing)),
            },
          }
        : {}),
      broken: gate._tag === 'Fail' ? gate.broken : [],
      refusals: gate._tag === 'Refused' ? gate.refusals : [],
      ...(known === undefined ? {} : { clusters: { ...known, decides: takenAway && !decidesNothing } }),
      decidesNothing,
    },
  };
};

const VERDICTS: Readonly<Record<Gate['_tag'], GateVerdict>> = {
  Pass: 'pass',
  Fail: 'fail',
  Insufficient: 'insufficient',
  Refused: 'refused',
};

const fateOf = ({ posterior, routing }: Decisions, row: number | undefined): number => {
  if (row === undefined || posterior.votes[row] + posterior.scores[row] === 0) return Thresholds.UNSEEN;
  const next = routing[row];
  return next._tag === 'Retire' ? next.label : Thresholds.UNDECIDED;
};

const plainCounts = ({ stalled, missed, flowing, alarmed }: EndToEndCounts): Evidence => ({
  stalled,
  missed,
  flowing,
  alarmed,
});

/** So many independent stacks tell about as much; errors are rounded up, stacks down. */
const shrunk = (
  counts: EndToEndCounts,
  known: { readonly stalled: DesignEffect; readonly flowing: DesignEffect },
): Evidence => {
  const by = (n: number, errors: number, { designEffect = 1 }: DesignEffect): readonly [number, number] => {
    const left = Math.floor(n / designEffect);
    return [left, Math.min(left, Math.ceil(errors / designEffect))];
  };
  const [stalled, missed] = by(counts.stalled, counts.missed, known.stalled);
  const [flowing, alarmed] = by(counts.flowing, counts.alarmed, known.flowing);
  return { stalled, missed, flowing, alarmed };
};

/** Clusters of the gold that was seen, and what its log-odds say about their likeness. A stack of no cluster is its own. */
const clustersOf = (of: {
  readonly gold: GoldSet;
  readonly rowById: ReadonlyMap<string, number>;
  readonly decisions: Decisions;
  readonly clusters: Strata;
}): { readonly count: number; readonly stalled: DesignEffect; readonly flowing: DesignEffect } => {
  const { gold, rowById, decisions, clusters } = of;
  const seen = gold.stackIds.flatMap((stackId, g) => {
    const row = rowById.get(stackId);
    if (row === undefined || fateOf(decisions, row) === Thresholds.UNSEEN) return [];
    const cluster = clusters.of.get(stackId) ?? `stack ${stackId}`;
    return [{ label: gold.label[g], value: decisions.posterior.logOdds[row], cluster }];
  });
  const effect = (label: number): DesignEffect => {
    const own = seen.filter((one) => one.label === label);
    return Thresholds.designEffect({
      value: own.map(({ value }) => value),
      cluster: own.map(({ cluster }) => cluster),
    });
  };
  return {
    count: new Set(seen.map(({ cluster }) => cluster)).size,
    stalled: effect(STALLED),
    flowing: effect(FLOWING),
  };
};

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
