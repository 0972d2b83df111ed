import * as Asking from '../asking/index.js';
import { hashText } from '../kernel/ids/hash.js';
import * as Policy from '../policy/index.js';
import { type Refusal, refusals } from '../stages/riskControl/index.js';

/** The stacks that people vote on next. */
export interface NextRound {
  /** In random order, so that the order reveals nothing about the stacks. */
  readonly rows: readonly { readonly stackId: string; readonly votesWanted: number }[];
  readonly votesWanted: number;
  /** Open stacks, and the votes they want, that the budget leaves for later. */
  readonly waiting: { readonly stacks: number; readonly votes: number };
  readonly retired: number;
  readonly expert: number;
}

/**
 * The next round of questions: the open stacks, and if votes are short those where a vote has the highest value.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - `budget`: votes available now, default as many as are wanted; `votesPerRound`: default that of the policy
 * @returns what `tandem ask` writes to next.csv, with counts
 * @example
 * const { policy } = Policy.fit({ seed: 1 })({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * Study.nextRound(policy)(Policy.decide(policy)({ votes })).rows // => [{ stackId: 's1', votesWanted: 3 }]
 */
export const nextRound =
  (
    policy: Policy.Policy,
    options: { readonly budget?: number | undefined; readonly votesPerRound?: number | undefined } = {},
  ) =>
  ({ posterior }: Policy.Decisions): NextRound => {
    const asking = Policy.certifiedAsking(policy);
    const base =
      asking === undefined
        ? Policy.askingPlan(policy)
        : Policy.askingPlan(policy, { rule: asking.rule, costs: asking.costs });
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

/** What holds for answers that are still to come. */
export interface AskingPromise {
  /** Whether the certificate of the policy covers them. */
  readonly certified: boolean;
  /** Why not. */
  readonly refused: readonly Refusal[];
}

/**
 * Whether the certificate of a policy covers asking in rounds of this size: one vote at a time and rounds as certified do.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @param options - `votesPerRound`: default that of the policy
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Study.promise(policy) // => { certified: false, refused: [] }
 */
export const askingPromise = (
  policy: Policy.Policy,
  { votesPerRound }: { readonly votesPerRound?: number | undefined } = {},
): AskingPromise => {
  const certified = Policy.certifiedAsking(policy);
  const deployed = votesPerRound ?? certified?.votesPerRound ?? 1;
  const isCovered = certified === undefined || deployed === 1 || deployed === certified.votesPerRound;
  const stopRule = { replayed: `${certified?.votesPerRound} at a time`, deployed: `${deployed} at a time` };
  const refused = isCovered ? [] : refusals({ stopRule })({ chosen: 'random', stackIds: [] });
  return { certified: refused.length === 0 && Policy.isCertified(policy), refused };
};
