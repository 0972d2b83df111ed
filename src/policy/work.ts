import { present } from '../domain/present.js';
import type { Routing } from '../domain/routing.js';
import type { Decisions } from './decide.js';

/** How many stacks of a batch were decided in which way, and how many votes that took. */
export interface Work {
  readonly stacks: number;
  readonly retiredStalled: number;
  readonly retiredFlowing: number;
  readonly askCrowd: number;
  readonly askExpert: number;
  /** Votes that the stacks have. */
  readonly votes: number;
  /** Of these, the votes up to where the rule stopped, by which it decided. */
  readonly votesCounted: number;
  /** Votes asked for next. */
  readonly votesWanted: number;
  readonly scored: number;
  /** Retired stacks that people audit. Absent without an audit. */
  readonly audited?: number;
}

/**
 * Counts the decisions about a batch.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.work(Policy.decide(policy)({ votes: Votes.EMPTY })).stacks // => 0
 */
export const workOf = ({ posterior, routing, stops, audited }: Decisions): Work => {
  const count = (holds: (next: Routing) => boolean): number =>
    routing.reduce((n, next) => n + (holds(next) ? 1 : 0), 0);
  return present({
    stacks: routing.length,
    retiredStalled: count((next) => next._tag === 'Retire' && next.label === 1),
    retiredFlowing: count((next) => next._tag === 'Retire' && next.label === 0),
    askCrowd: count((next) => next._tag === 'AskCrowd'),
    askExpert: count((next) => next._tag === 'AskExpert'),
    votes: posterior.votes.reduce((sum, votes) => sum + votes, 0),
    votesCounted: stops.votes.reduce((sum, votes) => sum + votes, 0),
    votesWanted: routing.reduce((sum, next) => sum + (next._tag === 'AskCrowd' ? next.votesWanted : 0), 0),
    scored: posterior.scores.reduce((sum, scores) => sum + (scores > 0 ? 1 : 0), 0),
    audited: audited === undefined ? undefined : audited.reduce((sum, one) => sum + one, 0),
  });
};
