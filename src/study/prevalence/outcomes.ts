import type { DecisionName, Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import { STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { decisionOf } from '../../domain/routing.js';
import { naturalOrder } from '../../kernel/ids/naturalOrder.js';
import type { Decisions } from '../../policy/index.js';
import * as Prevalence from '../../stages/prevalence/index.js';

/** What the audit says about stalls retired as flowing. */
export const lostOf = (rows: readonly Row[], confidence: number): Prevalence.LostPositives =>
  Prevalence.lostPositives({ confidence })({
    retiredFlowing: groupOf(rows, 'flowing'),
    others: (['stalled', 'ask crowd', 'ask expert'] as const).map((fate) => groupOf(rows, fate)),
  });

/** What the audit says about stalls retired as flowing, for decisions that have not been to a file and back. */
export const lostAmong = (
  { posterior, routing }: Decisions,
  {
    audit,
    leftOut,
    confidence,
  }: {
    readonly audit: GoldSet;
    /** Stacks that are here because of their class. */
    readonly leftOut: ReadonlySet<string>;
    readonly confidence: number;
  },
): Prevalence.LostPositives => {
  const truth = new Map(audit.stackIds.map((stackId, row) => [stackId, audit.label[row]]));
  const rows = posterior.stackIds.map((stackId, s): Row => {
    const label = truth.get(stackId);
    const seen = posterior.votes[s] + posterior.scores[s] > 0;
    return present({
      stackId,
      fate: seen ? decisionOf(routing[s]) : 'unread',
      leftOut: leftOut.has(stackId),
      truth: label,
    });
  });
  return lostOf(rows, confidence);
};

/** A stack among the decisions. */
export interface Row {
  readonly stackId: string;
  readonly fate: DecisionName;
  readonly leftOut: boolean;
  /** By the audit; absent when not audited. */
  readonly truth?: number;
}

/** What became of the rows of decisions.csv; the six add up to `rows`. */
export interface FateCounts {
  readonly rows: number;
  readonly calledStalled: number;
  readonly calledFlowing: number;
  readonly askCrowd: number;
  readonly askExpert: number;
  /** Neither votes nor a score, or reading failed: in nobody's estimate, and never flowing. */
  readonly unread: number;
  /** Gold stacks chosen by class, or known to the policy: they would raise every figure, so they are left out. */
  readonly leftOut: number;
}

export const countsOf = (rows: readonly Row[]): FateCounts => {
  const of = (fate: DecisionName): number =>
    rows.reduce((n, row) => n + (row.fate === fate && !row.leftOut ? 1 : 0), 0);
  return {
    rows: rows.length,
    calledStalled: of('stalled'),
    calledFlowing: of('flowing'),
    askCrowd: of('ask crowd'),
    askExpert: of('ask expert'),
    unread: of('unread'),
    leftOut: rows.reduce((n, { leftOut }) => n + (leftOut ? 1 : 0), 0),
  };
};

/** What an audit found among the stacks of one fate. */
export const groupOf = (rows: readonly Row[], fate: DecisionName): Prevalence.AuditedGroup => {
  const own = rows.filter((row) => row.fate === fate && !row.leftOut);
  const known = own.filter(({ truth }) => truth !== undefined);
  return {
    stacks: own.length,
    audited: known.length,
    stalled: known.filter(({ truth }) => truth === STALLED).length,
  };
};

/** Rows by their stratum, in natural order. */
export const grouped = (rows: readonly Row[], { of }: Strata): ReadonlyMap<string, readonly Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const stratum = of.get(row.stackId);
    if (stratum === undefined) continue;
    const own = groups.get(stratum);
    if (own === undefined) groups.set(stratum, [row]);
    else own.push(row);
  }
  return new Map([...groups].sort(([a], [b]) => naturalOrder(a, b)));
};
