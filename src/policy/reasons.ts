import { after, type Rule, type Standing } from '../asking/index.js';
import { FLOWING } from '../domain/label.js';
import type { Band } from '../domain/operatingPoint.js';
import type { Routing } from '../domain/routing.js';
import { certifiedAsking, operatingPoint, type Policy } from './policy.js';

/** Why a stack has its routing, in words without a comma: for a column of decisions.csv and for a service. */
export type Reason = (next: Routing, at: Standing) => string;

/** Enough to recognise a threshold; the policy has all digits. */
const DIGITS = 10;

const shown = (value: number | undefined): string => String(Number((value ?? 0).toPrecision(DIGITS)));

const UNSEEN = 'neither votes nor a score';

/**
 * The reasons that a policy gives, in decisions.csv, `explain` and the online engine alike.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.reasonsUnder(policy)({ _tag: 'AskCrowd', votesWanted: 3 }, { logOdds: 0, votes: 1, scores: 0 }) // => 'no threshold is certified'
 */
export const reasonsUnder = (policy: Policy): Reason => {
  const asking = certifiedAsking(policy);
  return asking === undefined ? byBand(operatingPoint(policy) ?? {}) : byRule(asking.rule);
};

/** A band has few sentences, so each is made once. */
const byBand = ({ flowingBelow, stalledAbove }: Band): Reason => {
  const below = `below the certified ${shown(flowingBelow)}`;
  const above = `above the certified ${shown(stalledAbove)}`;
  const why = ({ logOdds, votes, scores }: Standing): string => {
    if (votes + scores === 0) return UNSEEN;
    if (flowingBelow === undefined)
      return stalledAbove === undefined ? 'no threshold is certified' : 'no flowing threshold is certified';
    return stalledAbove === undefined && logOdds >= flowingBelow
      ? 'no stalled threshold is certified'
      : 'between the certified thresholds';
  };
  return (next, at) => {
    switch (next._tag) {
      case 'Retire':
        return next.label === FLOWING ? below : above;
      case 'AskCrowd':
        return why(at);
      case 'AskExpert':
        return `${why(at)}; ${next.reason}`;
    }
  };
};

const byRule = (rule: Rule): Reason => {
  const spent = (votes: number): string => (votes === 1 ? '1 vote' : `${votes} votes`);
  const why = ({ votes, scores }: Standing): string => {
    if (votes + scores === 0) return UNSEEN;
    if (votes < rule.minVotes) return `no stack is retired on fewer than ${spent(rule.minVotes)}`;
    const [low, high] = [after(rule.flowingBelow, votes), after(rule.stalledAbove, votes)];
    if (low === undefined) {
      return high === undefined
        ? `nothing is retired after ${spent(votes)}`
        : `nothing is retired as flowing after ${spent(votes)} nor as stalled below ${shown(high)}`;
    }
    return high === undefined
      ? `nothing is retired as stalled after ${spent(votes)} nor as flowing above ${shown(low)}`
      : `between the certified ${shown(low)} and ${shown(high)} after ${spent(votes)}`;
  };
  const retired = (label: number, { logOdds, votes }: Standing): string => {
    const bound = after(label === FLOWING ? rule.flowingBelow : rule.stalledAbove, votes);
    const crossed = bound !== undefined && (label === FLOWING ? logOdds < bound : logOdds > bound);
    const side = label === FLOWING ? 'below' : 'above';
    return crossed
      ? `${side} the certified ${shown(bound)} after ${spent(votes)}`
      : `${side} the last call ${shown(rule.lastCall)} after ${spent(votes)}`;
  };
  return (next, at) => {
    switch (next._tag) {
      case 'Retire':
        return retired(next.label, at);
      case 'AskCrowd':
        return why(at);
      case 'AskExpert':
        return `${why(at)}; ${next.reason}`;
    }
  };
};
