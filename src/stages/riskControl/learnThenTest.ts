import * as E from 'fp-ts/lib/Either.js';
import type { Gold } from '../../domain/gold.js';
import type { RiskCertificate } from '../../domain/operatingPoint.js';
import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { maxErrorsAllowed, pBelow } from '../../kernel/special/binomial.js';
import { type EndToEndCounts, endToEndCounts, heldWrong } from './endToEnd.js';
import { type CountedRisk, countedRisks, goldNeeded } from './exactTest.js';
import { fixedSequence, holm } from './multipleTesting.js';
import { type Circumstances, type Refused, refusals } from './refusals.js';

/** `fixed-sequence` for a path ordered beforehand; `holm` for a small set without an order. */
export type Testing = 'fixed-sequence' | 'holm';

/** What every candidate policy, run from the first vote to the last, finally decides about tuning gold. */
export interface Replay {
  /**
   * One row per candidate in the order declared before this gold was seen, the most careful first. Element g is about
   * `gold.stackIds[g]`: FLOWING, STALLED, `RiskControl.UNDECIDED` (an expert is asked), `RiskControl.UNSEEN`, or
   * `RiskControl.RAN_OUT` (held to be wrong).
   */
  readonly decisions: readonly Uint8Array[];
  /** What each candidate costs, in any unit, e.g. votes per stack. Absent: later on the path is cheaper. */
  readonly cost?: Float64Array;
}

/** Targets of a test along a path of rules, and how the tests follow one another. */
export interface PathTestOptions {
  readonly targets: Targets;
  /** Default `fixed-sequence`. */
  readonly testing?: Testing;
  readonly circumstances?: Circumstances;
}

/** A candidate proved to meet both targets end to end: machine, crowd and expert together. */
export interface PathCertificate {
  readonly method: 'learn-then-test';
  readonly testing: Testing;
  readonly targets: Targets;
  /** The cheapest certified candidate: its row in the replay. */
  readonly candidate: number;
  /** All certified candidates; the claim holds for them together, so any may be deployed. */
  readonly certified: readonly number[];
  /** Of `candidate`. */
  readonly pValue: number;
  /** The risk that a stalled stack is finally called flowing. */
  readonly missedStalls: RiskCertificate;
  /** The risk that a flowing stack is finally called stalled. */
  readonly falseAlarms: RiskCertificate;
  /** Gold left to an expert by `candidate`. */
  readonly undecided: EndToEndCounts['undecided'];
  readonly assumptions: readonly string[];
}

/** No candidate could be proved. */
export interface PathNotCertified {
  readonly _tag: 'PathNotCertified';
  /** The candidate that stands in the way: the first of the path, or with `holm` the one nearest to proof. */
  readonly candidate: number;
  /** Of `candidate`. */
  readonly pValue: number;
  readonly missedStalls: RiskCertificate;
  readonly falseAlarms: RiskCertificate;
  /** More gold with which `candidate` would pass if it erred no more; looking again spends confidence (`atLook`). */
  readonly goldNeeded: { readonly stalled: number; readonly flowing: number };
}

const ASSUMPTIONS: readonly string[] = [
  'the candidates and their order were fixed on other data than this gold',
  'gold was replayed under the asking policy to be deployed, votes and scores arising as they will arise',
  'tuning gold is a random sample of each class of the stacks the policy will decide about',
  'gold stacks err independently of each other (no few mice or sessions that dominate)',
  'an expert who is asked is right',
];

/**
 * Certifies a whole policy end to end, by testing candidates on gold they were not chosen on.
 *
 * p_j = max( P(Bin(n₁, 1 − sensitivity) ≤ missed_j), P(Bin(n₀, 1 − specificity) ≤ alarmed_j) )
 *
 * `fixed-sequence` tests the path at the full δ = 1 − confidence and stops at the first failure; `holm` divides δ among
 * the candidates. Either way P(a certified candidate misses a target) ≤ δ, for all certified ones together, so choosing
 * the cheapest of them on the same gold is allowed. The two risks need no division of δ, because a candidate is wrongly
 * certified only if the one risk that is too high passes its own test (intersection–union).
 *
 * Missed stalls grow with both thresholds and false alarms fall with both, so no order statistic decides here. Learn the path
 * on other gold: begin with the crowd alone or the most votes, then go on to fewer and fewer votes. If the first candidate does
 * not pass, none does, and the result is a `Left`.
 *
 * @param options - gold for tuning, which fitted nothing and did not shape the path; targets; `fixed-sequence` or `holm`; circumstances that may forbid a certificate
 * @returns the cheapest certified candidate; `Left` what is missing, or why nothing can be certified
 * @throws RangeError when decisions are not aligned with gold, or candidates disagree about which stacks are unseen
 * @example
 * const stackIds = Array.from({ length: 600 }, (_, i) => `s${i}`);
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < 300 ? 1 : 0 }))));
 * const careful = Uint8Array.from(stackIds, (_, i) => (i < 300 ? 1 : 0));
 * const hasty = Uint8Array.from(stackIds, (_, i) => (i < 290 ? 1 : 0));
 * const certificate = Errors.getOrThrow(RiskControl.certifyPath({ gold, targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 } })({ decisions: [careful, hasty] }));
 * [certificate.candidate, certificate.missedStalls.observed, certificate.pValue] // => [0, 0, 0.0490409]
 * @see docs/math.md#end-to-end · Angelopoulos, Bates, Candès, Jordan & Lei (2021), arXiv:2110.01052
 */
