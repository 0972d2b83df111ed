/** One class of gold so far, in the order in which it arrived. Plain data, so that the test goes on where it stopped. */
export interface Wager {
  /** Gold stacks so far, an integer. */
  readonly n: number;
  /** Those the rule got wrong, an integer from 0 to `n`. */
  readonly errors: number;
  /** The most wealth so far, as its logarithm; ≥ 0, because the test starts with 1. */
  readonly bestLogWealth: number;
}

/** What is bet on: `below` shows that a risk is at most `limit`, `above` that it is more. */
export interface Bet {
  /** In (0, 1). */
  readonly limit: number;
  readonly side: 'below' | 'above';
}

/** Gold that has arrived since the last look, and what is bet on it. */
export interface NewGold {
  readonly bet: Bet;
  /** 1 where the rule decided a stack wrongly, else 0; in order of arrival. */
  readonly errors: ArrayLike<number>;
}

/** Before any gold. */
export const NO_GOLD_YET: Wager = { n: 0, errors: 0, bestLogWealth: 0 };

/** Risks bet on as shares of the limit: about what a good rule has, whatever gold will show. */
const SHARES: readonly number[] = [0.05, 0.2, 0.4, 0.6];

/** Alternatives to the limit. Above it the same shares of odds, so that no alternative reaches 1. */
const alternatives = ({ limit, side }: Bet): readonly number[] =>
  SHARES.map((share) => {
    if (side === 'below') return share * limit;
    const odds = limit / (1 - limit) / share;
    return odds / (1 + odds);
  });

const requireLimit = ({ limit }: Bet): void => {
  if (!(limit > 0 && limit < 1)) throw RangeError(`limit must be in (0, 1), got ${limit}`);
};

/**
 * The wealth of a bettor who bets on each gold stack that a rule's risk is not at the limit, as a logarithm.
 *
 * W = mean over θ of Π ( loss · θ/α + (1 − loss)(1 − θ)/(1 − α) ),   θ in α · {.05, .2, .4, .6}, or as odds above α
 *
 * The loss of a stack is 0 or 1, that of a whole cluster the share it got wrong. While the mean loss is at the limit or on the
 * wrong side of it, W is a supermartingale that starts at 1.
 *
 * @param bet - `limit` α in (0, 1), and the side to be shown
 * @returns from losses in [0, 1], in order of arrival
 * @throws RangeError when the limit is outside (0, 1)
 * @example
 * const logWealth = StopRule.logWealth({ limit: 0.01, side: 'below' });
 * Math.exp(logWealth(new Uint8Array(390))) < 20 && Math.exp(logWealth(new Uint8Array(391))) > 20 // => true
 * @see docs/math.md#repeated-looks · Waudby-Smith & Ramdas (2024), doi:10.1093/jrsssb/qkad009 (bounded means by betting)
 */
export const logWealth = (bet: Bet): ((losses: ArrayLike<number>) => number) => {
  const wallet = walletOf(bet);
  return (losses) => {
    const logs = wallet.fresh();
    for (let i = 0; i < losses.length; i++) wallet.bet(logs, losses[i]);
    return wallet.log(logs);
  };
};

/** Log-wealth of each alternative, and their mixture. */
const walletOf = (bet: Bet) => {
  requireLimit(bet);
  const factors = alternatives(bet).map((risk) => ({
    wrong: risk / bet.limit,
    right: (1 - risk) / (1 - bet.limit),
  }));
  return {
    fresh: (): Float64Array => new Float64Array(factors.length),
    /** What counts alone give: losses of 0 and 1 in any order. */
    counted: ({ n, errors }: { readonly n: number; readonly errors: number }): Float64Array =>
      Float64Array.from(factors, ({ wrong, right }) => errors * Math.log(wrong) + (n - errors) * Math.log(right)),
    bet: (logs: Float64Array, loss: number): void => {
      for (let i = 0; i < logs.length; i++)
        logs[i] += Math.log(loss * factors[i].wrong + (1 - loss) * factors[i].right);
    },
    log: (logs: Float64Array): number => {
      const most = Math.max(...logs);
      return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
    },
  };
};

