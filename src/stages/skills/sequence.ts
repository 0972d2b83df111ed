import type { Interval } from '../../domain/interval.js';
import { shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import { logistic } from '../../kernel/special/logit.js';
import { studentQuantile } from '../../kernel/special/student.js';

/** How the answers of one annotator changed from the first half of their votes to the second. */
export interface SkillChange {
  /** Expected share of right answers in the first half of the votes, in [0, 1]. */
  readonly earlier: number;
  /** The same in the second half. */
  readonly later: number;
  /** Change of that share beyond what other stacks explain; two-sided interval at the confidence of the table. */
  readonly change: { readonly estimate: number; readonly interval: Interval };
  /** Whether the interval at 1 − `falseAlarm` leaves out 0. */
  readonly isDrift: boolean;
}

/** One annotator's votes in order of arrival. */
export interface OwnVotes {
  /** Log-odds of each stack without the annotator's own vote. */
  readonly others: Float64Array;
  /** 1 stalled, 0 flowing. */
  readonly label: Uint8Array;
  readonly sensitivity: number;
  readonly specificity: number;
}

/** Fewer votes than this in a half say nothing about change. */
const LEAST_HALF = 15;
/** Fewer votes of either label have no rhythm. */
const LEAST_RHYTHM = 8;
/** Random orders per expected false alarm. */
const ORDERS = 4;

/**
 * Whether an annotator answers better or worse in the second half of their votes: Welch's t of right answers, each less the
 * chance of a right answer on that stack at the annotator's own rates, so that harder stacks are no drift.
 *
 * @returns undefined with fewer than 15 votes in a half
 */
export const changeOf = (
  { others, label, sensitivity, specificity }: OwnVotes,
  { confidence, falseAlarm }: { readonly confidence: number; readonly falseAlarm: number },
): SkillChange | undefined => {
  const half = label.length >> 1;
  if (half < LEAST_HALF) return undefined;
  const rightShare = Float64Array.from(label, (vote, i) => logistic(vote === 1 ? others[i] : -others[i]));
  const beyond = rightShare.map((share, i) => {
    const stalled = logistic(others[i]);
    const says = stalled * sensitivity + (1 - stalled) * (1 - specificity);
    return share - (says * stalled + (1 - says) * (1 - stalled));
  });
  const first = moments(beyond.subarray(0, half));
  const second = moments(beyond.subarray(half));
  const estimate = second.mean - first.mean;
  const error = Math.hypot(first.error, second.error);
  const freedom = error > 0 ? error ** 4 / (first.error ** 4 / (first.n - 1) + second.error ** 4 / (second.n - 1)) : 1;
  const reach = (tail: number): number => (error > 0 ? studentQuantile(freedom, tail) * error : 0);
  const shown = reach((1 - confidence) / 2);
  return {
    earlier: moments(rightShare.subarray(0, half)).mean,
    later: moments(rightShare.subarray(half)).mean,
    change: { estimate, interval: { lower: estimate - shown, upper: estimate + shown } },
    isDrift: Math.abs(estimate) > reach(falseAlarm / 2),
  };
};

const moments = (values: Float64Array): { readonly n: number; readonly mean: number; readonly error: number } => {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { n, mean, error: Math.sqrt(squares / (n - 1) / n) };
};

/**
 * Whether the answers of the rarer label come at more even distances than in a random order of the same answers: Greenwood's
 * sum of squared gaps, against random orders, so that the test is exact.
 *
 * @see Greenwood (1946), doi:10.2307/2981176
 */
export const isRhythmic = (label: Uint8Array, falseAlarm: number): boolean => {
  const stalled = label.reduce((sum, vote) => sum + vote, 0);
  const rarer = stalled * 2 <= label.length ? 1 : 0;
  if (Math.min(stalled, label.length - stalled) < LEAST_RHYTHM) return false;
  const found = unevenness(label, rarer);
  const orders = Math.ceil(ORDERS / falseAlarm);
  const most = Math.floor(falseAlarm * (orders + 1)) - 1;
  const random = splitSeed(label.length, 'rhythm');
  const mixed = label.slice();
  let asEven = 0;
  for (let i = 0; i < orders && asEven <= most; i++) {
    shuffleInPlace(mixed, random);
    if (unevenness(mixed, rarer) <= found) asEven++;
  }
  return asEven <= most;
};

/** Σ of squared gaps between answers of one label, the ends included. */
const unevenness = (label: Uint8Array, wanted: number): number => {
  let last = -1;
  let sum = 0;
  for (let i = 0; i < label.length; i++) {
    if (label[i] !== wanted) continue;
    sum += (i - last) ** 2;
    last = i;
  }
  return sum + (label.length - last) ** 2;
};
