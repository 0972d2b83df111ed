/**
 * Four places on the line of log-odds that divide it into what is done after so many votes.
 *
 *     … flowing … | flowingBelow | … ask … | expertFrom | … expert … | expertBelow | … ask … | stalledFrom | … stalled …
 *
 * `null` stands for the end of the line on that side, because JSON knows no infinity: nothing is flowing, the expert's part
 * begins at the left end, it ends at the right end, nothing is stalled. No expert: two equal numbers.
 */
export interface StopBounds {
  /** Flowing below this, strictly. `null`: nothing is. */
  readonly flowingBelow: number | null;
  /** An expert from here on … `null`: from the left end. */
  readonly expertFrom: number | null;
  /** … up to here, exclusive. `null`: to the right end. */
  readonly expertBelow: number | null;
  /** Stalled from here on, inclusive. `null`: nothing is. */
  readonly stalledFrom: number | null;
}

/** When later votes speak against a decision that stands, so that an expert should look; in log-odds. `null`: never. */
export interface Contradiction {
  /** A stack called flowing has come to more than this. */
  readonly flowingAbove: number | null;
  /** A stack called stalled has come to less than this. */
  readonly stalledBelow: number | null;
}

/** When to stop asking about one stack, and whom else to ask: plain data, from `solve`. */
export interface StopRule {
  /** Nothing is called flowing or stalled on fewer votes; an integer from 0 to the most votes. */
  readonly leastVotes: number;
  /** Entry n holds after n votes; the last one, after the most votes, leaves nothing to ask. At least one entry. */
  readonly bounds: readonly StopBounds[];
  readonly contradiction: Contradiction;
}

/** Whether after so many votes the crowd may be asked again: `expertFrom` and `expertBelow` leave room. */
const asksNoMore = ({ flowingBelow, expertFrom, expertBelow, stalledFrom }: StopBounds): boolean =>
  flowingBelow === expertFrom && expertBelow === stalledFrom;

/** Votes on one stack at most. */
export const mostVotesOf = ({ bounds }: StopRule): number => bounds.length - 1;

/** The four places as numbers, the ends of the line as infinities. */
export const placesOf = ({ flowingBelow, expertFrom, expertBelow, stalledFrom }: StopBounds) =>
  ({
    flowingBelow: flowingBelow ?? Number.NEGATIVE_INFINITY,
    expertFrom: expertFrom ?? Number.NEGATIVE_INFINITY,
    expertBelow: expertBelow ?? Number.POSITIVE_INFINITY,
    stalledFrom: stalledFrom ?? Number.POSITIVE_INFINITY,
  }) as const;

/**
 * Checks that a stop rule can be followed.
 *
 * flowingBelow ≤ expertFrom ≤ expertBelow ≤ stalledFrom after each number of votes; after the last nothing is left to ask;
 * below `leastVotes` nothing is flowing or stalled.
 *
 * @throws RangeError that names the number of votes and what is wrong there
 * @example
 * const rule = StopRule.oneLook({ votes: 3, flowingBelow: -6, stalledFrom: 0 });
 * StopRule.requireStopRule(rule) // => undefined
 */
export const requireStopRule = (rule: StopRule): void => {
  const { leastVotes, bounds } = rule;
  const most = bounds.length - 1;
  if (most < 0) throw RangeError('stop rule: expected bounds for no vote at least, got none');
  if (!(Number.isSafeInteger(leastVotes) && leastVotes >= 0 && leastVotes <= most)) {
    throw RangeError(`stop rule: leastVotes must be an integer from 0 to ${most}, got ${leastVotes}`);
  }
  bounds.forEach((at, n) => {
    const places = [at.flowingBelow, at.expertFrom, at.expertBelow, at.stalledFrom];
    if (!places.every((place) => place === null || Number.isFinite(place))) {
      throw RangeError(`stop rule: bounds after ${n} votes must be finite or null, got ${places.join(', ')}`);
    }
    const { flowingBelow, expertFrom, expertBelow, stalledFrom } = placesOf(at);
    if (!(flowingBelow <= expertFrom && expertFrom <= expertBelow && expertBelow <= stalledFrom)) {
      throw RangeError(`stop rule: bounds after ${n} votes must not fall, got ${JSON.stringify(at)}`);
    }
    if (n < leastVotes && !(at.flowingBelow === null && at.stalledFrom === null)) {
      throw RangeError(`stop rule: nothing may be flowing or stalled after ${n} of at least ${leastVotes} votes`);
    }
  });
  if (!asksNoMore(bounds[most])) {
    throw RangeError(`stop rule: after ${most} votes, the most there are, nothing may be left to ask`);
  }
};

/** Everything to an expert, before any vote: the careful end of every path. */
export const EXPERT_AT_ONCE: StopRule = {
  leastVotes: 0,
  bounds: [{ flowingBelow: null, expertFrom: null, expertBelow: null, stalledFrom: null }],
  contradiction: { flowingAbove: null, stalledBelow: null },
};

/**
 * The rule "one look, then an expert": two places after a fixed number of votes, and nothing before.
 *
 * @param places - `votes`, an integer from 0; an absent side decides nothing
 * @returns a stop rule; stacks between the two places go to an expert
 * @throws RangeError when `votes` is not an integer from 0, or `flowingBelow` is above `stalledFrom`
 * @example
 * const rule = StopRule.oneLook({ votes: 1, flowingBelow: -6, stalledFrom: 0 });
 * rule.bounds[1] // => { flowingBelow: -6, expertFrom: -6, expertBelow: 0, stalledFrom: 0 }
 */
export const oneLook = (places: {
  readonly votes: number;
  readonly flowingBelow?: number | undefined;
  readonly stalledFrom?: number | undefined;
}): StopRule => {
  const { votes, flowingBelow = null, stalledFrom = null } = places;
  if (!(Number.isSafeInteger(votes) && votes >= 0)) {
    throw RangeError(`stop rule: votes must be an integer from 0, got ${votes}`);
  }
  const rule: StopRule = {
    leastVotes: votes,
    bounds: [
      ...Array.from({ length: votes }, () => ONLY_ASK),
      { flowingBelow, expertFrom: flowingBelow, expertBelow: stalledFrom, stalledFrom },
    ],
    contradiction: { flowingAbove: null, stalledBelow: null },
  };
  requireStopRule(rule);
  return rule;
};

/** Ask, whatever the log-odds; where an expert's empty part stands does not matter. */
const ONLY_ASK: StopBounds = { flowingBelow: null, expertFrom: 0, expertBelow: 0, stalledFrom: null };
