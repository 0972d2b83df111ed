import type { Targets } from '../../domain/targets.js';
import { type ErrorCount, minimalSize, pAbove, pBelow } from '../../kernel/special/binomial.js';

/** Errors of a fixed rule on gold of both classes; integers. */
export interface DecisionCounts {
  readonly stalled: number;
  /** Stalled gold decided flowing. */
  readonly missed: number;
  readonly flowing: number;
  /** Flowing gold decided stalled. */
  readonly alarmed: number;
}

/** `meets`: both risks are shown to be within the targets. `fails`: one is shown to be beyond. Else `undetermined`. */
export type TestVerdict = 'meets' | 'fails' | 'undetermined';

/** Both one-sided exact tests of both targets. */
export interface TargetTest {
  readonly verdict: TestVerdict;
  /** p-value against "a target is not met": the larger of the two binomial tails. */
  readonly pMeets: number;
  /** p-value against "both targets are met": twice the smaller of the two other tails. */
  readonly pFails: number;
  /** The risks shown to be beyond their limit. */
  readonly broken: readonly ('missed stalls' | 'false alarms')[];
  /** More gold of each class with which the rule would pass if it erred no more; 0 where there is enough. */
  readonly goldNeeded: { readonly stalled: number; readonly flowing: number };
}

/** More gold that would prove risk <= limit if it brought no further error; 0 when what there is does. */
export const goldNeeded = ({ errors, n }: ErrorCount, { limit, delta }: { limit: number; delta: number }): number =>
  Math.max(0, minimalSize({ errors, rate: limit, delta }) - n);

/** Errors of one class beside the largest risk allowed there. */
export interface CountedRisk extends ErrorCount {
  /** 1 − target. */
  readonly limit: number;
}

/**
 * The two risks of a rule, each with its counts and its limit.
 *
 * @throws RangeError when counts are not integers with 0 <= errors <= n
 * @example
 * RiskControl.countedRisks({ sensitivity: 0.75, specificity: 0.5, confidence: 0.95 })({ stalled: 100, missed: 1, flowing: 2000, alarmed: 60 }).missedStalls // => { errors: 1, n: 100, limit: 0.25 }
 */
export const countedRisks =
  ({ sensitivity, specificity }: Targets) =>
  (counts: DecisionCounts): { readonly missedStalls: CountedRisk; readonly falseAlarms: CountedRisk } => {
    const { stalled, missed, flowing, alarmed } = counts;
    const valid = (errors: number, n: number): boolean =>
      Number.isSafeInteger(n) && Number.isSafeInteger(errors) && errors >= 0 && errors <= n;
    if (!valid(missed, stalled) || !valid(alarmed, flowing)) {
      throw RangeError(
        `counts: expected integers, got ${missed} of ${stalled} missed, ${alarmed} of ${flowing} alarmed`,
      );
    }
    return {
      missedStalls: { errors: missed, n: stalled, limit: 1 - sensitivity },
      falseAlarms: { errors: alarmed, n: flowing, limit: 1 - specificity },
    };
  };

/**
 * Tests a *fixed* rule against both targets, in both directions, from integer counts.
 *
 * pMeets = max( P(Bin(n₁, 1 − sensitivity) ≤ missed), P(Bin(n₀, 1 − specificity) ≤ alarmed) )
 * pFails = 2 · min( P(Bin(n₁, 1 − sensitivity) ≥ missed), P(Bin(n₀, 1 − specificity) ≥ alarmed) )
 *
 * Intersection–union: to show both, each is tested at the full 1 − confidence, nothing is divided. `meets` is wrong with
 * probability ≤ 1 − confidence for a rule that does not meet, `fails` for one that does. The rule must have been fixed
 * before this gold was seen; for thresholds chosen on it there is `certify`.
 *
 * @param targets - sensitivity, specificity and confidence in (0, 1)
 * @returns verdict, p-values, and what is missing
 * @throws RangeError when the counts are not integers with 0 <= errors <= n
 * @example
 * const test = RiskControl.testTargets({ sensitivity: 0.99, specificity: 0.95, confidence: 0.95 });
 * test({ stalled: 299, missed: 0, flowing: 200, alarmed: 2 }).verdict // => 'meets'
 * test({ stalled: 200, missed: 1, flowing: 200, alarmed: 2 }).goldNeeded // => { stalled: 273, flowing: 0 }
 * @see docs/math.md#fixed-rules · Berger (1982), doi:10.1080/00401706.1982.10487790 (intersection–union tests)
 */
export const testTargets =
  (targets: Targets) =>
  (counts: DecisionCounts): TargetTest => {
    const delta = 1 - targets.confidence;
    const { missedStalls, falseAlarms } = countedRisks(targets)(counts);
    const pMeets = Math.max(pBelow(missedStalls, missedStalls.limit), pBelow(falseAlarms, falseAlarms.limit));
    const pMissed = pAbove(missedStalls, missedStalls.limit);
    const pAlarmed = pAbove(falseAlarms, falseAlarms.limit);
    const pFails = Math.min(1, 2 * Math.min(pMissed, pAlarmed));
    return {
      verdict: pMeets <= delta ? 'meets' : pFails <= delta ? 'fails' : 'undetermined',
      pMeets,
      pFails,
      broken: [
        ...(2 * pMissed <= delta ? (['missed stalls'] as const) : []),
        ...(2 * pAlarmed <= delta ? (['false alarms'] as const) : []),
      ],
      goldNeeded: {
        stalled: goldNeeded(missedStalls, { limit: missedStalls.limit, delta }),
        flowing: goldNeeded(falseAlarms, { limit: falseAlarms.limit, delta }),
      },
    };
  };