export const certifyPath =
  ({
    gold,
    targets,
    testing = 'fixed-sequence',
    circumstances = {},
  }: PathTestOptions & { readonly gold: Gold<'tune'> }) =>
  ({ decisions, cost }: Replay): E.Either<PathNotCertified | Refused, PathCertificate> => {
    const refused = refusals(circumstances)(gold);
    if (refused.length > 0) return E.left({ _tag: 'Refused', refusals: refused });
    const counts = decisions.map((row) => heldWrong(endToEndCounts(gold)(row)));
    requireAligned(counts, cost);
    const delta = 1 - targets.confidence;
    const pValues = counts.map((count) => pathPValue(count, targets));
    const certified = (testing === 'holm' ? holm : fixedSequence)({ pValues, delta });
    const risks = (j: number): { missedStalls: RiskCertificate; falseAlarms: RiskCertificate } => {
      const { missedStalls, falseAlarms } = countedRisks(targets)(counts[j]);
      const tested = { delta, testing, candidates: pValues.length, proved: certified.includes(j) };
      return { missedStalls: risk(missedStalls, tested), falseAlarms: risk(falseAlarms, tested) };
    };
    if (certified.length === 0) {
      const candidate = testing === 'holm' ? pValues.indexOf(Math.min(...pValues)) : 0;
      const { missedStalls, falseAlarms } = risks(candidate);
      return E.left({
        _tag: 'PathNotCertified',
        candidate,
        pValue: pValues[candidate],
        missedStalls,
        falseAlarms,
        goldNeeded: { stalled: missedStalls.goldNeeded, flowing: falseAlarms.goldNeeded },
      });
    }
    const candidate = cheapest(certified, cost);
    return E.right({
      method: 'learn-then-test',
      testing,
      targets,
      candidate,
      certified,
      pValue: pValues[candidate],
      ...risks(candidate),
      undecided: counts[candidate].undecided,
      assumptions: ASSUMPTIONS,
    });
  };

/** p-value against "this candidate misses a target". */
const pathPValue = (counts: EndToEndCounts, targets: Targets): number => {
  const { missedStalls, falseAlarms } = countedRisks(targets)(counts);
  return Math.max(pBelow(missedStalls, missedStalls.limit), pBelow(falseAlarms, falseAlarms.limit));
};

/** Of equally cheap ones, and without costs, the last: the path goes from careful to cheap. */
const cheapest = (certified: readonly number[], cost: Float64Array | undefined): number =>
  certified.reduce((best, j) => (cost === undefined || cost[j] <= cost[best] ? j : best));

const risk = (
  { errors, n, limit }: CountedRisk,
  {
    delta,
    testing,
    candidates,
    proved,
  }: { readonly delta: number; readonly testing: Testing; readonly candidates: number; readonly proved: boolean },
): RiskCertificate => {
  // What the first one proved must pass.
  const firstDelta = testing === 'holm' ? delta / candidates : delta;
  // Holm's level differs from candidate to candidate, so there is no one number of allowed errors.
  const allowed = testing === 'holm' ? undefined : maxErrorsAllowed({ n, rate: limit, delta });
  return present({
    limit,
    delta,
    gold: n,
    allowed,
    observed: errors,
    atMost: proved ? limit : undefined,
    goldNeeded: proved ? 0 : goldNeeded({ errors, n }, { limit, delta: firstDelta }),
  });
};

const requireAligned = (counts: readonly EndToEndCounts[], cost: Float64Array | undefined): void => {
  if (counts.length === 0) throw RangeError('replay: expected at least one candidate');
  if (cost !== undefined && cost.length !== counts.length) {
    throw RangeError(`replay: expected ${counts.length} costs, got ${cost.length}`);
  }
  const odd = counts.findIndex(
    ({ stalled, flowing }) => stalled !== counts[0].stalled || flowing !== counts[0].flowing,
  );
  if (odd >= 0) throw RangeError(`replay: candidate ${odd} saw other stacks than candidate 0`);
};
