import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import type { GoldUnsuitable, OperatingPoint, TargetsInfeasible } from '../../domain/operatingPoint.js';
import type { Posterior } from '../../domain/posterior.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { unsuitable } from '../gold.js';
import { bestWithoutError, goldLogOdds, nextDown, orderStatistic, riskBudget } from './orderStatistic.js';

const ASSUMPTIONS: readonly string[] = [
  'tuning gold is a random sample of each class of the stacks the policy will decide about',
  'gold stacks err independently of each other (no few mice or sessions that dominate)',
  'nothing that made the posterior was fitted on tuning gold',
  'deployed stacks are voted on and scored the way tuning gold was',
];

/**
 * Certifies two thresholds from gold that fitted nothing: the order-statistic rule, one rank for each class.
 *
 * k₁ = max k: P(Bin(n₁, 1 − sensitivity) ≤ k) ≤ δ₁;   flowingBelow = (k₁ + 1)-th smallest stalled log-odds
 * k₀ = max k: P(Bin(n₀, 1 − specificity) ≤ k) ≤ δ₀;   stalledAbove = (k₀ + 1)-th largest flowing log-odds
 *
 * With probability ≥ confidence over the draw of gold, P(retired as flowing | stalled) ≤ 1 − sensitivity and
 * P(retired as stalled | flowing) ≤ 1 − specificity; δ₁ + δ₀ = 1 − confidence. Exact with ties, because decisions are
 * strict. Where the bands cross, one threshold keeps both certificates: the highest allowed, which spends the slack on
 * specificity, as false alarms dominate at 1 % prevalence.
 *
 * Gold stacks with neither votes nor a score are left out: nothing is retired unseen, so no risk arises there.
 *
 * @param gold - for tuning only; each class a random sample of its class
 * @param targets - sensitivity, specificity and confidence in (0, 1)
 * @returns an operating point with both certificates; `Left` with what is missing otherwise
 * @example
 * const n = 400;
 * const stackIds = Array.from({ length: 2 * n }, (_, i) => `s${i}`);
 * const posterior = { stackIds, logOdds: Float64Array.from(stackIds, (_, i) => (i < n ? 2 + i / n : -2 - i / n)), votes: new Uint32Array(2 * n).fill(7), scores: new Uint32Array(2 * n) };
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < n ? 1 : 0 }))));
 * const point = Errors.getOrThrow(Thresholds.certify({ gold, targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 } })(posterior));
 * [point.flowingBelow, point.certificate.missedStalls.allowed, point.certificate.crossed] // => [2, 0, true]
 * @see docs/math.md#certificate · Tong, Feng & Li (2018), doi:10.1126/sciadv.aao1659
 */
export const certify =
  ({ gold, targets }: { readonly gold: Gold<'tune'>; readonly targets: Targets }) =>
  (posterior: Posterior): E.Either<TargetsInfeasible | GoldUnsuitable, OperatingPoint> => {
    const refusal = unsuitable(gold.chosen);
    if (refusal !== undefined) return E.left(refusal);
    const { stalled, flowing } = goldLogOdds(gold, posterior);
    const budget = riskBudget(targets);
    // In the order in which they become errors: stalled stacks from the lowest log-odds, flowing ones from the highest.
    const low = orderStatistic({ ordered: stalled.sort(), ...budget.missedStalls });
    const high = orderStatistic({ ordered: flowing.sort().reverse(), ...budget.falseAlarms });
    const crossed = low.threshold !== undefined && high.threshold !== undefined && low.threshold > high.threshold;
    const stalledAbove = crossed && low.threshold !== undefined ? nextDown(low.threshold) : high.threshold;
    const point: OperatingPoint = present({
      flowingBelow: low.threshold,
      stalledAbove,
      certificate: {
        method: 'order-statistic',
        targets,
        missedStalls: low.certificate,
        falseAlarms: { ...high.certificate, observed: above(flowing, stalledAbove) },
        crossed,
        assumptions: ASSUMPTIONS,
      },
    });
    if (low.threshold !== undefined && high.threshold !== undefined) return E.right(point);
    return E.left({
      _tag: 'TargetsInfeasible',
      best: {
        sensitivity: 1 - bestWithoutError(low.certificate),
        specificity: 1 - bestWithoutError(high.certificate),
      },
      goldNeeded: { stalled: low.certificate.goldNeeded, flowing: high.certificate.goldNeeded },
      partial: point,
    });
  };

const above = (logOdds: Float64Array, threshold: number | undefined): number =>
  threshold === undefined ? 0 : logOdds.reduce((count, z) => count + (z > threshold ? 1 : 0), 0);
