/** What the laboratory wants of the automatic decisions, with the confidence it wants it at. */
export interface Targets {
  /** Wanted P(not retired as flowing | stalled), in (0, 1). */
  readonly sensitivity: number;
  /** Wanted P(not retired as stalled | flowing), in (0, 1). */
  readonly specificity: number;
  /** Probability, over the draw of gold, that both hold, in (0, 1). */
  readonly confidence: number;
}

/** The published requirement of Stall Catchers: .99 / .95, in 95 of 100 calibrations. */
export const DEFAULT_TARGETS: Targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
