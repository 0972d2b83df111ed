import { FLOWING, STALLED } from '../../domain/label.js';
import { UNDECIDED, UNSEEN } from '../../stages/riskControl/index.js';
import { after, type Rule, requireRule } from '../rule.js';
import type { Trajectories } from './trajectories.js';

/** What one rule did, stack by stack; rows follow the trajectories. */
export interface Run {
  /** FLOWING, STALLED, `RiskControl.UNDECIDED` (an expert is asked) or `RiskControl.UNSEEN`. */
  readonly decisions: Uint8Array;
  /** Votes used. */
  readonly votes: Uint32Array;
}

/**
 * Replays a stop rule: votes are taken one at a time until the rule stops.
 *
 * If a stack has fewer votes than the rule asks for, it ends at its last vote as if `maxVotes` were reached: with the
 * `lastCall`, or with an expert.
 *
 * @param rule - see `Asking.Rule`
 * @returns decision and votes used of each stack
 * @throws RangeError when the rule has no bounds or its votes are not 0 <= minVotes <= maxVotes
 * @example
 * const path = { stackIds: ['s1', 's2'], first: Uint32Array.of(0, 3, 5), logOdds: Float64Array.of(-4, -5, -7, -4, 3), scores: Uint32Array.of(1, 1) };
 * Replay.run(Asking.constant({ flowingBelow: -4.5, stalledAbove: 2 }, { maxVotes: 2 }))(path) // => { decisions: Uint8Array [0, 1], votes: Uint32Array [1, 1] }
 */
export const run = (rule: Rule): ((paths: Trajectories) => Run) => {
  requireRule(rule);
  const { minVotes, maxVotes, lastCall } = rule;
  // Plain columns: the loop need not look for the last entry or for null.
  const length = Math.max(rule.flowingBelow.length, rule.stalledAbove.length);
  const low = Float64Array.from({ length }, (_, n) => after(rule.flowingBelow, n) ?? Number.NEGATIVE_INFINITY);
  const high = Float64Array.from({ length }, (_, n) => after(rule.stalledAbove, n) ?? Number.POSITIVE_INFINITY);
  return ({ stackIds, first, logOdds, scores }) => {
    const decisions = new Uint8Array(stackIds.length);
    const votes = new Uint32Array(stackIds.length);
    for (let s = 0; s < decisions.length; s++) {
      const most = Math.min(maxVotes, first[s + 1] - first[s] - 1);
      const least = Math.max(minVotes, scores[s] > 0 ? 0 : 1);
      let decision = most + scores[s] === 0 ? UNSEEN : UNDECIDED;
      let n = Math.min(least, most);
      for (; n <= most; n++) {
        const z = logOdds[first[s] + n];
        const i = n < length ? n : length - 1;
        if (n < least) continue;
        if (z < low[i]) decision = FLOWING;
        else if (z > high[i]) decision = STALLED;
        else continue;
        break;
      }
      if (n > most) {
        n = most;
        if (decision === UNDECIDED && lastCall !== undefined) {
          decision = logOdds[first[s] + n] > lastCall ? STALLED : FLOWING;
        }
      }
      decisions[s] = decision;
      votes[s] = n;
    }
    return { decisions, votes };
  };
};
