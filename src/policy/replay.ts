import { pick } from '../asking/replay/index.js';
import { type RuleReplay, replayOn } from '../asking/stopRule/index.js';
import type { ModelEvidence } from '../domain/evidence.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { ASK_EXPERT, RETIRE } from '../domain/routing.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { UNSEEN } from '../stages/riskControl/index.js';
import type { Decisions } from './decide.js';
import { evidenceFor, inRuleOrder, pathsOn, type Seen } from './evidence.js';
import type { Inputs, Policy } from './policy.js';

/** The trajectories of some stacks of a batch; those that are not there are left out. */
const pathsFor = (policy: Pick<Policy, 'traitModel'>, { votes, evidence }: Seen, wanted: readonly string[]) => {
  const place = rowOfId(votes.stackIds);
  const known = wanted.filter((id) => place.has(id));
  const rows = known.map((id) => place.get(id) ?? -1);
  const model = evidence.model === undefined ? undefined : rowsOf(evidence.model, rows);
  return pathsOn(policy, present({ ...evidence, model }))(pick(known)(inRuleOrder(votes)));
};

/** These rows of the evidence of a model. */
const rowsOf = ({ nats, scores }: ModelEvidence, rows: readonly number[]): ModelEvidence => ({
  nats: Float64Array.from(rows, (row) => nats[row]),
  scores: Uint32Array.from(rows, (row) => scores[row]),
});

/**
 * Replays the rule of a policy on gold, votes taken one at a time in their order.
 *
 * A stack whose votes end while the rule asks is `RiskControl.RAN_OUT`; one that an expert looks at is `RiskControl.UNDECIDED`.
 *
 * @returns rows follow the gold
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.replayed(policy, Gold.from({ chosen: 'random' })([]))({ votes: Votes.EMPTY }).decisions // => Uint8Array []
 */
export const replayed =
  (policy: Policy, gold: Pick<GoldSet, 'stackIds'>) =>
  (batch: Inputs): RuleReplay =>
    replayOn(gold)(pathsFor(policy, evidenceFor(policy, batch), gold.stackIds))(policy.rule);

/**
 * Decisions in which gold stacks end as in the replay. So they are judged by the rule from the first vote to the last, not by
 * contradiction of later votes. What the replay left open goes to an expert, also where votes ran out. An evaluation that passes
 * anything must first count those whose votes ran out (`RiskControl.RAN_OUT` in the replay) as wrong.
 *
 * @param gold - the stacks that were replayed, in their order
 */
export const endedBy =
  ({ decisions }: RuleReplay, gold: Pick<GoldSet, 'stackIds'>) =>
  (decided: Decisions): Decisions => {
    const place = rowOfId(decided.posterior.stackIds);
    const routing = decided.routing.slice();
    gold.stackIds.forEach((stackId, g) => {
      const s = place.get(stackId);
      if (s !== undefined && decisions[g] !== UNSEEN)
        routing[s] = RETIRE[decisions[g]] ?? ASK_EXPERT['votes exhausted'];
    });
    return { ...decided, routing };
  };