/**
 * Adds gold, in the order in which it arrived, to a test that may be looked at after every stack.
 *
 * P(W ever ≥ 1/δ) ≤ δ while the risk is beyond the limit, so it can be looked at as often as anybody likes.
 *
 * The rule must be frozen before this gold arrives, and gold only be appended: sorted by anything else, new gold would come
 * between the old. A rule fitted again is a new hypothesis with a δ of its own.
 *
 * @param options - `bet`: limit and side, the same as before; `errors`: 1 where the rule got a stack wrong, else 0, in order of arrival
 * @returns from what there was before to what there is now
 * @throws RangeError when an entry is not 0 or 1
 * @example
 * const wager = StopRule.append({ bet: { limit: 0.01, side: 'below' }, errors: new Uint8Array(400) })(StopRule.NO_GOLD_YET);
 * [wager.n, wager.errors, StopRule.isShown({ delta: 0.05 })(wager)] // => [400, 0, true]
 * @see docs/math.md#repeated-looks · Ville (1939); Shafer (2021), doi:10.1111/rssa.12647
 */
export const append =
  ({ bet, errors }: NewGold) =>
  (before: Wager): Wager => {
    const wallet = walletOf(bet);
    let { n, errors: count, bestLogWealth } = before;
    for (let i = 0; i < errors.length; i++) {
      if (errors[i] !== 0 && errors[i] !== 1) throw RangeError(`errors: expected 0 or 1, got ${errors[i]}`);
      n++;
      count += errors[i];
      // From the integer counts, so that it does not matter how gold was portioned.
      bestLogWealth = Math.max(bestLogWealth, wallet.log(wallet.counted({ n, errors: count })));
    }
    return { n, errors: count, bestLogWealth };
  };

/**
 * Whether a bet has been won at any time so far: wealth of 1/δ or more. What was shown once stays shown.
 *
 * @param options - `delta`: the error allowed over all looks, in (0, 1); e.g. .01 where an exact first look spends .04
 * @example
 * StopRule.isShown({ delta: 0.05 })({ n: 400, errors: 0, bestLogWealth: 3.1 }) // => true
 */
export const isShown =
  ({ delta }: { readonly delta: number }) =>
  ({ bestLogWealth }: Wager): boolean =>
    bestLogWealth >= -Math.log(delta);

/** How bets on losses stand. */
export interface BetState {
  readonly n: number;
  /** ln of the wealth now, and the most so far; both start at 0. */
  readonly logWealth: number;
  readonly bestLogWealth: number;
  /** Whether the wealth has ever been 1/δ. */
  readonly shown: boolean;
  /** Further losses of 0 until it is, where the bet is that the risk is low. 0 where it has been. */
  readonly more?: number;
}

/**
 * Follows bets on losses between 0 and 1, such as the share of a mouse that a rule got wrong, in order of arrival.
 *
 * @param options - `bet`: limit and side; `delta`: the error allowed over all looks, in (0, 1)
 * @returns takes all losses from the first on
 * @throws RangeError when a loss is outside [0, 1]
 * @example
 * const follow = StopRule.followLosses({ bet: { limit: 0.05, side: 'below' }, delta: 0.05 });
 * follow(new Float64Array(25)) // => { n: 25, logWealth: 0.921219, bestLogWealth: 0.921219, shown: false, more: 52 }
 * @see docs/math.md#clusters
 */
export const followLosses =
  ({ bet, delta }: { readonly bet: Bet; readonly delta: number }): ((losses: ArrayLike<number>) => BetState) =>
  (losses) => {
    const wallet = walletOf(bet);
    const logs = wallet.fresh();
    const needed = -Math.log(delta);
    let [logWealth, bestLogWealth] = [0, 0];
    for (let i = 0; i < losses.length; i++) {
      if (!(losses[i] >= 0 && losses[i] <= 1)) throw RangeError(`losses: expected numbers in [0, 1], got ${losses[i]}`);
      wallet.bet(logs, losses[i]);
      logWealth = wallet.log(logs);
      bestLogWealth = Math.max(bestLogWealth, logWealth);
    }
    const state = { n: losses.length, logWealth, bestLogWealth, shown: bestLogWealth >= needed };
    if (bet.side === 'above') return state;
    let more = 0;
    for (; !state.shown && wallet.log(logs) < needed; more++) wallet.bet(logs, 0);
    return { ...state, more };
  };
