import { stop } from '../asking/index.js';
import { inArrivalOrder, pick, run, traitTrajectories } from '../asking/replay/index.js';
import type { GoldSet } from '../domain/gold.js';
import { ASK_EXPERT, RETIRE } from '../domain/routing.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { RAN_OUT, UNSEEN } from '../stages/riskControl/index.js';
import type { Decisions } from './decide.js';
import { evidenceFor } from './evidence.js';
import { certifiedAsking, type Inputs, type Policy } from './policy.js';

/** How gold stacks end when the rule asks about them; rows follow the gold. */
export interface Replayed {
  /** FLOWING, STALLED, `RiskControl.UNDECIDED` (an expert is asked), `RiskControl.RAN_OUT` or `RiskControl.UNSEEN`. */
  readonly decisions: Uint8Array;
  /** Votes the rule would have taken. */
  readonly votes: Uint32Array;
}

/**
 * Replays the asking rule of a policy on gold, votes taken one at a time in the order in which they came, or else
 * in the random order of its fit.
 *
 * @returns `undefined` where the policy has no certified rule
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.replayed(policy, Gold.from({ chosen: 'random' })([]))({ votes: Votes.EMPTY }) // => undefined
 */
export const replayed =
  (policy: Policy, gold: Pick<GoldSet, 'stackIds'>) =>
  (batch: Inputs): Replayed | undefined => {
    const asking = certifiedAsking(policy);
    if (asking === undefined) return undefined;
    const { votes, evidence } = evidenceFor(policy, batch);
    const place = rowOfId(votes.stackIds);
    const known = gold.stackIds.filter((id) => place.has(id));
    const { model } = evidence;
    const rows = known.map((id) => place.get(id) ?? -1);
    const scored =
      model === undefined
        ? undefined
        : {
            nats: Float64Array.from(rows, (s) => model.nats[s]),
            scores: Uint32Array.from(rows, (s) => model.scores[s]),
          };
    const stream = inArrivalOrder(policy.provenance.seed)(pick(known)({ ...votes, order: 'arrival' }));
    const paths = traitTrajectories(asking.look, scored)(stream);
    const done = run(asking.rule)(paths);
    const judge = stop(asking.rule);
    const at = rowOfId(known);
    const used = new Uint32Array(gold.stackIds.length);
    const decisions = Uint8Array.from(gold.stackIds, (id, g) => {
      const s = at.get(id);
      if (s === undefined || done.decisions[s] === UNSEEN) return UNSEEN;
      used[g] = done.votes[s];
      const n = done.votes[s];
      const end = { logOdds: paths.logOdds[paths.first[s] + n], votes: n, scores: paths.scores[s] };
      return judge(end) === 'ask' ? RAN_OUT : done.decisions[s];
    });
    return { decisions, votes: used };
  };

/**
 * Decisions in which gold stacks end as in the replay. So they are judged under the deployed rule, not by all the votes they
 * happen to have. What the replay left open goes to an expert, also where votes ran out. An evaluation that passes anything
 * must first count those whose votes ran out (`RAN_OUT` in the replay) as wrong.
 *
 * @param gold - the stacks that were replayed, in their order
 */
export const endedBy =
  ({ decisions }: Replayed, gold: Pick<GoldSet, 'stackIds'>) =>
  (decided: Decisions): Decisions => {
    const place = rowOfId(decided.posterior.stackIds);
    const routing = decided.routing.slice();
    gold.stackIds.forEach((stackId, g) => {
      const s = place.get(stackId);
      if (s !== undefined && decisions[g] !== UNSEEN) routing[s] = RETIRE[decisions[g]] ?? ASK_EXPERT;
    });
    return { ...decided, routing };
  };
