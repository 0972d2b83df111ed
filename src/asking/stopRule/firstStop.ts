import { mostVotesOf, placesOf, requireStopRule, type StopRule } from './rule.js';

/** A final label, one more vote, or an expert. */
export type Action = 'flowing' | 'stalled' | 'ask' | 'expert';

/** What is known of one stack: the log-odds after each of its votes, in the order of the votes. */
export interface VoteCourse {
  /** Entry n is the posterior log-odds after n votes; entry 0, before any vote, is always there. */
  readonly logOdds: ArrayLike<number>;
  /** Whether a model has scored the stack. Without a score nothing is decided on fewer than two votes. */
  readonly scored: boolean;
}

/** Where one stack stands under a rule. Plain data, so that it can be kept between two votes. */
export interface StopPoint {
  /** At the first vote where the rule stopped; `ask` as long as it has not. */
  readonly first: Action;
  /** After how many votes it stopped; the votes so far while it asks. */
  readonly votes: number;
  /** What to do now: as `first`, or `expert` where later votes contradict it. */
  readonly action: Action;
  /** Votes seen, `votes` at least: those behind the stop change nothing but the contradiction. */
  readonly seen: number;
}

/** One vote alone closes nothing: it may be anybody's, and a mistake. */
const WITHOUT_SCORE = 2;

/** A rule made ready for many stacks. */
interface Ready {
  readonly act: (logOdds: number, votes: number, scored: boolean) => Action;
  readonly contradicts: (first: Action, logOdds: number) => boolean;
}

const ready = (rule: StopRule): Ready => {
  requireStopRule(rule);
  const places = rule.bounds.map(placesOf);
  const most = mostVotesOf(rule);
  const { leastVotes, contradiction } = rule;
  const flowingAbove = contradiction.flowingAbove ?? Number.POSITIVE_INFINITY;
  const stalledBelow = contradiction.stalledBelow ?? Number.NEGATIVE_INFINITY;
  return {
    act: (logOdds, votes, scored) => {
      // A rule says nothing of more votes than its most, because it has stopped by then.
      const at = places[Math.min(votes, most)];
      const mayDecide = votes >= leastVotes && (scored || votes >= WITHOUT_SCORE);
      if (logOdds < at.flowingBelow) return mayDecide ? 'flowing' : votes < most ? 'ask' : 'expert';
      if (logOdds >= at.stalledFrom) return mayDecide ? 'stalled' : votes < most ? 'ask' : 'expert';
      if (logOdds >= at.expertFrom && logOdds < at.expertBelow) return 'expert';
      // After the most votes nothing is asked any more, not even where the log-odds are not a number.
      return votes < most ? 'ask' : 'expert';
    },
    contradicts: (first, logOdds) =>
      (first === 'flowing' && logOdds > flowingAbove) || (first === 'stalled' && logOdds < stalledBelow),
  };
};

/**
 * What a stop rule says of a stack: the first vote, in the order of the votes, at which it stops.
 *
 * first = min{ n : rule(z_n) is not "ask" };   later votes change nothing, except that z_now beyond `contradiction` → expert
 *
 * So votes that came one at a time, in rounds, or all at once give the same decision, and one certificate covers them all. An
 * expert who is called because of a contradiction can only lower both risks. This function alone executes a rule.
 *
 * @param rule - from `solve` or `certify`
 * @returns for one stack; `ask` where its votes end before the rule stops
 * @throws RangeError when the rule cannot be followed, or `logOdds` is empty
 * @example
 * const decide = StopRule.firstStop(StopRule.oneLook({ votes: 1, flowingBelow: -6, stalledFrom: 0 }));
 * decide({ logOdds: [-4, -7, 2], scored: true }) // => { first: 'flowing', votes: 1, action: 'flowing', seen: 2 }
 * decide({ logOdds: [-4], scored: true }).action // => 'ask'
 * decide({ logOdds: [-4, -3], scored: true }).action // => 'expert'
 * @see docs/math.md#asking · Wald (1945), doi:10.1214/aoms/1177731118
 */
export const firstStop = (rule: StopRule): ((stack: VoteCourse) => StopPoint) => {
  const { act, contradicts } = ready(rule);
  return ({ logOdds, scored }) => {
    const seen = logOdds.length - 1;
    if (seen < 0) throw RangeError('first stop: expected the log-odds before any vote, got none');
    for (let n = 0; n <= seen; n++) {
      const first = act(logOdds[n], n, scored);
      if (first === 'ask') continue;
      const action = n < seen && contradicts(first, logOdds[seen]) ? 'expert' : first;
      return { first, votes: n, action, seen };
    }
    return { first: 'ask', votes: seen, action: 'ask', seen };
  };
};
