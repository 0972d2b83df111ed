import {
  type AskingPlan,
  type Audit,
  type Costs,
  constant,
  fewestToSettle,
  isAudited,
  type Rule,
  stop,
  voteValueOf,
} from '../asking/index.js';
import type { Posterior } from '../domain/posterior.js';
import { ASK_EXPERT, RETIRE, type Routing } from '../domain/routing.js';
import { route } from '../stages/routing.js';
import type { AskingCertified } from './askingPolicy.js';
import { certifiedAsking, operatingPoint, type Policy } from './policy.js';

/** One routing for each row of a posterior. A routing depends on its own row alone. */
export const routeUnder = (policy: Policy): ((posterior: Posterior) => readonly Routing[]) => {
  const asking = certifiedAsking(policy);
  return asking === undefined ? route({ ...operatingPoint(policy), budget: policy.budget }) : byRule(policy, asking);
};

const byRule = (policy: Policy, { rule, votesPerRound }: AskingCertified) => {
  const judge = stop(rule);
  const vote = voteValueOf(policy);
  const settled = (logOdds: number, votes: number): boolean => judge({ logOdds, votes, scores: 1 }) !== 'ask';
  const wanted = (logOdds: number, votes: number): number => {
    const most = Math.min(votesPerRound, rule.maxVotes - votes);
    return Math.max(Math.min(most, rule.minVotes - votes), fewestToSettle(vote, { logOdds, votes }, { most, settled }));
  };
  const next = (logOdds: number, votes: number, scores: number): Routing => {
    const what = judge({ logOdds, votes, scores });
    if (what === 'ask') return { _tag: 'AskCrowd', votesWanted: wanted(logOdds, votes) };
    return what === 'expert' ? ASK_EXPERT : RETIRE[what];
  };
  return ({ stackIds, logOdds, votes, scores }: Posterior): readonly Routing[] =>
    stackIds.map((_, s) => next(logOdds[s], votes[s], scores[s]));
};

/**
 * Whether a stack is audited if it is retired. Only a policy with a certified asking rule has an audit.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.audits(policy)('s1') // => false
 */
export const audits = (policy: Policy): ((stackId: string) => boolean) => {
  const audit = certifiedAsking(policy)?.audit;
  if (audit === undefined) return () => false;
  const drawn = isAudited(audit);
  // The truth about this gold is known, so it needs no audit.
  const known = new Set(policy.goldUsed);
  return (stackId) => drawn(stackId) && !known.has(stackId);
};

/**
 * The asking plan of a policy: its certified operating point, its budget, and its value of a vote.
 *
 * @param policy - a side that is not certified retires nothing
 * @param more - `audit`; `rule` and `costs` where a rule was certified end to end
 * @example
 * const { votes, scores, gold } = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 })({ votes, scores, gold });
 * const { posterior, routing } = Policy.decide(policy)({ votes, scores });
 * const asked = Asking.next(Policy.askingPlan(policy))(posterior);
 * asked.routing.every((row, s) => row._tag === routing[s]._tag) // => true
 */
export const askingPlan = (
  policy: Policy,
  more: { readonly audit?: Audit; readonly rule?: Rule; readonly costs?: Costs } = {},
): AskingPlan => ({
  rule: constant(operatingPoint(policy) ?? {}, { maxVotes: policy.budget.maxVotes }),
  votesPerRound: policy.budget.votesPerRound,
  vote: voteValueOf(policy),
  ...more,
});
