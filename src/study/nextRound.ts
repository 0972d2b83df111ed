import * as Asking from '../asking/index.js';
import { hashText } from '../kernel/ids/hash.js';
import { askingPlan, certifiedAsking, type Decisions, type Policy } from '../policy/index.js';

/** Whom people are asked about next. */
export interface NextRound {
  /** In a random order that tells nothing. */
  readonly rows: readonly { readonly stackId: string; readonly votesWanted: number }[];
  readonly votesWanted: number;
  /** Open stacks and their votes that the budget leaves for later. */
  readonly waiting: { readonly stacks: number; readonly votes: number };
  readonly retired: number;
  readonly expert: number;
}

/**
 * The next round of questions: open stacks where a vote is worth most.
 *
 * @param options - votes that can be had, and how many at a time; as the policy has it when absent
 */
export const nextRound =
  (policy: Policy, options: { readonly budget?: number; readonly votesPerRound?: number } = {}) =>
  ({ posterior }: Decisions): NextRound => {
    const asking = certifiedAsking(policy);
    const base =
      asking === undefined ? askingPlan(policy) : askingPlan(policy, { rule: asking.rule, costs: asking.costs });
    const plan = {
      ...base,
      votesPerRound: options.votesPerRound ?? asking?.votesPerRound ?? policy.budget.votesPerRound,
    };
    const { seed } = policy.provenance;
    const place = (stackId: string): number => hashText(`round\n${stackId}`, seed);
    const free = Asking.next(plan)(posterior);
    const { routing, waiting, votesWanted } =
      options.budget === undefined ? free : Asking.next(plan, options.budget)(posterior);
    const rows = routing.flatMap((next, s) =>
      next._tag === 'AskCrowd' && waiting[s] === 0
        ? [{ stackId: posterior.stackIds[s], votesWanted: next.votesWanted }]
        : [],
    );
    return {
      rows: rows.sort((a, b) => place(a.stackId) - place(b.stackId)),
      votesWanted,
      waiting: {
        stacks: waiting.reduce((sum, one) => sum + one, 0),
        votes: free.votesWanted - votesWanted,
      },
      retired: routing.filter(({ _tag }) => _tag === 'Retire').length,
      expert: routing.filter(({ _tag }) => _tag === 'AskExpert').length,
    };
  };
