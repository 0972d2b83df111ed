import { present } from '../../domain/present.js';
import { binomialTails, minimalSize } from '../../kernel/special/binomial.js';

/** What is to be shown of a frozen rule on gold of one class that keeps growing. */
export interface GrowingGold {
  /** The largest risk allowed, in (0, 1). */
  readonly limit: number;
  /** P(ever shown | risk at the limit) at most, over the first look and every later one; in (0, 1). */
  readonly delta: number;
  /** Gold of this class at the first look, an integer from 0, fixed without a glance at errors. Where so few could show nothing it waits for as many as can. */
  readonly goldAtFirstLook: number;
  /** Share of `delta` that the first look may spend, in [0, 1]; default .8. 0: there are bets alone. 1: the first look is the only one. */
  readonly spend?: number | undefined;
}

/** One exact look at a fixed number of stacks, and after every further stack a bet; together they keep δ. */
export interface LookThenBet {
  readonly limit: number;
  readonly delta: number;
  /** Absent where bets are made from the first stack on. */
  readonly firstLook?: {
    /** Stacks it is made at. */
    readonly n: number;
    /** Shown with so many errors among them, or fewer. */
    readonly allowed: number;
    /** P(so few errors | risk at the limit). */
    readonly level: number;
  };
  /** Shown where the log-wealth of the bets reaches this. Absent: there are no bets. */
  readonly logWealth?: number;
  /** P(ever shown | risk at the limit), not below the truth and at most `delta`. */
  readonly everWrong: number;
}

/** Share of δ for the first look. */
export const DEFAULT_FIRST_SHARE = 0.8;

/**
 * Risks bet on, as shares of the limit, and how much on each. Two suffice: a good rule on a path has a quarter of the allowed
 * risk, a bold one half. Each further alternative costs every other one its share.
 */
const ALTERNATIVES: readonly { readonly share: number; readonly weight: number }[] = [
  { share: 0.25, weight: 0.8 },
  { share: 0.5, weight: 0.2 },
];

/** ln of the wealth after so many stacks with so many errors. */
const logWealthAt = (limit: number): ((n: number, errors: number) => number) => {
  const bets = ALTERNATIVES.map(({ share, weight }) => ({
    start: Math.log(weight),
    wrong: Math.log(share),
    right: Math.log((1 - share * limit) / (1 - limit)),
  }));
  return (n, errors) => {
    const logs = bets.map(({ start, wrong, right }) => start + errors * wrong + (n - errors) * right);
    const most = Math.max(...logs);
    return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
  };
};

/** Expected errors at the limit up to which the chances are followed stack by stack; beyond them Ville's bound stands. */
const FOLLOWED_ERRORS = 60;
/** Chances below this are dropped from the table, and counted as wrong. */
const NEGLIGIBLE = 1e-13;
const HALVINGS = 24;

/**
 * One exact look, then bets after every stack, so that all of them together are wrong with probability at most δ.
 *
 * first look: at n₀ stacks, shown with at most k = max{ k : P(Bin(n₀, α) ≤ k) ≤ spend · δ } errors
 * afterwards: W_n = Σ w_θ (θ/α)^e ((1 − θ)/(1 − α))^(n − e) ≥ c,   θ/α ∈ {.25, .5}, w = .8, .2
 * c = smallest with P(k or fewer at n₀, or ever W_n ≥ c | risk α) ≤ δ
 *
 * That probability is computed exactly, over all numbers of errors after each stack, and not as a sum of the two: laboratories
 * that pass at the first look are mostly those that would win their bets. Beyond 60 expected errors the bound of Ville stands for the rest. A higher risk
 * only makes errors, and so a wrong pass, less likely. The first look keeps its whole share, because it comes first.
 *
 * @param gold - limit, δ, and how much gold there is at the first look
 * @returns what shows the rule, and the probability that it ever does wrongly
 * @throws RangeError when a share is outside its range or the number of stacks is no integer
 * @example
 * const test = StopRule.lookThenBet({ limit: 0.01, delta: 0.05, goldAtFirstLook: 640 });
 * test.firstLook // => { n: 640, allowed: 1, level: 0.0120097 }
 * Math.round(Math.exp(test.logWealth)) // => 20
 * test.everWrong <= 0.05 // => true
 * @see docs/math.md#repeated-looks · Ville (1939); Waudby-Smith & Ramdas (2024), doi:10.1093/jrsssb/qkad009
 */
