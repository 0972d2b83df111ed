/**
 * One model's raw outputs, a column pair in row order of `stackIds`.
 *
 * A stack the model abstained on, or could not read, is absent: missing is never 0.
 */
export interface Scores {
  /** Distinct stack ids. */
  readonly stackIds: readonly string[];
  /** Finite numbers, most often probabilities in [0, 1]; row i belongs to `stackIds[i]`. */
  readonly score: Float64Array;
}
