import { maxErrorsAllowed, minimalSize } from '../kernel/binomial.js';
import { clopperPearson } from '../kernel/clopperPearson.js';
import type { RiskBudget } from './riskBudget.js';

/** What was proved about one of the two risks. */
export interface RiskCertificate extends RiskBudget {
  /** Gold stacks of this class that took part. */
  readonly gold: number;
  /** Errors the rule may make on them. Absent: not certifiable with so little gold. */
  readonly allowed?: number;
  /** Errors the rule makes on them; fewer than allowed where scores tie or bands cross. */
  readonly observed: number;
  /** Upper confidence bound of the true risk; at most `limit`. Absent: not certified. */
  readonly atMost?: number;
  /** More gold stacks of this class needed for any certificate; 0 when certified. */
  readonly goldNeeded: number;
}

/**
 * The Neyman–Pearson umbrella's rank: the threshold is the (k + 1)-th worst score, where k is the largest number of
 * errors that a rule with risk above `limit` would stay under with probability at most `delta`.
 *
 * Valid because, for the order statistic s₍ₖ₊₁₎ of n draws, P(risk(s₍ₖ₊₁₎) > limit) ≤ P(Bin(n, limit) ≤ k) ≤ delta.
 * With ties the strict decision errs on fewer, never on more.
 *
 * @param ordered - log-odds of one class, those first that err first
 */
export const orderStatistic = ({
  ordered,
  limit,
  delta,
}: RiskBudget & { readonly ordered: Float64Array }): {
  readonly threshold?: number;
  readonly certificate: RiskCertificate;
} => {
  const gold = ordered.length;
  const allowed = maxErrorsAllowed({ n: gold, rate: limit, delta });
  if (allowed === undefined) {
    const goldNeeded = minimalSize({ errors: 0, rate: limit, delta }) - gold;
    return { certificate: { limit, delta, gold, observed: 0, goldNeeded } };
  }
  const threshold = ordered[allowed];
  return {
    threshold,
    certificate: {
      limit,
      delta,
      gold,
      allowed,
      observed: ordered.indexOf(threshold),
      atMost: clopperPearson({ hits: allowed, n: gold, delta }).upper,
      goldNeeded: 0,
    },
  };
};

/** The smallest risk that this much gold could certify, had no error been seen. */
export const bestWithoutError = ({ gold, delta }: RiskCertificate): number =>
  gold === 0 ? 1 : clopperPearson({ hits: 0, n: gold, delta }).upper;
