import { hypergeometricTails } from '../../kernel/special/hypergeometric.js';

/** Two samples of one dataset's or project's scores, or log-odds; no labels needed. */
export interface ScoreSamples {
  /** From when the policy was certified. */
  readonly reference: Float64Array;
  /** From now. */
  readonly now: Float64Array;
}

/** Settings of a test for drift of scores. */
export interface ScoreDriftOptions {
  /**
   * Fixed places at which tails are compared, e.g. the thresholds of the operating point: the rare stalled scores move
   * the whole distribution by less than one can see. None by default.
   */
  readonly at?: readonly number[];
  /** Probability of any false alarm at this look, in (0, 1); default .01. */
  readonly falseAlarm?: number;
}

/** The share of scores above one place, then and now. */
export interface TailDrift {
  readonly above: number;
  readonly reference: number;
  readonly now: number;
  /** Two-sided p-value of Fisher's exact test. */
  readonly pValue: number;
  readonly alarm: boolean;
}

/** Whether scores are distributed as before. */
export interface DriftOfScores {
  readonly alarm: boolean;
  readonly falseAlarm: number;
  /** The sample sizes everything here rests on. */
  readonly n: { readonly reference: number; readonly now: number };
  /** Largest distance between the two empirical distribution functions. */
  readonly distance: number;
  /** What it may reach without drift. At least 1 when there are too few scores for any alarm. */
  readonly alarmAbove: number;
  readonly tails: readonly TailDrift[];
}

/** Half of the false-alarm probability for the distribution as a whole, when tails are watched too. */
const SHARE_FOR_DISTANCE = 0.5;

/**
 * Watches scores for drift without labels: all quantiles at once, and the tails that matter by counting.
 *
 * distance D = sup |F_reference − F_now|;  alarm when D > √(ln(4/α)/2m) + √(ln(4/α)/2n)
 * tails: Fisher's exact test of the counts above each place, α divided among the places and directions
 *
 * The first is the inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant for both samples: exact at every
 * size, with ties, and for any distribution. When there are places to watch, the two tests share α equally. The distance
 * detects a change of most scores. It cannot detect a change among the one stack in a hundred that is stalled; the tails can.
 *
 * This is one look. For the k-th of many weekly looks spend a share 1/(k(k + 1)) of `falseAlarm`, as `Study.drift` does.
 *
 * @param options - places; probability of a false alarm
 * @throws RangeError when a score is NaN
 * @example
 * const scores = (n, shift) => Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n + shift);
 * const drift = Drift.ofScores({ at: [0.95] })({ reference: scores(4000, 0), now: scores(1000, 0.03) });
 * [drift.distance > drift.alarmAbove, drift.tails[0].now, drift.tails[0].alarm] // => [false, 80, true]
 * @see docs/math.md#drift · Massart (1990), doi:10.1214/aop/1176990746 · Fisher (1934)
 */
export const ofScores =
  ({ at = [], falseAlarm = 0.01 }: ScoreDriftOptions = {}) =>
  ({ reference, now }: ScoreSamples): DriftOfScores => {
    if (!(falseAlarm > 0 && falseAlarm < 1)) throw RangeError(`falseAlarm: expected in (0, 1), got ${falseAlarm}`);
    const before = sorted(reference);
    const after = sorted(now);
    const forDistance = at.length === 0 ? falseAlarm : falseAlarm * SHARE_FOR_DISTANCE;
    const forTail = (falseAlarm - forDistance) / at.length;
    const alarmAbove = massart(before.length, forDistance) + massart(after.length, forDistance);
    const distance = kolmogorov(before, after);
    const tails = at.map((above): TailDrift => {
      const counts = { reference: countAbove(before, above), now: countAbove(after, above) };
      const { atMost, atLeast } = hypergeometricTails({
        k: counts.now,
        drawn: after.length,
        marked: counts.reference + counts.now,
        population: before.length + after.length,
      });
      const pValue = Math.min(1, 2 * Math.min(atMost, atLeast));
      return { above, ...counts, pValue, alarm: pValue <= forTail };
    });
    return {
      alarm: distance > alarmAbove || tails.some((tail) => tail.alarm),
      falseAlarm,
      n: { reference: before.length, now: after.length },
      distance,
      alarmAbove,
      tails,
    };
  };

/** Half of alpha for each sample, two-sided: P(sup |F_n − F| > ε) ≤ 2 exp(−2 n ε²). */
const massart = (n: number, alpha: number): number => (n === 0 ? 1 : Math.sqrt(Math.log(4 / alpha) / (2 * n)));

const sorted = (scores: Float64Array): Float64Array => {
  if (scores.some(Number.isNaN)) throw RangeError('scores: expected numbers, got NaN');
  return scores.slice().sort();
};

const countAbove = (ordered: Float64Array, place: number): number =>
  ordered.reduce((count, score) => count + (score > place ? 1 : 0), 0);

/** Largest gap, read after each run of ties. */
const kolmogorov = (a: Float64Array, b: Float64Array): number => {
  if (a.length === 0 || b.length === 0) return 0;
  let largest = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const here = Math.min(a[i], b[j]);
    while (i < a.length && a[i] === here) i++;
    while (j < b.length && b[j] === here) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
};
