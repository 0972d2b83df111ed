import type { VoteTable } from '../domain/voteTable.js';
import * as Policy from '../policy/index.js';
import type { Explanation } from '../stages/fusion/index.js';
import { decisionOn } from './decision.js';
import type { Event, VoteEvent } from './event.js';
import { type Decision, judgeBy } from './judge.js';
import { countedOf, heardFrom, type Outcome, outcomesOf } from './outcomes.js';
import { type Settings, settingsUnder } from './settings.js';

/** A decision with its reasons: the decision, the terms of its log-odds, and the outcome of each event. */
export interface Explained {
  readonly decision: Decision;
  /** By `Policy.explain`; its `logOdds` is exactly `decision.logOdds`, and its terms add up to it. */
  readonly explanation: Explanation;
  /** Every event about the stack, the earliest first; with a reason where it does not count. */
  readonly trail: readonly Outcome[];
}

/**
 * Why was this stack retired? Derives one decision again, from the policy and the events.
 *
 * With the policy and the events of an earlier time it is the decision of that time, to the last bit.
 *
 * @param policy - the one that decided
 * @param stackId - any stack of the events
 * @returns on `events` in any order, e.g. `state.events` or `store.events(stackId)`; `undefined` when none names the stack
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * const explained = Online.explain(policy, 's1')([
 *   { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1 },
 *   { event: 'vote', eventId: 'e2', stackId: 's1', annotatorId: 'bob', label: 0 },
 *   { event: 'retraction', eventId: 'e3', of: 'e1' },
 * ]);
 * explained.trail.map(({ because }) => because) // => ['retracted by e3', undefined]
 * explained.explanation.contributions.map(({ source }) => source) // => ['prevalence', 'vote']
 * explained.explanation.logOdds === explained.decision.logOdds // => true
 */
export const explain =
  (policy: Policy.Policy, stackId: string, settings: Settings = {}) =>
  (events: Iterable<Event>): Explained | undefined => {
    const heard = heardFrom(events);
    const on = heard.on.get(stackId);
    if (on === undefined) return undefined;
    const trail = outcomesOf(on, heard, settingsUnder(policy, settings));
    const counted = countedOf(trail);
    const judging = judgeBy(policy, settings);
    const scores =
      counted.score === undefined
        ? {}
        : { scores: { stackIds: [stackId], score: Float64Array.of(counted.score.score) } };
    const votes = tableOf(stackId, counted.votes);
    const explanation = Policy.explain(policy, stackId)({ votes, ...scores });
    if (explanation === undefined) return undefined;
    return { decision: decisionOn(judging, stackId, counted), explanation, trail };
  };

/** The table of one stack, its votes having come in the order given. An annotator has one row for each vote that counts. */
const tableOf = (stackId: string, votes: readonly VoteEvent[]): VoteTable => ({
  stackIds: [stackId],
  annotatorIds: votes.map(({ annotatorId }) => annotatorId),
  offsets: Uint32Array.of(0, votes.length),
  annotatorOf: Uint32Array.from(votes, (_, v) => v),
  label: Uint8Array.from(votes, ({ label }) => label),
  arrival: Uint32Array.from(votes, (_, v) => v),
});
