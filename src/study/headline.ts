import { DEFAULT_EXPERT_PRICE, type Spending, spending } from '../asking/stopRule/index.js';
import type { Rate } from '../domain/interval.js';
import { present } from '../domain/present.js';
import { type Policy, spendingOf } from '../policy/index.js';
import { endToEndOf, type JudgedGold } from './endToEnd.js';

/** Stacks of a class that are expected to be decided wrongly. */
export interface ExpectedErrors {
  /** Stacks of this class among all. */
  readonly among: number;
  /** Absent without gold of this class. */
  readonly estimate?: number;
  /** Exact interval. */
  readonly lower: number;
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
 * Work is that of the policy's own rule; errors are counted on the gold given.
 *
 * @param policy - from `Policy.fit` or `Policy.fromJSON`
 * @returns for gold and its replay, such as `gold.tune` and `crossFitted` of `Policy.fit`; `isHeldOut`: work is counted on this gold, too
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy, gold, crossFitted } = Policy.fit({ prevalence: 0.05 })(lab);
 * const { automatic, votes, missedStalls } = Study.headline(policy)({ gold: gold.tune, replay: crossFitted });
 * [automatic > 8000, votes < 20000, missedStalls.among] // => [true, true, 500]
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
    const { sensitivity, specificity } = endToEndOf({ policy, gold: { ...gold, role: 'test' }, replay });
    const counted = spending({ gold, prevalence: value })(replay);
    const hasBoth = sensitivity.n > 0 && specificity.n > 0;
    const work: Spending = isHeldOut && hasBoth ? counted : (spendingOf(policy) ?? counted);
    const expertPrice = policy.prices?.expert ?? DEFAULT_EXPERT_PRICE;
    const saved = (cost: number): number => 1 - cost / VALIDATED_VOTES;
    return {
      stacks: STACKS,
      automatic: STACKS * work.automatic,
      votes: STACKS * work.votes,
      experts: STACKS * work.experts,
      expertsAtOnce: STACKS * work.expertsAtOnce,
      missedStalls: wrongOf(sensitivity, STACKS * value),
      falseAlarms: wrongOf(specificity, STACKS * (1 - value)),
      saved: {
        votes: saved(work.votes),
        votesAndExperts: saved(work.votes + expertPrice * work.experts),
        expertPrice,
      },
    };
  };

/** The complement of a rate, in stacks. */
const wrongOf = ({ estimate, interval }: Rate, among: number): ExpectedErrors =>
  present({
    among,
    estimate: estimate === undefined ? undefined : among * (1 - estimate),
    lower: among * (1 - interval.upper),
    upper: among * (1 - interval.lower),
  });
