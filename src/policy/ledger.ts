/** One fit on growing gold. */
export interface Look {
  /** Hash of all that the fit was given. The same again is the same look. */
  readonly fingerprint: string;
  /** The error this fit may make, in (0, 1): all of it is spent, whatever came out. */
  readonly spent: number;
}

/** Fits that share gold, directly or through each other. */
export interface SharedGold {
  readonly looks: readonly Look[];
  /** Every gold stack of one of them, sorted. */
  readonly gold: readonly string[];
}

/** All fits of a laboratory, those of this fit's gold last. Plain data; empty before the first. */
export type Ledger = readonly SharedGold[];

/** Before any fit. */
export const NO_LOOKS: Ledger = [];

/** Share of the error that is left which a fit spends, unless another is stated. */
export const DEFAULT_SPEND = 0.9;

/** What a fit is about to do. */
export interface NextLook {
  /** 1 − confidence: what all fits on this gold may err together, in (0, 1). */
  readonly delta: number;
  /** Gold stacks that fit or tune. */
  readonly gold: readonly string[];
  readonly fingerprint: string;
  /** Share of what is left to spend now, in (0, 1]; 1 leaves nothing for another fit. Default .9. */
  readonly spend?: number | undefined;
}

/**
 * What a fit may err, by the fits on the same gold before it.
 *
 * spent_k = spend · (δ − spent_1 − … − spent_{k−1}),   so Σ spent_k ≤ δ however often is fitted
 *
 * The same data and options again are no new look. Gold that shares no stack with earlier gold spends afresh, because its
 * test is independent of theirs.
 *
 * @param ledger - that of the policy before, or `NO_LOOKS`
 * @returns the ledger with this look as its last, and its number from 1 among fits on this gold; `spent` is 0 where nothing is left
 * @throws RangeError when `spend` is outside (0, 1]
 * @example
 * const first = Policy.nextLook(Policy.NO_LOOKS)({ delta: 0.05, gold: ['s1'], fingerprint: 'a' });
 * const second = Policy.nextLook(first.ledger)({ delta: 0.05, gold: ['s1', 's2'], fingerprint: 'b' });
 * [first.spent, second.spent, second.look] // => [0.045, 0.0045, 2]
 * Policy.nextLook(first.ledger)({ delta: 0.05, gold: ['s1'], fingerprint: 'a' }).look // => 1
 * Policy.nextLook(first.ledger)({ delta: 0.05, gold: ['s3'], fingerprint: 'c' }).spent // => 0.045
 * @see docs/math.md#repeated-looks
 */
export const nextLook =
  (ledger: Ledger) =>
  ({
    delta,
    gold: now,
    fingerprint,
    spend = DEFAULT_SPEND,
  }: NextLook): { readonly ledger: Ledger; readonly look: number; readonly spent: number } => {
    if (!(spend > 0 && spend <= 1)) throw RangeError(`spend must be in (0, 1], got ${spend}`);
    const here = new Set(now);
    const shares = ({ gold }: SharedGold): boolean => gold.some((id) => here.has(id));
    const touched = ledger.filter(shares);
    const others = ledger.filter((one) => !shares(one));
    const looks = touched.flatMap((one) => one.looks);
    const again = looks.find((look) => look.fingerprint === fingerprint);
    const left = looks.reduce((sum, look) => sum - look.spent, delta);
    // Sums of tenths are not exact, and what is left must not be below 0.
    const spent = again?.spent ?? Number(Math.max(0, spend * left).toPrecision(12));
    const earlier = looks.filter((look) => look !== again);
    const gold = [...new Set([...touched.flatMap((one) => one.gold), ...now])].sort();
    return {
      ledger: [...others, { looks: [...earlier, { fingerprint, spent }], gold }],
      look: again === undefined ? looks.length + 1 : looks.indexOf(again) + 1,
      spent,
    };
  };
