import type { Confusion } from './confusion.js';
import { type ScoredLabels, sweep } from './sweep.js';

/** Matthews correlation in [-1, 1]. */
export interface Mcc {
  /** 0 when undefined. */
  readonly value: number;
  /** A class is missing from the truth or from the predictions: 0/0, and no evidence of skill either way. */
  readonly undefined: boolean;
}

const UNDEFINED: Mcc = { value: 0, undefined: true };

interface Exact {
  /** tp · tn − fp · fn */
  readonly numerator: bigint;
  /** Product of the four margins: MCC² = numerator² / margins. */
  readonly margins: bigint;
}

// The product of margins passes 2^53 at n = 20,000, and rounding there would turn ties and perfect scores around.
const exact = (confusion: Confusion): Exact => {
  const [tp, fp, fn, tn] = [BigInt(confusion.tp), BigInt(confusion.fp), BigInt(confusion.fn), BigInt(confusion.tn)];
  return { numerator: tp * tn - fp * fn, margins: (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn) };
};

/**
 * Matthews correlation coefficient of counted predictions.
 *
 * (tp · tn − fp · fn) / √((tp + fp)(tp + fn)(tn + fp)(tn + fn))
 *
 * It depends on the prevalence among the counted stacks; {@link mccAt} moves it to another.
 *
 * @param confusion - four non-negative integers of any size
 * @returns 0 *and* `undefined: true` when one of the margins is empty
 * @example
 * Evaluation.mcc({ tp: 5, fp: 1, fn: 0, tn: 94 }).value // => 0.908054
 * Evaluation.mcc({ tp: 0, fp: 0, fn: 7, tn: 93 }) // => { value: 0, undefined: true }
 * @see Matthews (1975), doi:10.1016/0005-2795(75)90109-9
 */
export const mcc = (confusion: Confusion): Mcc => {
  const { numerator, margins } = exact(confusion);
  if (margins === 0n) return UNDEFINED;
  // One division of correctly rounded integers, so that perfect predictions are 1 and not 0.9999999999999998.
  const size = Math.sqrt(Number(numerator * numerator) / Number(margins));
  return { value: numerator < 0n ? -size : size, undefined: false };
};

/**
 * Matthews correlation of a rule with these rates in a population with this prevalence.
 *
 * (Se + Sp − 1) · √(π(1 − π) / (q(1 − q))), where q = π Se + (1 − π)(1 − Sp) is the share called stalled
 *
 * @param rates - sensitivity, specificity and prevalence π, each in [0, 1]
 * @returns 0 *and* `undefined: true` when π or q is 0 or 1
 * @example
 * Evaluation.mccAt({ sensitivity: 0.99, specificity: 0.95, prevalence: 0.5 }).value // => 0.940753
 * Evaluation.mccAt({ sensitivity: 0.99, specificity: 0.95, prevalence: 0.01 }).value // => 0.395685
 */
export const mccAt = (rates: { sensitivity: number; specificity: number; prevalence: number }): Mcc => {
  const { sensitivity, specificity, prevalence } = rates;
  const calledStalled = prevalence * sensitivity + (1 - prevalence) * (1 - specificity);
  // Not 1 − calledStalled: at 1 % prevalence that would cancel when almost everything is called stalled.
  const calledFlowing = prevalence * (1 - sensitivity) + (1 - prevalence) * specificity;
  const spread = prevalence * (1 - prevalence);
  if (spread === 0 || calledStalled === 0 || calledFlowing === 0) return UNDEFINED;
  const value = (sensitivity + specificity - 1) * Math.sqrt(spread / (calledStalled * calledFlowing));
  // Only rounding can leave [-1, 1].
  return { value: Math.max(-1, Math.min(1, value)), undefined: false };
};

/** A threshold (stalled iff score >= threshold) and what it does. */
export interface ThresholdCounts extends Confusion {
  /** A score that occurs, or Infinity: call nothing stalled. */
  readonly threshold: number;
}

/** The greatest MCC over all thresholds, with the thresholds that reach it. */
export interface BestMcc {
  /** The greatest MCC; undefined counts as 0. */
  readonly mcc: number;
  /** All that reach it, falling. */
  readonly thresholds: readonly ThresholdCounts[];
}

/** Floating-point MCC errs by less than 1e-15; what lies this close to the best is compared exactly. */
const TOO_CLOSE = 1e-12;

/** Sign of MCC(a) − MCC(b), from num · |num| · margins of the other; empty margins count as MCC 0. */
const compare = (a: Exact, b: Exact): number => {
  const signedSquare = ({ numerator }: Exact) => (numerator < 0n ? -numerator * numerator : numerator * numerator);
  const difference =
    signedSquare(a) * (b.margins === 0n ? 1n : b.margins) - signedSquare(b) * (a.margins === 0n ? 1n : a.margins);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
};

/**
 * Every threshold with the greatest MCC, among the scores that occur and "call nothing stalled".
 *
 * MCC is not concave in the threshold, so all are tried, in O(n log n); ties are decided in integers.
 * The best MCC on the stacks that chose the threshold is optimistic: evaluate it on others.
 *
 * @param scored - scores and labels, aligned
 * @throws RangeError when they are not equally long
 * @example
 * const best = Evaluation.bestMcc({ score: Float64Array.of(0.1, 0.4, 0.35, 0.8), label: Uint8Array.of(0, 0, 1, 1) });
 * best // => { mcc: 0.57735, thresholds: [{ threshold: 0.8, tp: 1, fp: 0, fn: 1, tn: 2 }, { threshold: 0.35, tp: 2, fp: 1, fn: 0, tn: 1 }] }
 */
export const bestMcc = (scored: ScoredLabels): BestMcc => {
  const { threshold, tp, fp } = sweep(scored);
  const last = threshold.length - 1;
  const stalled = tp[last];
  const flowing = fp[last];
  const approximate = Float64Array.from(threshold, (_, row) => {
    const called = tp[row] + fp[row];
    const margins = Math.sqrt(called * stalled) * Math.sqrt((stalled + flowing - called) * flowing);
    return margins === 0 ? 0 : (tp[row] * (flowing - fp[row]) - fp[row] * (stalled - tp[row])) / margins;
  });
  const nearlyBest = approximate.reduce((a, b) => Math.max(a, b)) - TOO_CLOSE;
  let thresholds: ThresholdCounts[] = [];
  let best: Exact | undefined;
  for (let row = 0; row <= last; row++) {
    if (approximate[row] < nearlyBest) continue;
    const counts = {
      threshold: threshold[row],
      tp: tp[row],
      fp: fp[row],
      fn: stalled - tp[row],
      tn: flowing - fp[row],
    };
    const candidate = exact(counts);
    const order = best === undefined ? 1 : compare(candidate, best);
    if (order > 0) {
      best = candidate;
      thresholds = [];
    }
    if (order >= 0) thresholds.push(counts);
  }
  return { mcc: mcc(thresholds[0]).value, thresholds };
};
