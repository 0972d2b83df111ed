/** Annotators as readers of the look; row a describes annotator a. */
export interface AnnotatorTraits {
  /** α, discrimination. */
  readonly alpha: Float64Array;
  /** β, reluctance to say stalled. */
  readonly beta: Float64Array;
  /** Posterior variances of α and β, and their covariance. */
  readonly varAlpha: Float64Array;
  readonly varBeta: Float64Array;
  readonly covariance: Float64Array;
}
