import type { Policy } from '../policy/index.js';
import type { StackEvent } from './event.js';
import { type Decision, type Judge, judge } from './judge.js';
import { type Counted, countedOf, outcomesOf } from './outcomes.js';
import { type Settings, settingsUnder } from './settings.js';
import type { State } from './state.js';

/** The decision about a stack from what counts on it. */
export const decisionOn = (judging: Judge, stackId: string, { votes, score, gold }: Counted): Decision => {
  const { voteValues, rowOf } = judging;
  const nats = Float64Array.from(votes, ({ annotatorId, label }) =>
    label === 1 ? voteValues.stalled[rowOf(annotatorId)] : voteValues.flowing[rowOf(annotatorId)],
  );
  return judging.decide({ stackId, nats, n: votes.length, score: score?.score, gold: gold?.label });
};

/**
 * The decision about a stack, from all events.
 *
 * logOdds, votes, scores and routing are those of `Policy.decide` on the votes and scores that count (`Online.inputs`): log-odds
 * within 1e-12, because a batch adds votes in another order.
 *
 * @param policy - prepared once, for any number of states and stacks
 * @returns `undefined` when no event has named the stack
 * @example
 * const { policy } = Policy.fit({ seed: 1 })({ votes: Errors.getOrThrow(Votes.from()([])), gold: Gold.from({ chosen: 'random' })([]) });
 * const state = Online.reduce(Online.NO_EVENTS, { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1 });
 * const { decision, routing, reason, votes } = Online.decision(policy)(state, 's1');
 * [decision, routing, reason, votes] // => ['open', { _tag: 'AskCrowd', votesWanted: 3 }, 'no threshold is certified', 1]
 */
export const decision = (
  policy: Policy,
  settings: Settings = {},
): ((state: State, stackId: string) => Decision | undefined) => {
  const judging = judge(policy, settings);
  const rules = settingsUnder(policy, settings);
  return ({ events }, stackId) => {
    const on: StackEvent[] = [];
    const retracted = new Map<string, string>();
    for (const event of events) {
      if (event.event === 'retraction') retracted.set(event.of, event.eventId);
      else if (event.stackId === stackId) on.push(event);
    }
    return on.length === 0 ? undefined : decisionOn(judging, stackId, countedOf(outcomesOf(on, { retracted }, rules)));
  };
};