export const lookThenBet = ({
  limit,
  delta,
  goldAtFirstLook,
  spend = DEFAULT_FIRST_SHARE,
}: GrowingGold): LookThenBet => {
  requireUnit('limit', limit);
  requireUnit('delta', delta);
  if (!(spend >= 0 && spend <= 1)) throw RangeError(`spend must be in [0, 1], got ${spend}`);
  if (!(Number.isSafeInteger(goldAtFirstLook) && goldAtFirstLook >= 0)) {
    throw RangeError(`goldAtFirstLook: expected an integer from 0, got ${goldAtFirstLook}`);
  }
  const firstLook = spend === 0 ? undefined : firstLookOf(limit, spend * delta, goldAtFirstLook);
  const asked = JSON.stringify([limit, delta, spend, firstLook?.n]);
  const known = KNOWN.get(asked);
  if (known !== undefined) return known;
  const test = jointly({ limit, delta, spend }, firstLook);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  KNOWN.set(asked, test);
  return test;
};

/** Tests that were worked out already: a gate asks the same for each dataset and again for each class. */
const KNOWN = new Map<string, LookThenBet>();
const MOST_KNOWN = 1000;

const jointly = (
  { limit, delta, spend }: { readonly limit: number; readonly delta: number; readonly spend: number },
  firstLook: LookThenBet['firstLook'],
): LookThenBet => {
  const wealth = logWealthAt(limit);
  if (spend === 1 && firstLook !== undefined) return { limit, delta, firstLook, everWrong: firstLook.level };
  const ever = (logWealth: number): number => everShown({ limit, wealth, logWealth, firstLook });
  // By Ville no more than this is needed; the fewer halvings succeed, the more is needed.
  const spent = firstLook?.level ?? 0;
  let tooLittle = 0;
  let enough = -Math.log(delta - spent);
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (tooLittle + enough) / 2;
    if (ever(middle) <= delta) enough = middle;
    else tooLittle = middle;
  }
  const common = { limit, delta, logWealth: enough, everWrong: ever(enough) };
  return firstLook === undefined ? common : { ...common, firstLook };
};

const requireUnit = (name: string, value: number): void => {
  if (!(value > 0 && value < 1)) throw RangeError(`${name} must be in (0, 1), got ${value}`);
};

const firstLookOf = (limit: number, level: number, gold: number): NonNullable<LookThenBet['firstLook']> => {
  const n = Math.max(gold, minimalSize({ errors: 0, rate: limit, delta: level }));
  const atMost = (k: number): number => binomialTails({ k, n, p: limit }).atMost;
  let allowed = 0;
  while (atMost(allowed + 1) <= level) allowed++;
  return { n, allowed, level: atMost(allowed) };
};

/** P(shown at any time | risk at the limit): chances of each number of errors among laboratories that still look. */
const everShown = ({
  limit,
  wealth,
  logWealth,
  firstLook,
}: {
  readonly limit: number;
  readonly wealth: (n: number, errors: number) => number;
  readonly logWealth: number;
  readonly firstLook: LookThenBet['firstLook'];
}): number => {
  const followed = Math.max(Math.ceil(FOLLOWED_ERRORS / limit), 2 * (firstLook?.n ?? 0));
  let chance = new Float64Array(64);
  chance[0] = 1;
  // Errors from `from` to `to` have a chance above 0; up to `bound` the bets are won.
  let [from, to, bound, shown] = [0, 0, -1, 0];
  for (let n = 1; n <= followed; n++) {
    if (to + 2 > chance.length) {
      const wider = new Float64Array(2 * chance.length);
      wider.set(chance);
      chance = wider;
    }
    to++;
    for (let e = to; e >= from; e--) chance[e] = chance[e] * (1 - limit) + (e > 0 ? chance[e - 1] * limit : 0);
    while (wealth(n, bound + 1) >= logWealth) bound++;
    const passes = firstLook !== undefined && n === firstLook.n ? Math.max(bound, firstLook.allowed) : bound;
    for (; from <= Math.min(passes, to); from++) {
      shown += chance[from];
      chance[from] = 0;
    }
    while (to > from && chance[to] < NEGLIGIBLE) {
      shown += chance[to];
      chance[to--] = 0;
    }
  }
  for (let e = from; e <= to; e++) shown += chance[e] * Math.exp(Math.min(0, wealth(followed, e) - logWealth));
  return shown;
};

