import type { Audit, Costs, Rule, TraitModel } from '../asking/index.js';
import type { Targets } from '../domain/targets.js';
import type { PathCertificate, PathNotCertified, Refused } from '../stages/riskControl/index.js';

/** How votes may arrive. */
export type Arrival = 'one at a time' | 'in rounds' | 'all at once';

/** Votes are asked for until a certified rule stops: everything needed to execute and to explain it. Plain data. */
export interface AskingCertified {
  readonly _tag: 'AskingCertified';
  readonly targets: Targets;
  /** The trait model, whose posterior the rule reads. */
  readonly look: TraitModel;
  readonly rule: Rule;
  /** Costs of errors, in votes, for which this rule is the best. A budget is spent by them. */
  readonly costs: Costs;
  /** Votes asked for at a time, ≥ 1. */
  readonly votesPerRound: number;
  /** Absent when nobody audits; then no stack is retired without a vote. */
  readonly audit?: Audit;
  readonly certificate: PathCertificate;
  /** The ways in which votes arrived when gold was replayed; the certificate holds for each. */
  readonly arrivals: readonly Arrival[];
  /** Mean votes at the prevalence, on the gold of the certificate. */
  readonly votesPerStack: number;
  /** Mean share of stacks left to an expert, at the prevalence, on the same gold. */
  readonly expertsPerStack: number;
}

/** Gold has too few votes to replay a rule. */
export interface VotesTooFew {
  readonly _tag: 'VotesTooFew';
  /** 99 of 100 gold stacks for fitting have at least this many votes. */
  readonly votes: number;
  /** The rule must be able to ask for this many. */
  readonly needed: number;
  /** Gold for fitting that has `votes` or more. */
  readonly gold: { readonly stalled: number; readonly flowing: number };
  readonly fix: string;
}

/** Why no rule for asking is certified. The two thresholds of the policy decide instead. */
export interface AskingNotCertified {
  readonly _tag: 'AskingNotCertified';
  readonly targets: Targets;
  readonly because: PathNotCertified | Refused | VotesTooFew;
}
