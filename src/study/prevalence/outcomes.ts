import type { DecisionName, DecisionTable, Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import { STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { decisionOf } from '../../domain/routing.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';
import type { Decisions } from '../../policy/index.js';
import * as Prevalence from '../../stages/prevalence/index.js';

/** Stalled stacks that were retired as flowing, estimated from the audit. */
export const lostOf = (rows: readonly Row[], confidence: number): Prevalence.LostPositives =>
  Prevalence.lostPositives({ confidence })({
    retiredFlowing: groupOf(rows, 'flowing'),
    others: (['stalled', 'ask crowd', 'ask expert'] as const).map((outcome) => groupOf(rows, outcome)),
  });

/** As `lostOf`, of decisions in memory. */
export const lostAmong = (
  decisions: Decisions,
  {
    audit,
    leftOut,
    confidence,
  }: {
    readonly audit: GoldSet;
    /** Stacks that are in the batch because of their class. */
    readonly leftOut: ReadonlySet<string>;
    readonly confidence: number;
  },
): Prevalence.LostPositives => lostOf(rowsOf(decisionTable(decisions), { audit, leftOut }), confidence);

/** Decisions as they stand in a file. */
export type DecidedTable = DecisionTable & { readonly decision: readonly DecisionName[] };

/**
 * Decisions as they stand in decisions.csv: an outcome for each stack, and log-odds where there are votes or a score.
 *
 * @param decisions - from `Policy.decide`
 * @returns the same as `Decode.decisions` reads from the file
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * Study.decisionTable(Policy.decide(policy)({ votes })).decision // => ['ask expert']
 */
export const decisionTable = ({ posterior, routing }: Decisions): DecidedTable => {
  const { stackIds, votes, scores, logOdds } = posterior;
  const isSeen = (s: number): boolean => votes[s] + scores[s] > 0;
  return {
    stackIds,
    decision: routing.map((next, s) => (isSeen(s) ? decisionOf(next) : 'unread')),
    value: { stackIds: stackIds.filter((_, s) => isSeen(s)), score: logOdds.filter((_, s) => isSeen(s)) },
  };
};

/** Rows of a table of decisions, with what the audit found. */
export const rowsOf = (
  { stackIds, decision }: DecidedTable,
  { audit, leftOut }: { readonly audit?: GoldSet | undefined; readonly leftOut: ReadonlySet<string> },
): readonly Row[] => {
  const truth = new Map(audit?.stackIds.map((stackId, row) => [stackId, audit.label[row]]));
  return stackIds.map((stackId, row) =>
    present({ stackId, outcome: decision[row], leftOut: leftOut.has(stackId), truth: truth.get(stackId) }),
  );
};

/** One row of a table of decisions. */
export interface Row {
  readonly stackId: string;
  readonly outcome: DecisionName;
  readonly leftOut: boolean;
  /** Its class by the audit; absent when not audited. */
  readonly truth?: number;
}

/** Outcomes of the rows of decisions.csv; the six counts add up to `rows`. */
export interface OutcomeCounts {
  readonly rows: number;
  readonly calledStalled: number;
  readonly calledFlowing: number;
  readonly askCrowd: number;
  readonly askExpert: number;
  /** Neither votes nor a score, or reading failed. They are in no estimate and never count as flowing. */
  readonly unread: number;
  /** Gold stacks chosen by class, or known to the policy. They would raise every figure, so they are left out. */
  readonly leftOut: number;
}

export const countsOf = (rows: readonly Row[]): OutcomeCounts => {
  const count = (outcome: DecisionName): number =>
    rows.reduce((n, row) => n + (row.outcome === outcome && !row.leftOut ? 1 : 0), 0);
  return {
    rows: rows.length,
    calledStalled: count('stalled'),
    calledFlowing: count('flowing'),
    askCrowd: count('ask crowd'),
    askExpert: count('ask expert'),
    unread: count('unread'),
    leftOut: rows.reduce((n, { leftOut }) => n + (leftOut ? 1 : 0), 0),
  };
};

/** What an audit found among the stacks of one outcome. */
export const groupOf = (rows: readonly Row[], outcome: DecisionName): Prevalence.AuditedGroup => {
  const own = rows.filter((row) => row.outcome === outcome && !row.leftOut);
  const known = own.filter(({ truth }) => truth !== undefined);
  return {
    stacks: own.length,
    audited: known.length,
    stalled: known.filter(({ truth }) => truth === STALLED).length,
  };
};

/** Rows by their stratum, in natural order. */
export const grouped = (rows: readonly Row[], { of: stratumOf }: Strata): ReadonlyMap<string, readonly Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const stratum = stratumOf.get(row.stackId);
    if (stratum === undefined) continue;
    const own = groups.get(stratum);
    if (own === undefined) groups.set(stratum, [row]);
    else own.push(row);
  }
  return new Map([...groups].sort(([a], [b]) => naturalOrder(a, b)));
};
