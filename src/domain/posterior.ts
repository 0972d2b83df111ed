/** P(stalled | everything seen) of each stack, as log-odds; rows follow `stackIds`. */
export interface Posterior {
  readonly stackIds: readonly string[];
  /** Natural-log odds of stalled; 0 is a tie. */
  readonly logOdds: Float64Array;
  /** Votes behind each row. */
  readonly votes: Uint32Array;
  /** Model scores behind each row. With no votes and no scores a row is only the prior: nothing was seen. */
  readonly scores: Uint32Array;
}
