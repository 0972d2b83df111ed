import type { Interval } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { hypergeometricBounds } from '../../kernel/special/hypergeometric.js';

/** Stacks of one stratum that were called alike, and what a random audit found among them. Integers. */
export interface AuditedCalls {
  readonly stratum: string;
  /** What they share: a final call, or a bin of the posterior. */
  readonly called: string;
  readonly stacks: number;
  /** Of these, drawn at random and labelled by an expert who did not know the call. */
  readonly audited: number;
  /** Of the audited, truly stalled. */
  readonly stalled: number;
}

/** Settings of `auditedPrevalence`. */
export interface AuditedPrevalenceOptions {
  /** Of each interval, in (0, 1); default .95. */
  readonly confidence?: number;
  /** `each` interval holds by itself (default), or `all` strata and the overall one together. */
  readonly claim?: 'each' | 'all';
}

/** Stalled stacks among the stacks at hand. */
export interface AuditedEstimate {
  readonly stacks: number;
  readonly audited: number;
  /** Absent when some group was not audited at all, or there are no stacks. */
  readonly estimate?: number;
  /** Exact, for these very stacks. Absent without stacks. */
  readonly interval?: Interval;
}

/** P(stalled) overall and in each stratum, from decisions whose errors an audit has measured. */
export interface AuditedPrevalence {
  readonly method: 'prediction-powered';
  readonly confidence: number;
  readonly claim: 'each' | 'all';
  readonly overall: AuditedEstimate;
  readonly strata: readonly (AuditedEstimate & { readonly stratum: string })[];
}

const DEFAULT_CONFIDENCE = 0.95;

/**
 * Prevalence from calls on all stacks and expert labels on a random audit of them: prediction-powered inference.
 *
 * estimate = mean call + mean audited (truth − call) = Σ_g N_g/N · h_g/n_g      over groups g called alike
 * interval = Σ_g [M_g₋, M_g₊]/N,   M_g the stalled among N_g by inverting the hypergeometric law, each end at δ/(2G), G the groups not audited whole
 *
 * Calls only sort stacks into groups, so nothing is assumed about their errors: neither a sensitivity nor a transfer from
 * other gold. Good calls give a narrow interval; bad calls give a wide one that is still valid. Each group may have its own
 * audit share: audit all stacks that were called stalled, and a few in a hundred of the rest. The interval is exact for
 * these stacks even if the audit found no stall; when everything is audited, its two ends are equal. The overall figure pools strata by call, which needs the same audit share in every stratum.
 *
 * @param options - confidence; what the intervals claim
 * @returns estimates overall and for each stratum; rows of one stratum and call are added
 * @throws RangeError when counts are not integers, stalled <= audited <= stacks, or confidence is not in (0, 1)
 * @example
 * const audit = Prevalence.fromAudit({ confidence: 0.95 })([
 *   { stratum: 'mouse 1', called: 'stalled', stacks: 90, audited: 90, stalled: 61 },
 *   { stratum: 'mouse 1', called: 'flowing', stacks: 5910, audited: 600, stalled: 0 },
 * ]);
 * audit.overall // => { stacks: 6000, audited: 690, estimate: 0.0101667, interval: { lower: 0.0101667, upper: 0.0158333 } }
 * @see docs/math.md#prevalence · Angelopoulos, Bates, Fannjiang, Jordan & Zrnic (2023), doi:10.1126/science.adi6000
 */
export const fromAudit =
  ({ confidence = DEFAULT_CONFIDENCE, claim = 'each' }: AuditedPrevalenceOptions = {}) =>
  (calls: readonly AuditedCalls[]): AuditedPrevalence => {
    if (!(confidence > 0 && confidence < 1)) {
      throw RangeError(`audited prevalence: expected confidence in (0, 1), got ${confidence}`);
    }
    for (const { stratum, called, stacks, audited, stalled } of calls) {
      const whole = [stacks, audited, stalled].every(Number.isSafeInteger);
      if (!(whole && 0 <= stalled && stalled <= audited && audited <= stacks)) {
        throw RangeError(
          `audited prevalence: ${stratum}, called ${called}: expected integers stalled <= audited <= stacks, got ${stalled}, ${audited}, ${stacks}`,
        );
      }
    }
    const strata = [...new Set(calls.map(({ stratum }) => stratum))];
    const delta = (1 - confidence) / (claim === 'all' ? strata.length + 1 : 1);
    return {
      method: 'prediction-powered',
      confidence,
      claim,
      overall: estimateOf(byCall(calls), delta),
      strata: strata.map((stratum) => ({
        stratum,
        ...estimateOf(byCall(calls.filter((row) => row.stratum === stratum)), delta),
      })),
    };
  };

type Group = Pick<AuditedCalls, 'stacks' | 'audited' | 'stalled'>;

/** Rows with the same call are one group, because the audit drew from them together. */
const byCall = (calls: readonly AuditedCalls[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const { called, stacks, audited, stalled } of calls) {
    const sum = groups.get(called) ?? { stacks: 0, audited: 0, stalled: 0 };
    groups.set(called, {
      stacks: sum.stacks + stacks,
      audited: sum.audited + audited,
      stalled: sum.stalled + stalled,
    });
  }
  return [...groups.values()].filter(({ stacks }) => stacks > 0);
};

const estimateOf = (groups: readonly Group[], delta: number): AuditedEstimate => {
  const stacks = groups.reduce((sum, group) => sum + group.stacks, 0);
  const audited = groups.reduce((sum, group) => sum + group.audited, 0);
  if (stacks === 0) return { stacks, audited };
  // A group audited whole is known and needs no share of the error probability.
  const unknown = groups.filter((group) => group.audited < group.stacks).length;
  let lower = 0;
  let upper = 0;
  let estimate: number | undefined = 0;
  for (const group of groups) {
    const ends = hypergeometricBounds({
      hits: group.stalled,
      drawn: group.audited,
      population: group.stacks,
      delta: delta / (2 * Math.max(1, unknown)),
    });
    lower += ends.lower;
    upper += ends.upper;
    estimate =
      estimate === undefined || group.audited === 0
        ? undefined
        : estimate + (group.stacks * group.stalled) / group.audited;
  }
  return present({
    stacks,
    audited,
    estimate: estimate === undefined ? undefined : estimate / stacks,
    interval: { lower: lower / stacks, upper: upper / stacks },
  });
};
