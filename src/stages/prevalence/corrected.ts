import type { Interval, Rate } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';

/** Final calls in one stratum (a mouse, a project), all stacks of it or a random sample. */
export interface CalledStacks {
  readonly stratum: string;
  readonly stacks: number;
  /** Of these, called stalled. */
  readonly calledStalled: number;
}

/** The error rates of the calls that are counted, and what the intervals claim. */
export interface PrevalenceOptions {
  /** Of the very calls that are counted, on gold that did not tune them. */
  readonly sensitivity: Rate;
  readonly specificity: Rate;
  /** Of each interval, in (0, 1); default .95. */
  readonly confidence?: number;
  /** `each` interval holds by itself (default), or `all` strata and the overall one together. */
  readonly claim?: 'each' | 'all';
}

/** P(stalled), corrected for the errors of the calls. */
export interface PrevalenceEstimate extends Omit<CalledStacks, 'stratum'> {
  /** calledStalled / stacks, uncorrected. Absent without stacks. */
  readonly apparent?: number;
  /** The corrected figure before it was moved into [0, 1]. Absent where calls carry no information (Se + Sp ≤ 1). */
  readonly unclamped?: number;
  /** The corrected figure in [0, 1]. Differs from `unclamped` where calls are rarer than false alarms alone explain. */
  readonly estimate?: number;
  /** Exact. Absent: no prevalence agrees with these rates, so they are not the rates of these calls. */
  readonly interval?: Interval;
}

/** P(stalled) in each stratum, and over all of them. */
export interface PrevalenceByStratum {
  readonly method: 'rogan-gladen';
  readonly confidence: number;
  readonly claim: 'each' | 'all';
  readonly overall: PrevalenceEstimate;
  readonly strata: readonly (PrevalenceEstimate & { readonly stratum: string })[];
}

const DEFAULT_CONFIDENCE = 0.95;
/** Apparent prevalence, sensitivity and specificity: six ends share the permitted failure probability. */
const ENDS = 6;

/**
 * Prevalence from imperfect calls, with an exact interval, overall and for each stratum.
 *
 * estimate = (q + Sp − 1)/(Se + Sp − 1),   q = calledStalled/stacks
 * interval = { π : [π Se₋ + (1 − π)(1 − Sp₊), π Se₊ + (1 − π)(1 − Sp₋)] meets [q₋, q₊] }
 *
 * The ends −, + are Clopper–Pearson bounds of the three rates, each wrong with probability ≤ δ/6. The interval needs neither
 * a division nor a normal approximation: it is valid at 0 calls and at specificity 1, and it is [0, 1] where Se + Sp ≤ 1.
 * At one stalled stack in a hundred the specificity decides: an error of .005 in it is half of the answer. A sample without
 * a true stall often gives a negative figure. It is returned as `unclamped`, because the average of figures that were moved
 * up to 0 is biased.
 *
 * Assumes that both rates are those of every stratum; where mice differ in difficulty, use an audit (`fromAudit`).
 *
 * @param options - counted rates of the calls; confidence; what the intervals claim
 * @returns estimates with their uncorrected figures and counts, which reconcile with the rows
 * @throws RangeError when counts are not integers, 0 <= calledStalled <= stacks, or confidence is not in (0, 1)
 * @example
 * const sensitivity = Evaluation.rate({ hits: 495, n: 500, confidence: 0.95 });
 * const specificity = Evaluation.rate({ hits: 4975, n: 5000, confidence: 0.95 });
 * const found = Prevalence.corrected({ sensitivity, specificity })([{ stratum: 'mouse 1', stacks: 6000, calledStalled: 90 }, { stratum: 'mouse 2', stacks: 4000, calledStalled: 12 }]);
 * found.overall.estimate // => 0.00527919
 * found.overall.interval // => { lower: 0.0000085799, upper: 0.0102448 }
 * found.strata[1].unclamped // => -0.00203046
 * found.strata[1].estimate // => 0
 * @see docs/math.md#prevalence · Rogan & Gladen (1978), doi:10.1093/oxfordjournals.aje.a112510
 */
export const corrected =
  ({ sensitivity, specificity, confidence = DEFAULT_CONFIDENCE, claim = 'each' }: PrevalenceOptions) =>
  (strata: readonly CalledStacks[]): PrevalenceByStratum => {
    if (!(confidence > 0 && confidence < 1)) {
      throw RangeError(`prevalence: expected confidence in (0, 1), got ${confidence}`);
    }
    // Each stratum, and the overall figure. The two rates are shared, but three ends each is simple, and safe.
    const intervals = claim === 'all' ? strata.length + 1 : 1;
    const delta = (1 - confidence) / ENDS / intervals;
    const estimateOf = ({ stacks, calledStalled }: Omit<CalledStacks, 'stratum'>): PrevalenceEstimate => {
      const q = clopperPearson({ hits: calledStalled, n: stacks, delta });
      const se = clopperPearson({ hits: sensitivity.hits, n: sensitivity.n, delta });
      const sp = clopperPearson({ hits: specificity.hits, n: specificity.n, delta });
      const interval = agreeing({ q, se, sp });
      return present({
        stacks,
        calledStalled,
        apparent: stacks === 0 ? undefined : calledStalled / stacks,
        ...correctedShare({ stacks, calledStalled }, sensitivity.estimate, specificity.estimate),
        interval,
      });
    };
    return {
      method: 'rogan-gladen',
      confidence,
      claim,
      overall: estimateOf({
        stacks: strata.reduce((sum, { stacks }) => sum + stacks, 0),
        calledStalled: strata.reduce((sum, { calledStalled }) => sum + calledStalled, 0),
      }),
      strata: strata.map((row) => ({ stratum: row.stratum, ...estimateOf(row) })),
    };
  };

const correctedShare = (
  { stacks, calledStalled }: Omit<CalledStacks, 'stratum'>,
  sensitivity: number | undefined,
  specificity: number | undefined,
): Pick<PrevalenceEstimate, 'unclamped' | 'estimate'> => {
  if (stacks === 0 || sensitivity === undefined || specificity === undefined) return {};
  const informedness = sensitivity + specificity - 1;
  if (!(informedness > 0)) return {};
  const unclamped = (calledStalled / stacks + specificity - 1) / informedness;
  return { unclamped, estimate: Math.min(1, Math.max(0, unclamped)) };
};

/** Every prevalence under which some rates within their bounds give a share called stalled within its bounds. */
const agreeing = ({
  q,
  se,
  sp,
}: {
  readonly q: Interval;
  readonly se: Interval;
  readonly sp: Interval;
}): Interval | undefined => {
  // Both conditions are linear in π: the least share expected is at most q₊, the largest at least q₋.
  const few = atMost({ at0: 1 - sp.upper, at1: se.lower, limit: q.upper });
  const many = atMost({ at0: -(1 - sp.lower), at1: -se.upper, limit: -q.lower });
  if (few === undefined || many === undefined) return undefined;
  const lower = Math.max(few.lower, many.lower);
  const upper = Math.min(few.upper, many.upper);
  return lower <= upper ? { lower, upper } : undefined;
};

/** The π in [0, 1] at which the line from `at0` to `at1` is at most `limit`. */
const atMost = ({ at0, at1, limit }: { at0: number; at1: number; limit: number }): Interval | undefined => {
  if (at0 <= limit && at1 <= limit) return { lower: 0, upper: 1 };
  if (at0 > limit && at1 > limit) return undefined;
  const crossing = (limit - at0) / (at1 - at0);
  return at0 <= limit ? { lower: 0, upper: crossing } : { lower: crossing, upper: 1 };
};
