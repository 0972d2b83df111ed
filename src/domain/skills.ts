/** Rates of an annotator nobody has measured. */
export interface Newcomer {
  /** In (0, 1). */
  readonly sensitivity: number;
  /** In (0, 1). */
  readonly specificity: number;
}
/** Per-annotator skill; row a describes `annotatorIds[a]`. */
export interface Skills {
  readonly annotatorIds: readonly string[];
  /** P(vote stalled | stack stalled). In (0, 1), unless smoothing was switched off. */
  readonly sensitivity: Float64Array;
  /** P(vote flowing | stack flowing). In (0, 1), unless smoothing was switched off. */
  readonly specificity: Float64Array;
  /** Votes the estimate rests on: gold votes for `fromGold`, all votes for `dawidSkene`. */
  readonly support: Uint32Array;
  /** The crowd's pooled rates, for annotators seen for the first time. */
  readonly newcomer: Newcomer;
}
/** Skills with what they rest on, so that they have intervals and can be had without one stack's own votes. */
export interface MeasuredSkills extends Skills {
  /**
   * Votes behind each rate, per class: own votes (expected ones where truth is not known) and those of the prior.
   * The rate's posterior is Beta(rate · weight, (1 − rate) · weight).
   */
  readonly weight: { readonly stalled: Float64Array; readonly flowing: Float64Array };
}
