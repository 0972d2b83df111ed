import type { Targets } from '../domain/targets.js';

/** What one of the two risks may be, and how often its certificate may be wrong. */
export interface RiskBudget {
  /** Largest risk allowed: 1 − target. */
  readonly limit: number;
  /** Probability, over the draw of gold, that the certificate is wrong. */
  readonly delta: number;
}

/**
 * Nine tenths of the permitted failure probability go to the rare class: at .045 / .005 sensitivity .99 needs 309
 * stalled gold stacks without a miss, at .025 / .025 it needs 368, and flowing gold is never short.
 */
const SHARE_FOR_STALLED = 0.9;

/** Divides 1 − confidence between the two risks. */
export const riskBudget = ({
  sensitivity,
  specificity,
  confidence,
}: Targets): { readonly missedStalls: RiskBudget; readonly falseAlarms: RiskBudget } => {
  const delta = 1 - confidence;
  return {
    missedStalls: { limit: 1 - sensitivity, delta: delta * SHARE_FOR_STALLED },
    falseAlarms: { limit: 1 - specificity, delta: delta * (1 - SHARE_FOR_STALLED) },
  };
};
