import type { Targets } from '../../domain/targets.js';
import { binomialTails, type ErrorCount } from '../../kernel/special/binomial.js';
import { logMassAt } from '../../kernel/special/stirling.js';
import { type CountedRisk, countedRisks, type DecisionCounts } from '../riskControl/index.js';

/** Evidence that one risk has risen above its limit, at any time. */
export interface ErrorDrift extends ErrorCount {
  readonly limit: number;
  /** ln of the evidence against risk ≤ limit: starts at 0 and falls while the risk is within the limit. */
  readonly logEvidence: number;
  /** The alarm is raised when `logEvidence` reaches this. */
  readonly alarmAt: number;
  readonly alarm: boolean;
}

/** Drift of the errors on gold, with the counts behind it. */
export interface DriftOfErrors {
  readonly alarm: boolean;
  /** Probability that there is ever a false alarm, however often the evidence is read. */
  readonly falseAlarm: number;
  readonly missedStalls: ErrorDrift;
  readonly falseAlarms: ErrorDrift;
}

/**
 * Mean of the prior for the drifted risk, above the limit and in units of the limit. So a risk of three times the limit is
 * detected fastest.
 */
const MEAN_EXCESS = 2;

/**
 * ln M of k errors in n against risk ≤ p: the likelihood under a prior on risks above p, over that at p.
 *
 * With prior density ∝ (1 − r)^(b − 1) on (p, 1], b an integer near 1/(2p):
 *
 * M = b · P(Bin(n + b, p) ≤ k) / ( (n + b)(1 − p) · P(Bin(n + b − 1, p) = k) )
 *
 * M is a non-negative supermartingale of mean ≤ 1 while the risk stays ≤ p, so by Ville P(M ever ≥ 1/α) ≤ α.
 */
const logEvidence = ({ errors: k, n }: ErrorCount, p: number): number => {
  const b = Math.max(1, Math.round(1 / (MEAN_EXCESS * p)));
  const { logAtMost } = binomialTails({ k, n: n + b, p });
  return Math.log(b) + logAtMost - Math.log((n + b) * (1 - p)) - logMassAt({ k, n: n + b - 1, p });
};

/**
 * Watches the errors of a policy on gold after it went live; the evidence may be read after every gold stack.
 *
 * alarm when M(missed, stalled) ≥ 2/α or M(alarmed, flowing) ≥ 2/α
 *
 * The claim needs no fixed sample and no schedule: while both risks are within the targets, P(ever an alarm) ≤ α. Errors
 * are counted among the gold stacks of one class. An average over all stacks would show nothing, because most stacks are
 * flowing and do not change. After a long time without errors an alarm takes longer, so start again with each dataset or
 * season and divide α among them.
 *
 * @param options - the certified targets; probability of a false alarm in (0, 1), default .01
 * @returns evidence for both risks with the counts it rests on
 * @throws RangeError when the counts are not integers with 0 <= errors <= n
 * @example
 * const watch = Drift.ofErrors({ targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 } });
 * watch({ stalled: 100, missed: 1, flowing: 2000, alarmed: 60 }).alarm // => false
 * const drifted = watch({ stalled: 120, missed: 9, flowing: 2000, alarmed: 60 });
 * [drifted.alarm, drifted.missedStalls.alarm, drifted.missedStalls.n] // => [true, true, 120]
 * @see docs/math.md#drift · Robbins (1970), doi:10.1214/aoms/1177696786 (mixture martingales) · Ville (1939)
 */
export const ofErrors =
  ({ targets, falseAlarm = 0.01 }: { readonly targets: Targets; readonly falseAlarm?: number | undefined }) =>
  (counts: DecisionCounts): DriftOfErrors => {
    if (!(falseAlarm > 0 && falseAlarm < 1)) throw RangeError(`falseAlarm: expected in (0, 1), got ${falseAlarm}`);
    const risks = countedRisks(targets)(counts);
    const alarmAt = Math.log(2 / falseAlarm);
    const watch = ({ errors, n, limit }: CountedRisk): ErrorDrift => {
      const evidence = logEvidence({ errors, n }, limit);
      return { errors, n, limit, logEvidence: evidence, alarmAt, alarm: evidence >= alarmAt };
    };
    const missedStalls = watch(risks.missedStalls);
    const falseAlarms = watch(risks.falseAlarms);
    return { alarm: missedStalls.alarm || falseAlarms.alarm, falseAlarm, missedStalls, falseAlarms };
  };
