import * as Asking from '../asking.js';
import { hashText } from '../kernel/hash.js';
import { certifiedAsking, type Decisions, type Policy } from '../policy.js';
import { csvRow } from './csv.js';

/** Whom people are asked about next. */
export interface NextRound {
  /** In a random order that tells nothing. */
  readonly rows: readonly { readonly stackId: string; readonly votesWanted: number }[];
  readonly votesWanted: number;
  /** Rows that are open, and rows that are retired but audited. */
  readonly open: number;
  readonly audited: number;
  /** Open stacks and their votes that the budget leaves for later. */
  readonly waiting: { readonly stacks: number; readonly votes: number };
  readonly retired: number;
  readonly expert: number;
}

/** Of a budget that is short, so much may go to the audit at most: it learns about decisions, the rest makes them. */
const AUDIT_PART = 0.2;

/**
 * The next round of questions: open stacks where a vote is worth most, and the audited among the retired, in one list.
 *
 * @param options - votes that can be had, and how many at a time; as the policy has it when absent
 */
export const nextRound =
  (policy: Policy, options: { readonly budget?: number; readonly votesPerRound?: number } = {}) =>
  ({ posterior, audited }: Decisions): NextRound => {
    const asking = certifiedAsking(policy);
    const base =
      asking === undefined
        ? Asking.fromPolicy(policy)
        : Asking.fromPolicy(policy, { rule: asking.rule, costs: asking.costs });
    const plan = {
      ...base,
      votesPerRound: options.votesPerRound ?? asking?.votesPerRound ?? policy.budget.votesPerRound,
    };
    const { seed } = policy.provenance;
    const place = (stackId: string): number => hashText(stackId, seed);
    const budget = options.budget ?? Number.POSITIVE_INFINITY;

    const { audit } = asking ?? {};
    const toAudit = Array.from(audited ?? [], (one, s) => (one === 1 ? s : -1))
      .filter((s) => s >= 0 && audit !== undefined && posterior.votes[s] < audit.votes)
      .map((s) => ({
        stackId: posterior.stackIds[s],
        votesWanted: Math.min(plan.votesPerRound, (audit?.votes ?? 0) - posterior.votes[s]),
      }))
      .sort((a, b) => place(a.stackId) - place(b.stackId));
    const free = Asking.next(plan)(posterior);
    const served: NextRound['rows'][number][] = [];
    let left = Math.max(Math.floor(AUDIT_PART * budget), budget - free.votesWanted);
    for (const row of toAudit) {
      if (row.votesWanted > left) break;
      served.push(row);
      left -= row.votesWanted;
    }
    const spent = served.reduce((sum, { votesWanted }) => sum + votesWanted, 0);
    const { routing, waiting, votesWanted } = Asking.next(plan, budget - spent)(posterior);
    const open = routing.flatMap((next, s) =>
      next._tag === 'AskCrowd' && waiting[s] === 0
        ? [{ stackId: posterior.stackIds[s], votesWanted: next.votesWanted }]
        : [],
    );
    return {
      rows: [...open, ...served].sort((a, b) => place(a.stackId) - place(b.stackId)),
      votesWanted: votesWanted + spent,
      open: open.length,
      audited: served.length,
      waiting: {
        stacks: waiting.reduce((sum, one) => sum + one, 0),
        votes: free.votesWanted - votesWanted,
      },
      retired: routing.filter(({ _tag }) => _tag === 'Retire').length,
      expert: routing.filter(({ _tag }) => _tag === 'AskExpert').length,
    };
  };

/** `next.csv`: what people are given. Neither why a stack is here nor what is thought of it, so that they stay blind. */
export function* nextCsv({ rows }: NextRound): Generator<string> {
  yield csvRow(['stackId', 'votesWanted']);
  for (const { stackId, votesWanted } of rows) yield csvRow([stackId, String(votesWanted)]);
}
