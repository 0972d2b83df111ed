import type { Skills } from './skills.js';

/** Evidence of the model for each stack of a vote table, in nats; 0, with `scores` 0, where it has no score. */
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
  /** Weights of the terms; see `recalibrate`. Without it they are simply added. */
  readonly recalibration?: Recalibration;
}

/** The evidence of each source for each stack, before the sources are added, in nats; rows follow `stackIds`. */
export interface FusionTerms {
  readonly stackIds: readonly string[];
  /** logit(prevalence), the same for every stack. */
  readonly prior: number;
  /** Evidence of the model; 0, with `scores` 0, where it has no score. */
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

/** Weights for the terms of a posterior, fitted on gold. */
export interface Recalibration {
  /** ρ in [0, 1): n votes on one stack count as n / (1 + (n − 1)ρ) independent ones. */
  readonly voteCorrelation: number;
  /** Weight of one nat of each source, at least 0; with 1 it counts in full. */
  readonly slopes: { readonly model: number; readonly votes: number };
  /** Variances and covariance of the slopes: their uncertainty with this amount of gold. */
  readonly variance: { readonly model: number; readonly votes: number; readonly both: number };
  /** Within-class correlations measured on gold: of two votes on one stack, and of model and votes; absent if unseen. */
  readonly dependence: { readonly votes?: number; readonly modelVotes?: number };
  /** Gold stacks with votes or a score. */
  readonly gold: { readonly stalled: number; readonly flowing: number };
}
