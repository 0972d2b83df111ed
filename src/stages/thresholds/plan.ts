import type { RiskBudget } from '../../domain/operatingPoint.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { binomialCdf, maxErrorsAllowed, minimalSize } from '../../kernel/special/binomial.js';
import { riskBudget } from './orderStatistic.js';

export interface PlanOptions {
  readonly targets: Targets;
  /** Gold stacks there are already, for tuning. Default none. */
  readonly have?: { readonly stalled: number; readonly flowing: number };
  /** The error rates you believe the decisions have; each must be below what the targets allow. */
  readonly trueRisk?: { readonly missedStalls: number; readonly falseAlarms: number };
  /** Wanted probability that a rule with `trueRisk` passes for both classes; default .8. */
  readonly power?: number;
  /** P(stalled) where gold would be sampled at random; default .01. */
  readonly prevalence?: number;
}

/** Gold needed of one class. */
export interface ClassPlan {
  readonly have: number;
  /** Fewest gold stacks with which anything can be certified: all of them right. */
  readonly minimum: number;
  /** `minimum` less what there is; 0 when there is enough. */
  readonly more: number;
  /** Errors allowed among what there is. Absent: too few. */
  readonly allowedNow?: number;
  /**
   * Fewest with which a rule of the believed risk passes for this class with probability √power, so for both together with
   * the wanted power, where the other class has as many as its own plan says. Absent: it never could.
   */
  readonly withPower?: number;
  /** Stacks to label at random until `withPower` of this class are expected among them. */
  readonly randomExpected?: number;
  /** The same with 95 % probability instead of on average. */
  readonly randomAssured?: number;
}

export interface Plan {
  readonly stalled: ClassPlan;
  readonly flowing: ClassPlan;
}

/** Probability with which random sampling should bring enough of a class. */
const ASSURANCE = 0.95;
/** More errors than this allowed means a risk so near the limit that no laboratory would label that much gold. */
const MOST_ERRORS = 2000;

/**
 * How much gold to label before `certify` can say yes.
 *
 * minimum = smallest n with (1 − limit)ⁿ ≤ δ;  withPower = smallest n with P(Bin(n, trueRisk) ≤ k(n)) ≥ √power
 *
 * Both classes must pass. They are other stacks, so the two probabilities multiply, and √power each makes the power that
 * was asked for. At fixed k the power falls with n, so only the smallest n of each k is tried.
 *
 * @param options - targets; what there is; believed risks (default a third of what is allowed) and power
 * @example
 * const plan = Thresholds.plan({ targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 }, have: { stalled: 100, flowing: 500 } });
 * [plan.stalled.minimum, plan.stalled.more, plan.flowing.more] // => [309, 209, 0]
 * [plan.stalled.withPower, plan.flowing.withPower] // => [1332, 423]
 * @see docs/math.md#planning
 */
export const plan = ({
  targets,
  have = { stalled: 0, flowing: 0 },
  trueRisk = { missedStalls: (1 - targets.sensitivity) / 3, falseAlarms: (1 - targets.specificity) / 3 },
  power = 0.8,
  prevalence = 0.01,
}: PlanOptions): Plan => {
  const budget = riskBudget(targets);
  const ofEach = Math.sqrt(power);
  return {
    stalled: classPlan({
      ...budget.missedStalls,
      have: have.stalled,
      trueRisk: trueRisk.missedStalls,
      power: ofEach,
      share: prevalence,
    }),
    flowing: classPlan({
      ...budget.falseAlarms,
      have: have.flowing,
      trueRisk: trueRisk.falseAlarms,
      power: ofEach,
      share: 1 - prevalence,
    }),
  };
};

interface ClassPlanOptions extends RiskBudget {
  readonly have: number;
  readonly trueRisk: number;
  /** Of this class alone. */
  readonly power: number;
  /** Share of this class in a random sample. */
  readonly share: number;
}

const classPlan = (of: ClassPlanOptions): ClassPlan => {
  const { limit, delta, have, share } = of;
  const minimum = minimalSize({ errors: 0, rate: limit, delta });
  const allowedNow = maxErrorsAllowed({ n: have, rate: limit, delta });
  const withPower = sizeForPower(of);
  return present({
    have,
    minimum,
    more: Math.max(0, minimum - have),
    allowedNow,
    withPower,
    randomExpected: withPower === undefined ? undefined : Math.ceil(withPower / share),
    randomAssured:
      withPower === undefined ? undefined : minimalSize({ errors: withPower - 1, rate: share, delta: 1 - ASSURANCE }),
  });
};

const sizeForPower = (of: ClassPlanOptions): number | undefined => {
  if (of.trueRisk >= of.limit) return undefined;
  for (let errors = 0; errors <= MOST_ERRORS; errors++) {
    const n = minimalSize({ errors, rate: of.limit, delta: of.delta });
    if (binomialCdf({ k: errors, n, p: of.trueRisk }) >= of.power) return n;
  }
  return undefined;
};
