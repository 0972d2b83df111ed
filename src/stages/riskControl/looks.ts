import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';

/** Which look at growing gold this is. */
export interface InterimLook {
  /** 1 for the first, counting every test made, passed or not. */
  readonly look: number;
  /** How many looks were planned before the first. Absent: as many as it takes. */
  readonly planned?: number;
}

/**
 * Targets for one of several looks: repeated looks spend confidence, so that all of them together keep it.
 *
 * δ_k = δ/K with K looks planned;   δ_k = δ/(k(k + 1)) without a plan: ½, ⅙, 1/12, … of δ, which sum to δ
 *
 * P(any of the looks certifies wrongly) ≤ Σ δ_k ≤ δ, whatever made anyone look again. Deliberately plain: schedules that
 * use the correlation between looks save a few gold stacks and need their dates fixed.
 *
 * @param look - an integer from 1, at most `planned`
 * @returns takes the targets wanted over all looks; gives the same rates at the confidence this look must have
 * @throws RangeError when the look is not an integer from 1, or beyond the plan
 * @example
 * const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
 * RiskControl.atLook({ look: 1 })(targets).confidence // => 0.975
 * RiskControl.atLook({ look: 3 })(targets).confidence // => 0.995833
 * RiskControl.atLook({ look: 3, planned: 4 })(targets).confidence // => 0.9875
 * @see docs/math.md#repeated-looks · Lan & DeMets (1983), doi:10.1093/biomet/70.3.659 (spending functions)
 */
export const atLook =
  ({ look, planned }: InterimLook) =>
  (targets: Targets): Targets => {
    if (!Number.isSafeInteger(look) || look < 1 || (planned !== undefined && look > planned)) {
      throw RangeError(`look: expected an integer from 1${planned === undefined ? '' : ` to ${planned}`}, got ${look}`);
    }
    const share = planned === undefined ? 1 / (look * (look + 1)) : 1 / planned;
    return { ...targets, confidence: 1 - (1 - targets.confidence) * share };
  };

/**
 * The look after this one; `undefined` after the last that was planned, when no confidence is left to spend.
 *
 * @example
 * RiskControl.nextLook({ look: 1 }) // => { look: 2 }
 * RiskControl.nextLook({ look: 2, planned: 2 }) // => undefined
 */
export const nextLook = ({ look, planned }: InterimLook): InterimLook | undefined =>
  planned !== undefined && look >= planned ? undefined : present({ look: look + 1, planned });
