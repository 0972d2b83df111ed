import type { RiskBudget } from '../../domain/operatingPoint.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { binomialCdf, maxErrorsAllowed, minimalSize } from '../../kernel/special/binomial.js';
import { riskBudget } from './orderStatistic.js';

/** Targets, gold at hand, and what is believed about the true error rates. */
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
   * Fewest gold stacks with which a rule of the believed risk passes for this class with probability √power. When the other
   * class has its own `withPower`, both pass together with the wanted power. Absent: no amount of gold is enough.
   */
  readonly withPower?: number;
  /** Stacks to label at random until `withPower` of this class are expected among them. */
  readonly randomExpected?: number;
  /** The same with 95 % probability instead of on average. */
  readonly randomAssured?: number;
}

/** How much gold each class needs. */
export interface Plan {
  readonly stalled: ClassPlan;
  readonly flowing: ClassPlan;
}

/** Probability with which random sampling should bring enough of a class. */
const ASSURANCE = 0.95;
/** If a plan needs more errors than this, the believed risk is too near its limit for any affordable amount of gold. */
const MOST_ERRORS = 2000;

/**
 * How much gold to label before `certify` can say yes.
 *
 * minimum = smallest n with (1 − limit)ⁿ ≤ δ;  withPower = smallest n with P(Bin(n, trueRisk) ≤ k(n)) ≥ √power
 *
 * Both classes must pass. They consist of different stacks, so the two probabilities multiply, and √power for each class gives
 * the wanted power. At fixed k the power falls with n, so only the smallest n of each k is tried.
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
  const powerOfEach = Math.sqrt(power);
  return {
    stalled: classPlan({
      ...budget.missedStalls,
      have: have.stalled,
      trueRisk: trueRisk.missedStalls,
      power: powerOfEach,
      share: prevalence,
    }),
    flowing: classPlan({
      ...budget.falseAlarms,
      have: have.flowing,
      trueRisk: trueRisk.falseAlarms,
      power: powerOfEach,
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

const classPlan = (options: ClassPlanOptions): ClassPlan => {
  const { limit, delta, have, share } = options;
  const minimum = minimalSize({ errors: 0, rate: limit, delta });
  const allowedNow = maxErrorsAllowed({ n: have, rate: limit, delta });
  const withPower = sizeForPower(options);
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

const sizeForPower = ({ limit, delta, trueRisk, power }: ClassPlanOptions): number | undefined => {
  if (trueRisk >= limit) return undefined;
  for (let errors = 0; errors <= MOST_ERRORS; errors++) {
    const n = minimalSize({ errors, rate: limit, delta });
    if (binomialCdf({ k: errors, n, p: trueRisk }) >= power) return n;
  }
  return undefined;
};
