import type { Audit, Costs, Rule, TraitModel } from '../asking/index.js';
import type { Targets } from '../domain/targets.js';
import type { PathCertificate, PathNotCertified, Refused } from '../stages/riskControl/index.js';

/** How votes may come in, when a rule is to be right however they do. */
export type Arrival = 'one at a time' | 'in rounds' | 'all at once';

/** Votes are asked for until a certified rule stops: everything needed to do so, and to say later why. Plain data. */
export interface AskingCertified {
  readonly _tag: 'AskingCertified';
  readonly targets: Targets;
  /** The posterior that the rule stops by. */
  readonly look: TraitModel;
  readonly rule: Rule;
  /** What errors would have to cost, in votes, for this rule to be the best; so a budget goes where it is worth most. */
  readonly costs: Costs;
  /** Votes asked for at a time, ≥ 1. */
  readonly votesPerRound: number;
  /** Absent: nobody looks after automatic decisions, so there is none without a vote. */
  readonly audit?: Audit;
  readonly certificate: PathCertificate;
  /** How votes came in when gold was replayed; the certificate holds for each. */
  readonly arrivals: readonly Arrival[];
  /** Mean votes at the prevalence, on the gold of the certificate. */
  readonly votesPerStack: number;
  /** Mean share of stacks left to an expert, at the prevalence, on the same gold. */
  readonly expertsPerStack: number;
}

/** Gold carries too few votes to find out what asking would have come to. */
export interface VotesTooFew {
  readonly _tag: 'VotesTooFew';
  /** Votes that all but one in a hundred of the gold stacks for fitting have. */
  readonly votes: number;
  /** Votes the rule must be able to ask for. */
  readonly needed: number;
  /** Gold for fitting with so many votes. */
  readonly gold: { readonly stalled: number; readonly flowing: number };
  readonly fix: string;
}

/** Why nobody can promise anything about asking. The two thresholds of the policy decide instead. */
export interface AskingNotCertified {
  readonly _tag: 'AskingNotCertified';
  readonly targets: Targets;
  readonly because: PathNotCertified | Refused | VotesTooFew;
}
