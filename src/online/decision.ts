import type { Policy } from '../policy/index.js';
import type { Event, StackEvent } from './event.js';
import { type Decision, type Judge, judgeBy } from './judge.js';
import { type Counted, countedOf, heardFrom, outcomesOf } from './outcomes.js';
import { type Settings, settingsUnder } from './settings.js';
import type { State } from './state.js';

/** The decision about a stack from what counts on it. */
export const decisionOn = (judging: Judge, stackId: string, { votes, score, gold }: Counted): Decision => {
  const { voteValues, rowOf } = judging;
  const values = Float64Array.from(votes, ({ annotatorId, label }) =>
    label === 1 ? voteValues.stalled[rowOf(annotatorId)] : voteValues.flowing[rowOf(annotatorId)],
  );
  const isOrdered = votes.length < 2 || votes.every(({ at }) => at !== undefined);
  return judging.decide({
    stackId,
    values,
    n: votes.length,
    isOrdered,
    score: score?.score,
    gold: gold?.label,
  });
};

/**
 * The decision about a stack, from its own events and nothing else: what a service needs that keeps events in a database.
 *
 * Votes are walked in the order of `at` and then of their ids, and the first at which the rule stops decides, as in `Policy.decide`.
 *
 * @param policy - prepared once, for any number of stacks
 * @returns takes all events of one stack in any order, repeats and all, and the retractions of them; `undefined` when no event
 *   names a stack
 * @throws RangeError when events name two stacks
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * const judge = Online.judge(policy);
 * const { decision, routing, votes, votesCounted, status } = judge([
 *   { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1, at: 10 },
 *   { event: 'vote', eventId: 'e2', stackId: 's1', annotatorId: 'bob', label: 1, at: 20 },
 *   { event: 'retraction', eventId: 'e3', of: 'e2' },
 * ]);
 * [decision, routing] // => ['open', { _tag: 'AskExpert', reason: 'expert is cheaper' }]
 * [votes, votesCounted, status] // => [1, 0, 'provisional']
 */
export const judge = (
  policy: Policy,
  settings: Settings = {},
): ((eventsOfOneStack: Iterable<Event>) => Decision | undefined) => {
  const judging = judgeBy(policy, settings);
  const rules = settingsUnder(policy, settings);
  return (events) => {
    const heard = heardFrom(events);
    const [first, second] = heard.on;
    if (first === undefined) return undefined;
    const [stackId, on] = first;
    if (second !== undefined) {
      throw RangeError(`judge: expected events of one stack, got some of ${JSON.stringify([stackId, second[0]])}`);
    }
    return decisionOn(judging, stackId, countedOf(outcomesOf(on, heard, rules)));
  };
};

/**
 * The decision about a stack, from all events.
 *
 * logOdds, votes, votesCounted, scores and routing are those of `Policy.decide` on the votes and scores that count (`Online.inputs`),
 * where votes have times.
 *
 * @param policy - prepared once, for any number of states and stacks
 * @returns `undefined` when no event has named the stack
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * const state = Online.reduce(Online.NO_EVENTS, { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1 });
 * const { decision, routing, reason, votes } = Online.decision(policy)(state, 's1');
 * [decision, routing, reason, votes] // => ['open', { _tag: 'AskExpert', reason: 'expert is cheaper' }, 'an expert is cheaper after 0 votes', 1]
 */
export const decision = (
  policy: Policy,
  settings: Settings = {},
): ((state: State, stackId: string) => Decision | undefined) => {
  const judging = judgeBy(policy, settings);
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