/** How growing gold of one class stands. */
export interface GrowingGoldState {
  readonly n: number;
  readonly errors: number;
  /** After how many stacks the risk was shown to be within the limit; it stays shown. Absent: not yet. */
  readonly shownAt?: number;
  /** Errors among the stacks of the first look. Absent: there is none, or not yet. */
  readonly errorsAtFirstLook?: number;
  /** ln of the wealth now, and the most so far; both start at 0. */
  readonly logWealth: number;
  readonly bestLogWealth: number;
}

/**
 * Follows gold in order of arrival through the first look and the bets.
 *
 * @param test - from `lookThenBet`, which gold cannot change any more
 * @returns takes 1 for each stack the rule got wrong, else 0; all of them from the first on
 * @throws RangeError when an entry is not 0 or 1
 * @example
 * const test = StopRule.lookThenBet({ limit: 0.01, delta: 0.05, goldAtFirstLook: 640 });
 * StopRule.follow(test)(new Uint8Array(500)).shownAt // => 416
 */
export const follow = (test: LookThenBet): ((errors: ArrayLike<number>) => GrowingGoldState) => {
  const wealth = logWealthAt(test.limit);
  const needed = test.logWealth ?? Number.POSITIVE_INFINITY;
  return (losses) => {
    let [errors, logWealth, bestLogWealth] = [0, 0, 0];
    let [shownAt, errorsAtFirstLook]: [number?, number?] = [];
    for (let i = 0; i < losses.length; i++) {
      if (losses[i] !== 0 && losses[i] !== 1) throw RangeError(`errors: expected 0 or 1, got ${losses[i]}`);
      errors += losses[i];
      const n = i + 1;
      logWealth = wealth(n, errors);
      bestLogWealth = Math.max(bestLogWealth, logWealth);
      if (n === test.firstLook?.n) errorsAtFirstLook = errors;
      const passes = n === test.firstLook?.n && errors <= test.firstLook.allowed;
      if (shownAt === undefined && (passes || logWealth >= needed)) shownAt = n;
    }
    return present({ n: losses.length, errors, shownAt, errorsAtFirstLook, logWealth, bestLogWealth });
  };
};

/**
 * How many more stacks would show it, if the rule got none of them wrong. 0 where it is shown.
 *
 * @param test - from `lookThenBet`
 * @returns for a state from `follow`; `undefined` where the one look there was is over
 * @example
 * const test = StopRule.lookThenBet({ limit: 0.01, delta: 0.05, goldAtFirstLook: 17 });
 * StopRule.stillNeeded(test)(StopRule.follow(test)(new Uint8Array(17))) // => 304
 */
export const stillNeeded =
  (test: LookThenBet) =>
  ({ n, errors, shownAt }: GrowingGoldState): number | undefined => {
    if (shownAt !== undefined) return 0;
    const { firstLook, logWealth } = test;
    const atLook =
      firstLook !== undefined && n < firstLook.n && errors <= firstLook.allowed ? firstLook.n - n : undefined;
    if (logWealth === undefined) return atLook;
    const wealth = logWealthAt(test.limit);
    // Wealth rises with every stack that is right.
    let most = 1;
    while (wealth(n + most, errors) < logWealth) most *= 2;
    let least = 0;
    while (most - least > 1) {
      const middle = (least + most) >> 1;
      if (wealth(n + middle, errors) >= logWealth) most = middle;
      else least = middle;
    }
    return Math.min(most, atLook ?? most);
  };
