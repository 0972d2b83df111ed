import type { DecisionTable, Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { countText, percent, some } from '../output/format.js';
import * as Policy from '../policy/index.js';
import type { DriftOfErrors, DriftOfScores } from '../stages/drift/index.js';
import * as Drift from '../stages/drift/index.js';
import * as Gold from '../stages/gold.js';
import type { DecisionCounts, InterimLook } from '../stages/riskControl/index.js';
import * as RiskControl from '../stages/riskControl/index.js';
import { OTHER_PROCEDURE } from './prevalence/warnings.js';

/** One week, one dataset, or everything. */
export interface DriftGroup {
  readonly group: string;
  /** Stacks of the current file. */
  readonly stacks: number;
  /** Number of this interim look. */
  readonly look: number;
  /** Probability of a false alarm that each test may have. */
  readonly falseAlarm: { readonly scores: number; readonly errors: number; readonly errorsSoFar?: number };
  /** Compared with the whole reference. */
  readonly scores: DriftOfScores;
  /** Quantiles of the reference and of now, for reading. The test compares the whole distributions. */
  readonly quantiles: readonly { readonly at: number; readonly reference?: number; readonly now?: number }[];
  /** This group's own gold. Absent without any. */
  readonly errors?: DriftOfErrors;
  /** All gold of the groups up to this one; this test may be repeated after every stack. Absent without gold or without groups. */
  readonly errorsSoFar?: DriftOfErrors;
  readonly alarm: boolean;
}

/** Whether anything drifted, with every test behind the answer. */
export interface DriftSummary {
  readonly schema: 'tandem-drift/1';
  readonly alarm: boolean;
  /** False when no alarm was possible: too few scores and no gold. */
  readonly able: boolean;
  /** Probability of any false alarm. */
  readonly falseAlarm: number;
  readonly targets: Targets;
  readonly look: InterimLook;
  readonly by?: string;
  readonly reference: number;
  readonly groups: readonly DriftGroup[];
  readonly warnings: readonly string[];
  readonly provenance?: Policy.Provenance;
}

export interface DriftQuestion {
  readonly reference: DecisionTable;
  readonly current: DecisionTable;
  /** Fresh gold among the current stacks. */
  readonly gold?: GoldSet;
  readonly targets: Targets;
  /** Gold that is in the file because of its class, or that fitted the policy: its values differ from those of new stacks. */
  readonly leftOut: ReadonlySet<string>;
  /** Places at which tails are compared, in the units of the values. */
  readonly at: readonly number[];
  readonly falseAlarm: number;
  /** Interim look of the first group; the other groups have the next ones. */
  readonly look: InterimLook;
  /** Weeks, in their order, or datasets. Absent: all stacks are one group. */
  readonly strata?: Strata;
  readonly warnings: readonly string[];
}

/** What is watched for drift, and how often false alarms may come. */
export interface DriftStudyOptions {
  /** Its targets, its thresholds as places to watch, and the gold that it has used. */
  readonly policy?: Policy.Policy | undefined;
  /** Places at which tails are compared, in the units of the values; default the thresholds of `policy`. */
  readonly at?: readonly number[] | undefined;
  /** Probability of any false alarm, over all looks; default .01. */
  readonly falseAlarm?: number | undefined;
  /** Interim look of the first group; default the first. */
  readonly look?: InterimLook | undefined;
  /** Weeks or datasets. Absent: all stacks are one group. */
  readonly strata?: Strata | undefined;
}

/**
 * Drift watch: are scores and errors what they were when the policy was certified?
 *
 * @param options - policy, looks, groups
 * @param data - `reference` and `current` from `Decode.decisions` or `Study.decisionTable`, or scores in both; `gold` among
 *   the current stacks
 * @returns what `tandem drift` writes to drift.json
 * @example
 * const lab = { prevalence: 0.05, model: {} };
 * const gold = { stalled: 700, flowing: 900, chosen: 'stratified' };
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 })(Simulate.inputs(Simulate.dataset({ ...lab, stacks: 0, gold })(7)));
 * const [reference, current] = [8, 9].map((seed) =>
 *   Study.decisionTable(Policy.decide(policy)(Simulate.inputs(Simulate.dataset({ ...lab, stacks: 2000 })(seed)))));
 * const { alarm, able } = Study.drift({ policy })({ reference, current });
 * [alarm, able] // => [false, true]
 */
export const studyDrift =
  (options: DriftStudyOptions = {}) =>
  (data: {
    readonly reference: DecisionTable;
    readonly current: DecisionTable;
    readonly gold?: GoldSet | undefined;
  }): DriftSummary => {
    const { policy, falseAlarm = 0.01, look = { look: 1 }, strata } = options;
    const { reference, current } = data;
    const asking = policy === undefined ? undefined : Policy.certifiedAsking(policy);
    const gold = data.gold === undefined ? undefined : Gold.without(policy?.goldUsed ?? [])(data.gold);
    const used = (data.gold?.stackIds.length ?? 0) - (gold?.stackIds.length ?? 0);
    const enriched = data.gold === undefined || data.gold.chosen === 'random' ? [] : data.gold.stackIds;
    const leftOut = new Set([...enriched, ...(policy?.goldUsed ?? [])]);
    const warnings = [
      leftOut.size > 0
        ? `values of ${some(leftOut.size, 'gold stack')} are not compared: they fitted the policy, or are here because of their class`
        : 'all values are compared: if gold chosen by its class is among them, name it with --gold (and --policy), and it is left out',
    ];
    if (used > 0) warnings.push(`${some(used, 'gold stack')} fitted or tuned this policy and count no errors`);
    if (policy === undefined && gold !== undefined) {
      const { sensitivity, specificity } = DEFAULT_TARGETS;
      warnings.push(
        `errors are held against ${sensitivity} / ${specificity}; --policy gives the targets it was certified for`,
      );
    }
    if (asking !== undefined && gold !== undefined) {
      warnings.push(`errors are those of decisions.csv: ${OTHER_PROCEDURE}`);
    }
    const without = strata === undefined ? 0 : current.stackIds.filter((stackId) => !strata.of.has(stackId)).length;
    if (without > 0) warnings.push(`${countText(without)} current stacks have no ${strata?.by} and are not watched`);
    return driftSummary(
      present({
        reference,
        current,
        gold,
        leftOut,
        targets: (asking ?? policy)?.targets ?? DEFAULT_TARGETS,
        at: options.at ?? placesOf(policy),
        falseAlarm,
        look,
        strata,
        warnings,
      }),
    );
  };

/** The thresholds of the policy: a shift of the rare high values shows only there. */
const placesOf = (policy: Policy.Policy | undefined): readonly number[] => {
  const { flowingBelow, stalledAbove } = (policy === undefined ? undefined : Policy.operatingPoint(policy)) ?? {};
  return [flowingBelow, stalledAbove].filter((place) => place !== undefined);
};

const EVERYTHING = 'everything';
const QUANTILES = [0.01, 0.1, 0.5, 0.9, 0.99, 0.999];
/** Shares of the error budget: half for scores, half for errors. With groups, half of the latter is for all errors so far. */
const WHOLE = { scores: 0.5, errors: 0.5, errorsSoFar: 0 };
const GROUPED = { scores: 0.5, errors: 0.25, errorsSoFar: 0.25 };

/**
 * Drift over weeks or datasets: of scores, without labels, and of errors on gold, by exact tests.
 *
 * P(any false alarm) ≤ α: half of α for the scores of all looks, a quarter for the errors of each group, a quarter for the
 * errors of all groups so far. The last test holds at any time (`Drift.ofErrors`), so within one call it needs no looks.
 * Another call starts it again, so each call spends the share of its first look, and no two calls may start at one look.
 * Without groups all errors belong to one look, and half of α is theirs.
 */
export const driftSummary = (question: DriftQuestion): DriftSummary => {
  const { reference, current, gold, leftOut, targets, at, falseAlarm, look, strata, warnings } = question;
  const groupOf = (stackId: string): string | undefined => (strata === undefined ? EVERYTHING : strata.of.get(stackId));
  const names = [...new Set(current.stackIds.flatMap((stackId) => groupOf(stackId) ?? []))].sort(naturalOrder);
  const planned = look.planned === undefined ? undefined : Math.max(look.planned, look.look + names.length - 1);
  const then = valuesOf(reference, (stackId) => !leftOut.has(stackId));
  const rows = rowOfId(current.stackIds);
  const shares = strata === undefined ? WHOLE : GROUPED;
  const spend = (share: number, at: number): number =>
    1 -
    RiskControl.atLook(present({ look: at, planned }))({ ...targets, confidence: 1 - falseAlarm * share }).confidence;
  let soFar: DecisionCounts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };
  const groups = names.map((group, g): DriftGroup => {
    const number = look.look + g;
    const now = valuesOf(current, (stackId) => groupOf(stackId) === group && !leftOut.has(stackId));
    const allowed = present({
      scores: spend(shares.scores, number),
      errors: spend(shares.errors, number),
      errorsSoFar: strata === undefined ? undefined : spend(shares.errorsSoFar, look.look),
    });
    const scores = Drift.ofScores({ at, falseAlarm: allowed.scores })({ reference: then, now });
    const own = counted({ gold, current, rows, wanted: (stackId) => groupOf(stackId) === group });
    soFar = added(soFar, own);
    const errors = watched(own, targets, allowed.errors);
    const errorsSoFar = allowed.errorsSoFar === undefined ? undefined : watched(soFar, targets, allowed.errorsSoFar);
    return present({
      group,
      stacks: current.stackIds.reduce((n, stackId) => n + (groupOf(stackId) === group ? 1 : 0), 0),
      look: number,
      falseAlarm: allowed,
      scores,
      quantiles: QUANTILES.map((q) =>
        present({
          at: q,
          reference: then.length === 0 ? undefined : quantile(then, q),
          now: now.length === 0 ? undefined : quantile(now, q),
        }),
      ),
      errors,
      errorsSoFar,
      alarm: scores.alarm || errors?.alarm === true || errorsSoFar?.alarm === true,
    });
  });
  return present({
    schema: 'tandem-drift/1',
    alarm: groups.some(({ alarm }) => alarm),
    able: groups.some(
      ({ scores, errors, errorsSoFar }) => scores.alarmAbove < 1 || (errors ?? errorsSoFar) !== undefined,
    ),
    falseAlarm,
    targets,
    look: present({ look: look.look, planned }),
    by: strata === undefined ? undefined : strata.by,
    reference: then.length,
    groups,
    warnings: [...warnings, ...beyondPlan(question, planned, names.length)],
  });
};

