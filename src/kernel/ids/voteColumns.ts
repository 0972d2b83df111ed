/** Where each id stands in a column of distinct ids. */
export const rowOfId = (ids: readonly string[]): ReadonlyMap<string, number> => {
  const rows = new Map<string, number>();
  for (let row = 0; row < ids.length; row++) rows.set(ids[row], row);
  return rows;
};
/**
 * What kernels read of a vote table: the votes of stack s are rows `offsets[s]` .. `offsets[s + 1] - 1`, in canonical
 * order.
 */
export interface VoteColumns {
  readonly offsets: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
}

/** Votes behind each stack. */
export const votesPerStack = (offsets: Uint32Array): Uint32Array => {
  const votes = new Uint32Array(offsets.length - 1);
  for (let s = 0; s < votes.length; s++) votes[s] = offsets[s + 1] - offsets[s];
  return votes;
};

/** Votes by each annotator. */
export const votesPerAnnotator = (annotatorOf: Uint32Array, nAnnotators: number): Uint32Array => {
  const votes = new Uint32Array(nAnnotators);
  for (let v = 0; v < annotatorOf.length; v++) votes[annotatorOf[v]]++;
  return votes;
};
