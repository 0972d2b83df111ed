/** What the model says of each stack of a vote table, in nats; 0 and `scores` 0 where it said nothing. */
export interface ModelEvidence {
  readonly nats: Float64Array;
  /** Number of model scores behind each row. */
  readonly scores: Uint32Array;
}