/** Warns of more looks than were planned: earlier looks have spent according to the plan. */
const beyondPlan = (
  { look, falseAlarm }: DriftQuestion,
  planned: number | undefined,
  groups: number,
): readonly string[] => {
  if (look.planned === undefined || planned === undefined || planned <= look.planned || look.look === 1) return [];
  const spent = (look.look - 1) / look.planned + groups / planned;
  return [
    `looks ${look.look} to ${planned} go beyond the ${look.planned} that were planned; with those before them a false alarm has probability up to ${percent(falseAlarm * spent)}`,
  ];
};

const valuesOf = ({ value }: DecisionTable, wanted: (stackId: string) => boolean): Float64Array =>
  value.score.filter((_, row) => wanted(value.stackIds[row])).sort();

const watched = (counts: DecisionCounts, targets: Targets, falseAlarm: number): DriftOfErrors | undefined =>
  counts.stalled + counts.flowing === 0 ? undefined : Drift.ofErrors({ targets, falseAlarm })(counts);

/** Errors among the gold stacks that have votes or a score. A stack left to people is no error. */
const counted = ({
  gold,
  current,
  rows,
  wanted,
}: {
  readonly gold: GoldSet | undefined;
  readonly current: DecisionTable;
  readonly rows: ReadonlyMap<string, number>;
  readonly wanted: (stackId: string) => boolean;
}): DecisionCounts => {
  const counts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };
  for (const [g, stackId] of gold?.stackIds.entries() ?? []) {
    const row = rows.get(stackId);
    const outcome = row === undefined ? undefined : current.decision?.[row];
    if (outcome === undefined || outcome === 'unread' || !wanted(stackId)) continue;
    if (gold?.label[g] === 1) {
      counts.stalled++;
      if (outcome === 'flowing') counts.missed++;
    } else {
      counts.flowing++;
      if (outcome === 'stalled') counts.alarmed++;
    }
  }
  return counts;
};

const added = (a: DecisionCounts, b: DecisionCounts): DecisionCounts => ({
  stalled: a.stalled + b.stalled,
  missed: a.missed + b.missed,
  flowing: a.flowing + b.flowing,
  alarmed: a.alarmed + b.alarmed,
});

/** The value that a share `q` of the ordered values do not exceed. */
const quantile = (ordered: Float64Array, q: number): number =>
  ordered[Math.min(ordered.length - 1, Math.ceil(q * ordered.length) - 1)];
