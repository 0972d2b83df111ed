import type { Targets } from '../../domain/targets.js';

/** Targets of the two parts whose union is to meet the whole. */
export interface DividedTargets {
  /** For `certify`: what the machine retires by itself. */
  readonly automatic: Targets;
  /** For `certifyPath` with the crowd's answers as the one candidate. */
  readonly crowd: Targets;
}

/**
 * Divides end-to-end targets between automatic decisions and the crowd in the middle: simple, and on the safe side.
 *
 * P(missed) ≤ P(retired as flowing | stalled) + P(crowd says flowing | stalled) ≤ (1 − w)·limit + w·limit
 *
 * Both risks, and the permitted failure probability, are divided: `certify` with `automatic` and `certifyPath` with
 * `crowd` on the same gold hold together with probability ≥ confidence. The share must be fixed beforehand. Handing the
 * machine whatever the crowd's measured bound leaves over would make its limit depend on the gold that certifies it.
 *
 * @param options - `crowdShare`: share of both risks and of 1 − confidence for the crowd, in (0, 1); default ½
 * @returns takes the targets wanted end to end; gives those of the two parts
 * @throws RangeError when `crowdShare` is not in (0, 1)
 * @example
 * const { automatic, crowd } = RiskControl.divideTargets()({ sensitivity: 0.98, specificity: 0.9, confidence: 0.9 });
 * [automatic.sensitivity, crowd.specificity, crowd.confidence] // => [0.99, 0.95, 0.95]
 * @see docs/math.md#end-to-end
 */
export const divideTargets =
  ({ crowdShare = 0.5 }: { readonly crowdShare?: number | undefined } = {}) =>
  ({ sensitivity, specificity, confidence }: Targets): DividedTargets => {
    if (!(crowdShare > 0 && crowdShare < 1)) {
      throw RangeError(`divideTargets: expected crowdShare in (0, 1), got ${crowdShare}`);
    }
    const part = (share: number): Targets => ({
      sensitivity: 1 - share * (1 - sensitivity),
      specificity: 1 - share * (1 - specificity),
      confidence: 1 - share * (1 - confidence),
    });
    return { automatic: part(1 - crowdShare), crowd: part(crowdShare) };
  };
