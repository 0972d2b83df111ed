import type { Interval, Rate } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { hypergeometricBounds } from '../../kernel/special/hypergeometric.js';
import { rate } from '../evaluation/index.js';

/** Stacks decided alike, and what a random audit of them found. Integers, stalled <= audited <= stacks. */
export interface AuditedGroup {
  readonly stacks: number;
  /** Of these, drawn at random and labelled by people or experts who did not know the decision. */
  readonly audited: number;
  /** Of the audited, truly stalled. */
  readonly stalled: number;
}

/** Audited groups by outcome: stalled stacks retired as flowing are lost, all others are not. */
export interface AuditedOutcomes {
  readonly retiredFlowing: AuditedGroup;
  /** Retired as stalled, still asked, or left to an expert: one group for each audit. When empty, no sensitivity is given. */
  readonly others: readonly AuditedGroup[];
}

/** Settings of `lostPositives`. */
export interface LostPositivesOptions {
  /** Of each statement by itself, in (0, 1); default .95. */
  readonly confidence?: number;
}

/** Stalled stacks that were retired as flowing. */
export interface LostPositives {
  readonly confidence: number;
  readonly retired: number;
  readonly audited: number;
  /** Found by the audit, and so not lost any more. */
  readonly found: number;
  /** Stalled among all retired as flowing, those found included. Absent when nothing was audited. */
  readonly estimate?: number;
  /** The same, two-sided and exact for these very stacks; whole numbers. */
  readonly interval: Interval;
  /** The same, one-sided: with the stated confidence no more than this many; a whole number. */
  readonly atMost: number;
  /** `atMost` of those retired: the share of them that may be stalled. Absent when nothing was retired. */
  readonly shareAtMost?: number;
  /** P(stalled | retired as flowing) of whatever made these decisions, for stacks to come: Clopper–Pearson. */
  readonly risk: Rate;
  /** Share of the stalled stacks at hand that were not retired as flowing. Absent without other stacks. */
  readonly sensitivity?: {
    /** Absent when some group was not audited at all, or no stall was found anywhere. */
    readonly estimate?: number;
    /** One-sided and exact: with the stated confidence at least this. 0 where the audit found no stall among the others. */
    readonly atLeast: number;
  };
}

const DEFAULT_CONFIDENCE = 0.95;

/**
 * How many stalled stacks were lost, from the blinded random audit of those retired as flowing.
 *
 * atMost = max M with P(Hyp(M of stacks, audited) ≤ found) > δ
 * sensitivity ≥ Σ K_g₋ / (Σ K_g₋ + M₊),   each end at δ/(1 + G), G the groups not audited whole
 *
 * The bounds are exact however the decisions were made and however stacks depend on each other, because the only chance
 * is the draw of the audit. An audit that finds nothing does not prove that nothing is lost: with 0 stalled of 300 audited
 * among 10,000, up to 97 may be lost. Sensitivity needs the other outcomes, too. Where all stacks retired as stalled are
 * verified, K is known and costs no confidence.
 *
 * @param options - confidence of each statement
 * @returns counts, exact bounds for these stacks, and the risk for stacks to come
 * @throws RangeError when counts are not integers, stalled <= audited <= stacks, or confidence is not in (0, 1)
 * @example
 * const lost = Prevalence.lostPositives()({
 *   retiredFlowing: { stacks: 10000, audited: 300, stalled: 0 },
 *   others: [{ stacks: 180, audited: 180, stalled: 120 }],
 * });
 * [lost.atMost, lost.shareAtMost, lost.risk.atMost] // => [97, 0.0097, 0.00993608]
 * lost.sensitivity // => { estimate: 1, atLeast: 0.552995 }
 * @see docs/math.md#prevalence · Buonaccorsi (1987), doi:10.1080/00031305.1987.10475484 (exact hypergeometric limits)
 */
export const lostPositives =
  ({ confidence = DEFAULT_CONFIDENCE }: LostPositivesOptions = {}) =>
  ({ retiredFlowing, others }: AuditedOutcomes): LostPositives => {
    if (!(confidence > 0 && confidence < 1)) {
      throw RangeError(`lostPositives: expected confidence in (0, 1), got ${confidence}`);
    }
    for (const group of [retiredFlowing, ...others]) requireCounts(group);
    const delta = 1 - confidence;
    const { stacks, audited, stalled } = retiredFlowing;
    const { upper: atMost } = boundsOf(retiredFlowing, delta);
    return present({
      confidence,
      retired: stacks,
      audited,
      found: stalled,
      estimate: audited === 0 ? undefined : (stacks * stalled) / audited,
      interval: boundsOf(retiredFlowing, delta / 2),
      atMost,
      shareAtMost: stacks === 0 ? undefined : atMost / stacks,
      risk: rate({ hits: stalled, n: audited, confidence }),
      sensitivity: others.some((group) => group.stacks > 0) ? sensitivityOf(retiredFlowing, others, delta) : undefined,
    });
  };

const sensitivityOf = (
  retiredFlowing: AuditedGroup,
  others: readonly AuditedGroup[],
  delta: number,
): NonNullable<LostPositives['sensitivity']> => {
  // A group audited whole is known and needs no share of the error probability.
  const unknown = [retiredFlowing, ...others].filter((group) => group.audited < group.stacks).length;
  const share = delta / Math.max(1, unknown);
  const lost = boundsOf(retiredFlowing, share).upper;
  const othersAtLeast = others.reduce((sum, group) => sum + boundsOf(group, share).lower, 0);
  const groups = [retiredFlowing, ...others].filter((group) => group.stacks > 0);
  const scaled = (group: AuditedGroup): number => (group.stacks * group.stalled) / group.audited;
  const all = groups.every((group) => group.audited > 0) ? groups.reduce((sum, group) => sum + scaled(group), 0) : 0;
  const estimate = all > 0 ? 1 - (retiredFlowing.stacks === 0 ? 0 : scaled(retiredFlowing)) / all : undefined;
  return present({ estimate, atLeast: othersAtLeast === 0 ? 0 : othersAtLeast / (othersAtLeast + lost) });
};

const boundsOf = ({ stacks, audited, stalled }: AuditedGroup, delta: number): Interval =>
  hypergeometricBounds({ hits: stalled, drawn: audited, population: stacks, delta });

const requireCounts = ({ stacks, audited, stalled }: AuditedGroup): void => {
  const whole = [stacks, audited, stalled].every(Number.isSafeInteger);
  if (!(whole && 0 <= stalled && stalled <= audited && audited <= stacks)) {
    throw RangeError(
      `lostPositives: expected integers stalled <= audited <= stacks, got ${stalled}, ${audited}, ${stacks}`,
    );
  }
};
