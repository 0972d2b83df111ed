import type { DecisionTable, Strata } from '../../decode/index.js';
import { canonicalJson } from '../../decode/json/index.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { DEFAULT_TARGETS, type Targets } from '../../domain/targets.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';
import { sha256 } from '../../kernel/ids/sha256.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { countText, some } from '../../output/format.js';
import * as Policy from '../../policy/index.js';
import type { DriftOfClusters, DriftOfErrors, DriftOfScores } from '../../stages/drift/index.js';
import * as Drift from '../../stages/drift/index.js';
import * as Gold from '../../stages/gold.js';
import type { DecisionCounts } from '../../stages/riskControl/index.js';
import { clusterErrors, clusterScores } from './clusters.js';

/** One week, one dataset, or everything. */
export interface DriftGroup {
  readonly group: string;
  /** Stacks of the current file. */
  readonly stacks: number;
  /** Number of this look among all so far, this run and those before. */
  readonly look: number;
  /** Probability of a false alarm that each test may have. */
  readonly falseAlarm: { readonly scores: number; readonly errors: number; readonly errorsSoFar?: number };
  /** Compared with the whole reference. With clusters each of them is one value. */
  readonly scores: DriftOfScores | DriftOfClusters;
  /** Quantiles of the reference and of now, for reading. The test compares the whole distributions. */
  readonly quantiles: readonly { readonly at: number; readonly reference?: number; readonly now?: number }[];
  /** This group's own gold. Absent without any. */
  readonly errors?: DriftOfErrors;
  /** All gold so far, this run and those before; this test may be repeated after every stack. Absent without gold, without groups, and by cluster. */
  readonly errorsSoFar?: DriftOfErrors;
  readonly alarm: boolean;
}

/** One look that was taken at a group, and what it counted: what the next run must be given. */
export interface DriftLook {
  readonly group: string;
  /** Hash of the stacks and values looked at. The same again is no new look. */
  readonly fingerprint: string;
  /** Errors on the gold of this group. */
  readonly counts: DecisionCounts;
}

/** Whether anything drifted, with every test behind the answer. */
export interface DriftSummary {
  readonly schema: 'tandem-drift/2';
  readonly alarm: boolean;
  /** False when no alarm was possible: too few scores and no gold. */
  readonly able: boolean;
  /** Probability of any false alarm. */
  readonly falseAlarm: number;
  readonly targets: Targets;
  readonly by?: string;
  readonly clusterBy?: string;
  readonly reference: number;
  readonly groups: readonly DriftGroup[];
  /** Every look so far, in order, to be given to the next run. */
  readonly looks: readonly DriftLook[];
  readonly warnings: readonly string[];
  readonly provenance?: Policy.Provenance;
}

export interface DriftQuestion {
  readonly reference: DecisionTable;
  readonly current: DecisionTable;
  /** Fresh gold among the current stacks. */
  readonly gold?: GoldSet | undefined;
  readonly targets: Targets;
  /** Gold that is in the file because of its class, or that fitted the policy: its values differ from those of new stacks. */
  readonly leftOut: ReadonlySet<string>;
  /** Places at which tails are compared, in the units of the values. */
  readonly at: readonly number[];
  readonly falseAlarm: number;
  /** Looks of earlier runs. */
  readonly before: readonly DriftLook[];
  /** Weeks, in their order, or datasets. Absent: all stacks are one group. */
  readonly strata?: Strata | undefined;
  readonly clusters?: Strata | undefined;
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
  /** `looks` of the run before. Absent: this is the first. */
  readonly before?: readonly DriftLook[] | undefined;
  /** Weeks or datasets. Absent: all stacks are one group. */
  readonly strata?: Strata | undefined;
  /** Stacks that resemble each other, e.g. those of one mouse, then and now: each is one unit. */
  readonly clusters?: Strata | undefined;
}

