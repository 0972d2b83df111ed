import type { Gold } from '../../domain/gold.js';
import { STALLED } from '../../domain/label.js';
import type { RiskBudget, RiskCertificate } from '../../domain/operatingPoint.js';
import type { Posterior } from '../../domain/posterior.js';
import type { Targets } from '../../domain/targets.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { maxErrorsAllowed, minimalSize } from '../../kernel/special/binomial.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';

/**
 * Log-odds of the gold stacks that have votes or scores, by class.
 *
 * @throws RangeError when a posterior is NaN
 */
export const goldLogOdds = (
  gold: Gold<'tune'>,
  posterior: Posterior,
): { readonly stalled: Float64Array; readonly flowing: Float64Array } => {
  const rows = rowOfId(posterior.stackIds);
  const stalled: number[] = [];
  const flowing: number[] = [];
  for (let g = 0; g < gold.stackIds.length; g++) {
    const s = rows.get(gold.stackIds[g]);
    if (s === undefined || posterior.votes[s] + posterior.scores[s] === 0) continue;
    const z = posterior.logOdds[s];
    if (Number.isNaN(z)) throw RangeError(`posterior: log-odds of stack "${gold.stackIds[g]}" is NaN`);
    (gold.label[g] === STALLED ? stalled : flowing).push(z);
  }
  return { stalled: Float64Array.from(stalled), flowing: Float64Array.from(flowing) };
};

/**
 * The Neyman–Pearson umbrella's rank: the threshold is the (k + 1)-th worst score, where k is the largest number of
 * errors that a rule with risk above `limit` would stay under with probability at most `delta`.
 *
 * Valid because, for the order statistic s₍ₖ₊₁₎ of n draws, P(risk(s₍ₖ₊₁₎) > limit) ≤ P(Bin(n, limit) ≤ k) ≤ delta.
 * With ties the strict decision errs on fewer, never on more.
 *
 * @param ordered - log-odds of one class, in the order in which stacks become errors
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

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** The largest double below a finite `value`. */
export const nextDown = (value: number): number => {
  if (value === 0) return -Number.MIN_VALUE;
  float[0] = value;
  bits[0] += value > 0 ? -1n : 1n;
  return float[0];
};

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
