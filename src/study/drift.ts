import type { DecisionTable, Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Targets } from '../domain/targets.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { percent } from '../output/format.js';
import type { Provenance } from '../policy/index.js';
import type { DriftOfErrors, DriftOfScores } from '../stages/drift/index.js';
import * as Drift from '../stages/drift/index.js';
import type { DecisionCounts, InterimLook } from '../stages/riskControl/index.js';
import * as RiskControl from '../stages/riskControl/index.js';

/** One week, one dataset, or everything. */
export interface DriftGroup {
  readonly group: string;
  /** Stacks of the current file. */
  readonly stacks: number;
  /** The look this is, and the probability of a false alarm it may spend. */
  readonly look: number;
  readonly falseAlarm: { readonly scores: number; readonly errors: number; readonly errorsSoFar?: number };
  /** Against the whole reference. */
  readonly scores: DriftOfScores;
  /** Quantiles then and now, for reading; the test looks at all of them. */
  readonly quantiles: readonly { readonly at: number; readonly reference?: number; readonly now?: number }[];
  /** This group's own gold. Absent without any. */
  readonly errors?: DriftOfErrors;
  /** All gold of these groups up to this one, which may be looked at after every stack. Absent without any, or without groups. */
  readonly errorsSoFar?: DriftOfErrors;
  readonly alarm: boolean;
}

export interface DriftSummary {
  readonly schema: 'tandem-drift/1';
  readonly alarm: boolean;
  /** False when nothing here could ever have raised an alarm: too few scores, no gold. */
  readonly able: boolean;
  /** Of all alarms together. */
  readonly falseAlarm: number;
  readonly targets: Targets;
  readonly look: InterimLook;
  readonly by?: string;
  readonly reference: number;
  readonly groups: readonly DriftGroup[];
  readonly warnings: readonly string[];
  readonly provenance?: Provenance;
}

export interface DriftQuestion {
  readonly reference: DecisionTable;
  readonly current: DecisionTable;
  /** Fresh gold among the current stacks. */
  readonly gold?: GoldSet;
  readonly targets: Targets;
  /** Gold that is there because of its class, or that fitted the policy: its values are not those of new stacks. */
  readonly leftOut: ReadonlySet<string>;
  /** Places at which tails are compared, in the units of the values. */
  readonly at: readonly number[];
  readonly falseAlarm: number;
  /** The look at the first group; the others follow. */
  readonly look: InterimLook;
  /** Weeks, in their order, or datasets. Absent: everything at once. */
  readonly strata?: Strata;
  readonly warnings: readonly string[];
}

const EVERYTHING = 'everything';
const QUANTILES = [0.01, 0.1, 0.5, 0.9, 0.99, 0.999];
/** Half for scores, half for errors: of these, with groups, half for each group's own and half for all so far. */
const WHOLE = { scores: 0.5, errors: 0.5, errorsSoFar: 0 };
const GROUPED = { scores: 0.5, errors: 0.25, errorsSoFar: 0.25 };

/**
 * Drift watch over weeks or datasets: scores without labels, and errors on gold by counting.
 *
 * P(any false alarm) ≤ α: half of α over the looks at scores, a quarter over the looks at each group's errors, a quarter
 * for the errors of all groups so far. Within one call the last needs no looks (`Drift.ofErrors` holds at any time); another
 * call begins counting afresh, so each call spends what the look at its first group may, and no two calls begin at one look.
 * Without groups the errors so far are those of the look, and errors have their half to themselves.
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
  let so: DecisionCounts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };
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
    so = added(so, own);
    const errors = watched(own, targets, allowed.errors);
    const errorsSoFar = allowed.errorsSoFar === undefined ? undefined : watched(so, targets, allowed.errorsSoFar);
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

/** More groups than looks were planned: earlier looks have spent by the plan, and these cannot take it back. */
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

/** Errors among the gold stacks something was seen of; a stack left to people is no error. */
const counted = (of: {
  readonly gold: GoldSet | undefined;
  readonly current: DecisionTable;
  readonly rows: ReadonlyMap<string, number>;
  readonly wanted: (stackId: string) => boolean;
}): DecisionCounts => {
  const counts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };
  const { gold, current, rows, wanted } = of;
  for (const [g, stackId] of gold?.stackIds.entries() ?? []) {
    const row = rows.get(stackId);
    const fate = row === undefined ? undefined : current.decision?.[row];
    if (fate === undefined || fate === 'unread' || !wanted(stackId)) continue;
    if (gold?.label[g] === 1) {
      counts.stalled++;
      if (fate === 'flowing') counts.missed++;
    } else {
      counts.flowing++;
      if (fate === 'stalled') counts.alarmed++;
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