/**
 * Drift watch: are scores and errors what they were when the policy was certified?
 *
 * @param options - policy, groups, clusters, and `looks` of the run before
 * @param data - `reference` and `current` from `Decode.decisions` or `Study.decisionTable`, or scores in both; `gold` among
 *   the current stacks
 * @returns what `tandem drift` writes to drift.json
 * @example
 * const lab = { prevalence: 0.05, model: {} };
 * const gold = { stalled: 700, flowing: 900, chosen: 'stratified' };
 * const { policy } = Policy.fit({ prevalence: 0.05 })(Simulate.inputs(Simulate.dataset({ ...lab, stacks: 0, gold })(7)));
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
    const { policy, falseAlarm = 0.01, before = [], strata, clusters } = options;
    const { reference, current } = data;
    const met = policy === undefined ? [] : Policy.goldMet(policy);
    const gold = data.gold === undefined ? undefined : Gold.without(met)(data.gold);
    const used = (data.gold?.stackIds.length ?? 0) - (gold?.stackIds.length ?? 0);
    const enriched = data.gold === undefined || data.gold.chosen === 'random' ? [] : data.gold.stackIds;
    const leftOut = new Set([...enriched, ...met]);
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
    const without = strata === undefined ? 0 : current.stackIds.filter((stackId) => !strata.of.has(stackId)).length;
    if (without > 0) warnings.push(`${countText(without)} current stacks have no ${strata?.by} and are not watched`);
    if (clusters !== undefined) {
      const of = (ids: readonly string[]): number => ids.filter((stackId) => !clusters.of.has(stackId)).length;
      const stray = of(reference.stackIds) + of(current.stackIds);
      if (stray > 0)
        warnings.push(
          `${countText(stray)} stacks, then and now, have no ${clusters.by}; their values are not compared`,
        );
    } else if (policy?.profile?.unit === 'cluster') {
      warnings.push(
        'the policy was proved with clusters as the unit, and here every stack counts by itself: stacks of a few mice resemble each other and raise false alarms; name the column (--cluster mouse)',
      );
    }
    return driftSummary({
      reference,
      current,
      gold,
      leftOut,
      targets: policy?.targets ?? DEFAULT_TARGETS,
      at: options.at ?? placesOf(policy),
      falseAlarm,
      before,
      strata,
      clusters,
      warnings,
    });
  };

/** Where the rule of the policy decides before any vote and after the last: a shift of the rare high values shows only there. */
const placesOf = (policy: Policy.Policy | undefined): readonly number[] => {
  const bounds = policy?.rule.bounds ?? [];
  const places = [bounds[0], bounds[bounds.length - 1]].flatMap((at) =>
    at === undefined ? [] : [at.flowingBelow, at.stalledFrom],
  );
  return [...new Set(places.filter((place) => place !== null))].sort((a, b) => a - b);
};

const EVERYTHING = 'everything';
const QUANTILES = [0.01, 0.1, 0.5, 0.9, 0.99, 0.999];
/** Shares of the error budget: half for scores, half for errors. With groups, half of the latter is for all errors so far. */
const WHOLE = { scores: 0.5, errors: 0.5, errorsSoFar: 0 };
const GROUPED = { scores: 0.5, errors: 0.25, errorsSoFar: 0.25 };

/** What the k-th look may spend: ½, ⅙, 1/12, … of it all, which sum to 1. */
const shareOf = (look: number): number => 1 / (look * (look + 1));

/**
 * Drift over weeks or datasets: of scores, without labels, and of errors on gold, by exact tests.
 *
 * P(any false alarm) ≤ α over this run and all before it: half of α for the scores of all looks, a quarter for the errors of each
 * group, a quarter for the errors so far. The k-th look spends 1/(k(k + 1)) of a share. The last test holds at any time
 * (`Drift.ofErrors`), so it needs no looks. Without groups half of α is for the errors of each look, and by cluster, too.
 */
