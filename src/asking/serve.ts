import type { Prices } from './stopRule/index.js';
import { type VoteValue, valueOfAsking } from './voteValue.js';

/** What decides where votes go first. */
export interface ServeOptions {
  /** Votes available in this round. */
  readonly budget: number;
  /** Votes on one stack at most. */
  readonly mostVotes: number;
  /** Value of one vote; see `voteValueOf`. */
  readonly vote: VoteValue;
  /** Of errors and of an expert's look. Absent: stacks near even odds come first. */
  readonly prices?: Prices | undefined;
}

/** Stacks that ask for votes, as columns. */
export interface Asked {
  readonly logOdds: ArrayLike<number>;
  /** Votes that each has. */
  readonly votes: ArrayLike<number>;
  /** Votes that each wants; 0 where it asks for none. */
  readonly wanted: ArrayLike<number>;
}

/** Which stacks are served in a round. */
export interface Served {
  readonly votesWanted: number;
  /** 1 where the budget could not serve a stack in this round. */
  readonly waiting: Uint8Array;
}

/**
 * Spends the votes of a round where one vote saves the most. Only a budget makes stacks compete.
 *
 * @param options - votes available, and what they are worth
 * @returns rows follow the columns
 * @example
 * const vote = { stalled: 2, flowing: -1, correlation: 0.4 };
 * const serve = Asking.serve({ budget: 3, mostVotes: 7, vote, prices: { miss: 1000, expert: 20, alarm: 40 } });
 * serve({ logOdds: [-12, -4], votes: [0, 0], wanted: [3, 3] }) // => { votesWanted: 3, waiting: Uint8Array [1, 0] }
 */
export const serve =
  ({ budget, mostVotes, vote, prices }: ServeOptions) =>
  ({ logOdds, votes, wanted }: Asked): Served => {
    const waiting = new Uint8Array(wanted.length);
    const asking = Array.from({ length: wanted.length }, (_, s) => s).filter((s) => wanted[s] > 0);
    const all = asking.reduce((sum, s) => sum + wanted[s], 0);
    if (all <= budget) return { votesWanted: all, waiting };
    const value =
      prices === undefined
        ? ({ logOdds: z }: { readonly logOdds: number }): number => -Math.abs(z)
        : valueOfAsking(prices, vote, mostVotes);
    const priced = asking.map((s) => ({ s, value: value({ logOdds: logOdds[s], votes: votes[s] }) }));
    priced.sort((a, b) => b.value - a.value || a.s - b.s);
    let left = budget;
    for (const { s } of priced) {
      if (wanted[s] <= left) left -= wanted[s];
      else waiting[s] = 1;
    }
    return { votesWanted: budget - left, waiting };
  };
