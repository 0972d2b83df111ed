import type { Skills } from './skills.js';

/** What the model says of each stack of a vote table, in nats; 0 and `scores` 0 where it said nothing. */
export interface ModelEvidence {
  readonly nats: Float64Array;
  /** Number of model scores behind each row. */
  readonly scores: Uint32Array;
}

/** What is known apart from the votes themselves. */
export interface Evidence {
  /** P(stalled) in the population at hand, in (0, 1). */
  readonly prevalence: number;
  /** Rows follow `votes.annotatorIds`; see `Skills.alignedTo`. */
  readonly skills: Skills;
  /** Rows follow `votes.stackIds`; see `Calibration.evidence`. */
  readonly model?: ModelEvidence;
  /** How far the terms can be believed together; see `recalibrate`. Without it they are simply added. */
  readonly recalibration?: Recalibration;
}

/** What each source says of each stack before the sources are put together, in nats; rows follow `stackIds`. */
export interface FusionTerms {
  readonly stackIds: readonly string[];
  /** logit(prevalence), the same for every stack. */
  readonly prior: number;
  /** Evidence of the model; 0, with `scores` 0, where it said nothing. */
  readonly model: Float64Array;
  /** Σ of the votes' log-likelihood ratios, as if votes erred independently. */
  readonly votes: Float64Array;
  /** Σ of their squares: from it and `votes` follows how far votes on one stack agree beyond their class. */
  readonly voteSquares: Float64Array;
  /** Votes behind each row. */
  readonly voteCount: Uint32Array;
  /** Model scores behind each row. */
  readonly scores: Uint32Array;
}

/** How far the terms of a posterior can be believed, as gold tells. */
export interface Recalibration {
  /** ρ in [0, 1): n votes on one stack count as n / (1 + (n − 1)ρ) independent ones. */
  readonly voteCorrelation: number;
  /** What one nat of each source is worth, at least 0; 1 is full worth. */
  readonly slopes: { readonly model: number; readonly votes: number };
  /** Variances and covariance of the slopes: what so much gold leaves open. */
  readonly variance: { readonly model: number; readonly votes: number; readonly both: number };
  /** Within-class correlations measured on gold: of two votes on one stack, and of model and votes; absent if unseen. */
  readonly dependence: { readonly votes?: number; readonly modelVotes?: number };
  /** Gold stacks with votes or a score. */
  readonly gold: { readonly stalled: number; readonly flowing: number };
}
