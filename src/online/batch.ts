import { getOrThrow } from '../domain/errors.js';
import type { Label } from '../domain/label.js';
import type { Scores } from '../domain/scores.js';
import type * as Votes from '../stages/votes/index.js';
import { voteBuilder } from '../stages/votes/index.js';
import { compareMoments, type Event, type VoteEvent } from './event.js';
import { countedOf, heardFrom, outcomesOf } from './outcomes.js';
import type { Settings } from './settings.js';

/** The votes, scores and gold of events, as the stages take them. */
export interface EventInputs {
  readonly votes: Votes.VoteTable;
  readonly scores: Scores;
  /** For `Gold.from`, which needs to know how these stacks were chosen. */
  readonly gold: readonly { readonly stackId: string; readonly label: Label }[];
}

/**
 * The votes, scores and gold of events that count: for `Policy.decide` on all of them, or for `Policy.fit` of the next
 * policy.
 *
 * @param settings - the rule for duplicates
 * @returns every stack that an event names is in the table, with votes or without; `arrival` where all votes have `at`
 * @example
 * const batch = Online.inputs()([
 *   { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1, at: 10 },
 *   { event: 'vote', eventId: 'e2', stackId: 's1', annotatorId: 'ann', label: 0, at: 20 },
 *   { event: 'gold', eventId: 'e3', stackId: 's2', label: 1 },
 * ]);
 * [batch.votes.stackIds, Votes.count(batch.votes)] // => [['s1', 's2'], 1]
 * batch.gold // => [{ stackId: 's2', label: 1 }]
 */
export const inputs =
  (settings: Settings = {}) =>
  (events: Iterable<Event>): EventInputs => {
    const heard = heardFrom(events);
    const builder = voteBuilder();
    const cast: VoteEvent[] = [];
    const scored: string[] = [];
    const score: number[] = [];
    const gold: { readonly stackId: string; readonly label: Label }[] = [];
    for (const [stackId, on] of heard.on) {
      const counted = countedOf(outcomesOf(on, heard, settings));
      builder.includeStack(stackId);
      for (const vote of counted.votes) cast.push(vote);
      if (counted.gold !== undefined) gold.push({ stackId, label: counted.gold.label });
      if (counted.score === undefined) continue;
      scored.push(stackId);
      score.push(counted.score.score);
    }
    const inOrder = cast.every(({ at }) => at !== undefined);
    if (inOrder) cast.sort(compareMoments);
    for (const { stackId, annotatorId, label } of cast) builder.add(stackId, annotatorId, label);
    // Duplicates are already resolved, and votes of the anonymous annotator are never duplicates.
    const votes = getOrThrow(builder.build('all', inOrder ? 'rows' : 'none'));
    return { votes, scores: { stackIds: scored, score: Float64Array.from(score) }, gold };
  };
