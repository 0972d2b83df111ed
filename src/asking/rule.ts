import { FLOWING, type Label, STALLED } from '../domain/label.js';
import type { Band } from '../domain/operatingPoint.js';
import { present } from '../domain/present.js';

/**
 * When to stop asking about one stack. Plain data. Entry n of a list is the bound after n votes; beyond its end the last entry
 * counts. `null` retires nothing on that side.
 */
export interface Rule {
  /** Retire as flowing below this many log-odds; strict. */
  readonly flowingBelow: readonly (number | null)[];
  /** Retire as stalled above this many log-odds; strict. */
  readonly stalledAbove: readonly (number | null)[];
  /** Nothing is retired on fewer votes, ≥ 0. */
  readonly minVotes: number;
  /** Nobody is asked after this many votes, ≥ `minVotes`. */
  readonly maxVotes: number;
  /** After `maxVotes`, stalled above this and flowing otherwise. Absent: an expert is asked. */
  readonly lastCall?: number;
}

/** The evidence about one stack so far. */
export interface Standing {
  readonly logOdds: number;
  readonly votes: number;
  /** Model scores behind the log-odds. */
  readonly scores: number;
}

/** A final label, one more vote, or an expert. */
export type Stop = Label | 'ask' | 'expert';

/**
 * The bound after n votes: entry n, or beyond the end of the list the last one.
 *
 * @returns `undefined` where nothing is retired
 * @example
 * [0, 1, 5].map((votes) => Asking.after([null, -6], votes)) // => [undefined, -6, -6]
 */
export const after = (bounds: readonly (number | null)[], n: number): number | undefined =>
  bounds[Math.min(n, bounds.length - 1)] ?? undefined;

/**
 * A stop rule with the same bounds after any number of votes, like a certified operating point.
 *
 * @param band - from `Thresholds.certify` or by hand; an absent side retires nothing
 * @param options - votes at least and at most; a `lastCall` where no expert can be asked
 * @example
 * Asking.constant({ flowingBelow: -6, stalledAbove: 2 }, { maxVotes: 20 }) // => { flowingBelow: [-6], stalledAbove: [2], minVotes: 0, maxVotes: 20 }
 */
export const constant = (
  { flowingBelow, stalledAbove }: Band,
  {
    minVotes = 0,
    maxVotes,
    lastCall,
  }: { readonly minVotes?: number; readonly maxVotes: number; readonly lastCall?: number },
): Rule =>
  present({ flowingBelow: [flowingBelow ?? null], stalledAbove: [stalledAbove ?? null], minVotes, maxVotes, lastCall });

/**
 * What a rule decides about one stack now.
 *
 * log-odds < flowingBelow[n]: flowing · log-odds > stalledAbove[n]: stalled · n = maxVotes: last call or expert · else ask
 *
 * A stack without votes and without a score is never retired, whatever its prior.
 *
 * @param rule - bounds by number of votes
 * @returns a label, or who is asked
 * @example
 * const rule = Asking.constant({ flowingBelow: -6, stalledAbove: 2 }, { maxVotes: 20 });
 * [-7, 0, 3].map((logOdds) => Asking.stop(rule)({ logOdds, votes: 1, scores: 1 })) // => [0, 'ask', 1]
 * Asking.stop(rule)({ logOdds: -7, votes: 0, scores: 0 }) // => 'ask'
 * @see docs/math.md#asking · Wald (1945), doi:10.1214/aoms/1177731118
 */
export const stop =
  (rule: Rule) =>
  ({ logOdds, votes, scores }: Standing): Stop => {
    if (votes + scores > 0 && votes >= rule.minVotes) {
      const low = after(rule.flowingBelow, votes);
      if (low !== undefined && logOdds < low) return FLOWING;
      const high = after(rule.stalledAbove, votes);
      if (high !== undefined && logOdds > high) return STALLED;
    }
    if (votes < rule.maxVotes) return 'ask';
    if (rule.lastCall === undefined || votes + scores === 0) return 'expert';
    return logOdds > rule.lastCall ? STALLED : FLOWING;
  };

/** @throws RangeError when the rule cannot be followed */
export const requireRule = ({ flowingBelow, stalledAbove, minVotes, maxVotes }: Rule): void => {
  if (flowingBelow.length === 0 || stalledAbove.length === 0)
    throw RangeError('rule: expected a bound on each side, or null');
  if (!(Number.isSafeInteger(minVotes) && Number.isSafeInteger(maxVotes) && minVotes >= 0 && maxVotes >= minVotes)) {
    throw RangeError(`rule: expected 0 <= minVotes <= maxVotes, got ${minVotes} and ${maxVotes}`);
  }
};
