import { type AskingPlan, type Audit, type Costs, constant, type Rule, voteValueOf } from '../asking/index.js';
import { operatingPoint, type Policy } from './policy.js';

/**
 * The asking plan of a policy: its certified operating point, its budget, and what a vote is worth under it.
 *
 * @param policy - where a side is not certified, nothing is retired there
 * @param more - `audit` share; `rule` where another than the operating point was certified end to end
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
