import * as Evaluation from '../../evaluation.js';
import type { GoldSet } from '../../gold.js';
import type { Decisions } from '../../policy.js';
import { decisionName } from '../decisions.js';
import { groupOf, type Row } from './fates.js';

/** What the audit says about stalls retired as flowing. */
export const lostOf = (rows: readonly Row[], confidence: number): Evaluation.LostPositives =>
  Evaluation.lostPositives({ confidence })({
    retiredFlowing: groupOf(rows, 'flowing'),
    kept: (['stalled', 'ask crowd', 'ask expert'] as const).map((fate) => groupOf(rows, fate)),
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
): Evaluation.LostPositives => {
  const truth = new Map(audit.stackIds.map((stackId, row) => [stackId, audit.label[row]]));
  const rows = posterior.stackIds.map((stackId, s): Row => {
    const label = truth.get(stackId);
    const seen = posterior.votes[s] + posterior.scores[s] > 0;
    return {
      stackId,
      fate: seen ? decisionName(routing[s]) : 'unread',
      leftOut: leftOut.has(stackId),
      ...(label === undefined ? {} : { truth: label }),
    };
  });
  return lostOf(rows, confidence);
};
