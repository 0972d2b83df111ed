import { DEFAULT_EXPERT_PRICE, type EstimatedRisk, type Spending, spending } from '../asking/stopRule/index.js';
import type { Rate } from '../domain/interval.js';
import type { RiskCertificate } from '../domain/operatingPoint.js';
import { present } from '../domain/present.js';
import { type Policy, spendingOf } from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import { endToEndOf, type JudgedGold } from './endToEnd.js';

/** Stacks of a class that are expected to be decided wrongly. */
export interface ExpectedErrors {
  /** Stacks of this class among all. */
  readonly among: number;
  /** Absent without gold of this class. */
  readonly estimate?: number;
  readonly lower: number;
  /** By the certificate, where that says it. */
  readonly upper: number;
}

/** What a policy comes to on 10,000 stacks at its prevalence. */
export interface Headline {
  readonly stacks: number;
  /** Decided without an expert. */
  readonly automatic: number;
  /** Votes asked for. */
  readonly votes: number;
  readonly experts: number;
  /** For an expert before any vote; inside `experts`. */
  readonly expertsAtOnce: number;
  readonly missedStalls: ExpectedErrors;
  readonly falseAlarms: ExpectedErrors;
  /** Against 20 votes on every stack, as shares of those votes; negative where more is spent. */
  readonly saved: {
    readonly votes: number;
    /** With an expert's look counted at its price. */
    readonly votesAndExperts: number;
    /** Price of an expert's look, in votes. */
    readonly expertPrice: number;
  };
}

/** What is told is told of so many stacks. */
const STACKS = 10_000;
/** Answers per stack of the project's first validated rule, with which savings are compared. */
const VALIDATED_VOTES = 20;

/**
 * What a director asks first: how much is decided, what it costs, and how much is lost, for 10,000 stacks.
 *
 * Both are those of the policy's own rule: what its proof counted or estimated, or on held-out gold what is counted there. Without
 * either, errors are counted on the gold given.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @returns for gold and its replay, such as `gold.tune` and `crossFitted` of `Policy.fit`; `isHeldOut`: work is counted on this gold, too
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy, gold, crossFitted } = Policy.fit({ prevalence: 0.05 })(lab);
 * const { automatic, votes, missedStalls } = Study.headline(policy)({ gold: gold.tune, replay: crossFitted });
 * [automatic > 7000, votes < 20000, missedStalls.among] // => [true, true, 500]
 */
export const studyHeadline =
  (policy: Pick<Policy, 'proof' | 'prevalence' | 'targets' | 'prices'>) =>
  ({
    gold,
    replay,
    isHeldOut = false,
  }: Pick<JudgedGold, 'replay'> & {
    readonly gold: Omit<JudgedGold['gold'], 'role'>;
    readonly isHeldOut?: boolean | undefined;
  }): Headline => {
    const { value } = policy.prevalence;
    const counted = endToEndOf({ policy, gold: { ...gold, role: 'test' }, replay });
    const { sensitivity, specificity } = counted;
    const spent = spending({ gold, prevalence: value })(replay);
    const isCounted = isHeldOut && sensitivity.n > 0 && specificity.n > 0;
    const work: Spending = isCounted ? spent : (spendingOf(policy) ?? spent);
    const proved = isCounted ? {} : errorsProved(policy);
    const expertPrice = policy.prices?.expert ?? DEFAULT_EXPERT_PRICE;
    const saved = (cost: number): number => 1 - cost / VALIDATED_VOTES;
    return {
      stacks: STACKS,
      automatic: STACKS * work.automatic,
      votes: STACKS * work.votes,
      experts: STACKS * work.experts,
      expertsAtOnce: STACKS * work.expertsAtOnce,
      missedStalls: inStacks(proved.missedStalls ?? wrongOf(sensitivity), STACKS * value),
      falseAlarms: inStacks(proved.falseAlarms ?? wrongOf(specificity), STACKS * (1 - value)),
      saved: {
        votes: saved(work.votes),
        votesAndExperts: saved(work.votes + expertPrice * work.experts),
        expertPrice,
      },
    };
  };

/** A share of wrong decisions in one class, with its bounds. */
type ErrorShare = Omit<ExpectedErrors, 'among'>;

/** The risks of the rule by its own proof; absent where that counts no stacks. */
const errorsProved = ({
  proof,
  targets,
}: Pick<Policy, 'proof' | 'targets'>): {
  readonly missedStalls?: ErrorShare | undefined;
  readonly falseAlarms?: ErrorShare | undefined;
} => {
  if (proof._tag === 'Certified') {
    const { missedStalls, falseAlarms } = proof.certificate;
    const { confidence } = targets;
    return { missedStalls: shareProved(missedStalls, confidence), falseAlarms: shareProved(falseAlarms, confidence) };
  }
  if (proof.estimate === undefined) return {};
  return {
    missedStalls: shareEstimated(proof.estimate.missedStalls),
    falseAlarms: shareEstimated(proof.estimate.falseAlarms),
  };
};

const shareProved = (risk: RiskCertificate | undefined, confidence: number): ErrorShare | undefined => {
  if (risk?.atMost === undefined || risk.gold === 0) return undefined;
  const { interval } = Evaluation.rate({ hits: risk.observed, n: risk.gold, confidence });
  return { estimate: risk.observed / risk.gold, lower: interval.lower, upper: risk.atMost };
};

/** The posterior's opinion may lie outside what so few counts allow. */
const shareEstimated = ({ estimate, counted }: EstimatedRisk): ErrorShare => ({
  estimate,
  lower: Math.min(estimate, counted.interval.lower),
  upper: Math.max(estimate, counted.interval.upper),
});

/** The complement of a rate. */
const wrongOf = ({ estimate, interval }: Rate): ErrorShare =>
  present({
    estimate: estimate === undefined ? undefined : 1 - estimate,
    lower: 1 - interval.upper,
    upper: 1 - interval.lower,
  });

const inStacks = ({ estimate, lower, upper }: ErrorShare, among: number): ExpectedErrors =>
  present({
    among,
    estimate: estimate === undefined ? undefined : among * estimate,
    lower: among * lower,
    upper: among * upper,
  });