export const driftSummary = (question: DriftQuestion): DriftSummary => {
  const { reference, current, gold, leftOut, targets, at, falseAlarm, before, strata, clusters, warnings } = question;
  const groupOf = (stackId: string): string | undefined => (strata === undefined ? EVERYTHING : strata.of.get(stackId));
  const names = [...new Set(current.stackIds.flatMap((stackId) => groupOf(stackId) ?? []))].sort(naturalOrder);
  const isOld = (stackId: string): boolean => !leftOut.has(stackId);
  const then = valuesOf(reference, isOld);
  const rows = rowOfId(current.stackIds);
  const shares = strata === undefined || clusters !== undefined ? WHOLE : GROUPED;
  const looks: DriftLook[] = [...before];
  const groups = names.map((group): DriftGroup => {
    const isHere = (stackId: string): boolean => groupOf(stackId) === group;
    const isCompared = (stackId: string): boolean => isHere(stackId) && isOld(stackId);
    const now = valuesOf(current, isCompared);
    const own = counted({ gold, current, rows, wanted: isHere });
    const fingerprint = fingerprintOf(current, isHere);
    const again = looks.findIndex((one) => one.group === group && one.fingerprint === fingerprint);
    if (again < 0) looks.push({ group, fingerprint, counts: own });
    else looks[again] = { group, fingerprint, counts: own };
    const look = again < 0 ? looks.length : again + 1;
    const allowed = present({
      scores: falseAlarm * shares.scores * shareOf(look),
      errors: falseAlarm * shares.errors * shareOf(look),
      errorsSoFar: shares.errorsSoFar === 0 ? undefined : falseAlarm * shares.errorsSoFar,
    });
    const scores =
      clusters === undefined
        ? Drift.ofScores({ at, falseAlarm: allowed.scores })({ reference: then, now })
        : Drift.ofClusters({ at, falseAlarm: allowed.scores })({
            reference: clusterScores(reference, clusters, isOld),
            now: clusterScores(current, clusters, isCompared),
          });
    const errors =
      clusters === undefined
        ? watched(own, targets, allowed.errors)
        : clusterErrors({ gold, current, rows, clusters, wanted: isHere }, { targets, falseAlarm: allowed.errors });
    const errorsSoFar =
      allowed.errorsSoFar === undefined ? undefined : watched(total(looks), targets, allowed.errorsSoFar);
    return present({
      group,
      stacks: current.stackIds.reduce((n, stackId) => n + (isHere(stackId) ? 1 : 0), 0),
      look,
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
    schema: 'tandem-drift/2',
    alarm: groups.some(({ alarm }) => alarm),
    able: groups.some(
      ({ scores, errors, errorsSoFar }) => scores.alarmAbove < 1 || (errors ?? errorsSoFar) !== undefined,
    ),
    falseAlarm,
    targets,
    by: strata === undefined ? undefined : strata.by,
    clusterBy: clusters === undefined ? undefined : clusters.by,
    reference: then.length,
    groups,
    looks,
    warnings,
  });
};

/** What tells one look at a group from another: its stacks, their values and decisions. */
const fingerprintOf = ({ stackIds, value, decision }: DecisionTable, isHere: (stackId: string) => boolean): string => {
  const scores = value.stackIds.flatMap((stackId, row) => (isHere(stackId) ? [`${stackId} ${value.score[row]}`] : []));
  const decided = stackIds.flatMap((stackId, row) => (isHere(stackId) ? [`${stackId} ${decision?.[row] ?? ''}`] : []));
  return sha256(canonicalJson([scores.sort(), decided.sort()]));
};

/** Errors of every group, each as it was last looked at. */
const total = (looks: readonly DriftLook[]): DecisionCounts =>
  [...new Map(looks.map(({ group, counts }) => [group, counts])).values()].reduce(added, NO_ERRORS);

const NO_ERRORS: DecisionCounts = { stalled: 0, missed: 0, flowing: 0, alarmed: 0 };

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
