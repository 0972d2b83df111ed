import { mostVotesOf, type StopBounds } from '../asking/stopRule/index.js';
import { FLOWING } from '../domain/label.js';
import type { Routing } from '../domain/routing.js';
import type { Policy } from './policy.js';

/** Where the rule stopped on a stack, or stands while it asks. */
export interface Standing {
  readonly logOdds: number;
  readonly votes: number;
  readonly scores: number;
  /** Votes that the stack has, those beyond the stop included; default `votes`. */
  readonly all?: number | undefined;
}

/** Why a stack has its routing, in words without a comma: for a column of decisions.csv and for a service. */
export type Reason = (next: Routing, at: Standing) => string;

/** Enough to recognise a bound; the policy has all digits. */
const DIGITS = 10;

const shown = (value: number): string => String(Number(value.toPrecision(DIGITS)));

const UNSEEN = 'neither votes nor a score';

/**
 * The reasons that a policy gives, in decisions.csv, `explain` and the online engine alike.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.reasonsUnder(policy)({ _tag: 'AskExpert', reason: 'expert is cheaper' }, { logOdds: 0, votes: 1, scores: 0 }) // => 'an expert is cheaper after 1 vote'
 */
export const reasonsUnder = ({ rule }: Pick<Policy, 'rule'>): Reason => {
  const most = mostVotesOf(rule);
  const spent = (votes: number): string => (votes === 1 ? '1 vote' : `${votes} votes`);
  const boundsAt = (votes: number): StopBounds => rule.bounds[Math.min(votes, most)];
  const asked = ({ votes, scores }: Standing): string => {
    if (votes + scores === 0) return UNSEEN;
    if (votes < rule.leastVotes) return `no stack is decided on fewer than ${spent(rule.leastVotes)}`;
    if (scores === 0 && votes < 2) return 'one vote without a score decides nothing';
    return `one more vote is worth its price after ${spent(votes)}`;
  };
  const retired = (label: number, { votes }: Standing): string => {
    const { flowingBelow, stalledFrom } = boundsAt(votes);
    return label === FLOWING
      ? `below ${shown(flowingBelow ?? Number.NEGATIVE_INFINITY)} after ${spent(votes)}`
      : `at least ${shown(stalledFrom ?? Number.POSITIVE_INFINITY)} after ${spent(votes)}`;
  };
  return (next, at) => {
    switch (next._tag) {
      case 'Retire':
        return retired(next.label, at);
      case 'AskCrowd':
        return asked(at);
      case 'AskExpert':
        if ((at.all ?? at.votes) + at.scores === 0) return UNSEEN;
        if (next.reason === 'votes contradict') return `later votes contradict the label of ${spent(at.votes)}`;
        return next.reason === 'votes exhausted'
          ? `undecided after ${spent(at.votes)}: the most that are asked for`
          : `an expert is cheaper after ${spent(at.votes)}`;
    }
  };
};
