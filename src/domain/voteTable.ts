/** Votes grouped by stack (compressed sparse rows). The votes of stack s are rows `offsets[s]` .. `offsets[s + 1] - 1`. */
export interface VoteTable {
  /** Distinct, in UTF-8 byte order. A stack may have no votes at all, which is not the same as flowing votes. */
  readonly stackIds: readonly string[];
  /** Distinct, ordered by what they voted and not by name, so that renaming annotators changes no bit of any result. */
  readonly annotatorIds: readonly string[];
  /** `stackIds.length + 1` row offsets. */
  readonly offsets: Uint32Array;
  /** Row v was cast by `annotatorIds[annotatorOf[v]]`; ascending within a stack. */
  readonly annotatorOf: Uint32Array;
  /** Label of row v: 1 stalled, 0 flowing. */
  readonly label: Uint8Array;
  /** Row v came as the `arrival[v]`-th of all votes. Distinct; gaps where repeats were dropped. Absent where nobody knows. */
  readonly arrival?: Uint32Array;
}
/** No stacks and no votes: where models decide alone, `including` their stacks. */
export const EMPTY: VoteTable = {
  stackIds: [],
  annotatorIds: [],
  offsets: new Uint32Array(1),
  annotatorOf: new Uint32Array(0),
  label: new Uint8Array(0),
};
