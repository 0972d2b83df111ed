import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';

/** Votes as columns in order of arrival. */
export interface ArrivingVotes {
  readonly stackIds: readonly string[];
  readonly annotatorIds: readonly string[];
  /** Row v is about `stackIds[stackOf[v]]`. */
  readonly stackOf: Uint32Array;
  /** Row v was cast by `annotatorIds[annotatorOf[v]]`. */
  readonly annotatorOf: Uint32Array;
}

/**
 * When each vote of a table arrived: its place among the rows it came from. A table itself does not keep it.
 *
 * Of several votes of one annotator on one stack the place of the first counts.
 *
 * @param arriving - the votes of the table, and possibly others
 * @returns aligned with the rows of the table
 * @throws RangeError when a vote of the table did not arrive
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }, { stackId: 's2', annotatorId: 'ann', label: 0 }]));
 * const arriving = { stackIds: ['s2', 's1'], annotatorIds: ['ann'], stackOf: Uint32Array.of(0, 1), annotatorOf: Uint32Array.of(0, 0) };
 * Votes.arrivalOf(arriving)(votes) // => Float64Array [1, 0]
 */
export const arrivalOf =
  (arriving: ArrivingVotes) =>
  (votes: VoteTable): Float64Array => {
    const { offsets, annotatorOf } = votes;
    const stacks = rowOfId(votes.stackIds);
    const annotators = rowOfId(votes.annotatorIds);
    const stackHere = arriving.stackIds.map((id) => stacks.get(id) ?? -1);
    const annotatorHere = arriving.annotatorIds.map((id) => annotators.get(id) ?? -1);
    const arrival = new Float64Array(annotatorOf.length).fill(-1);
    for (let row = 0; row < arriving.stackOf.length; row++) {
      const s = stackHere[arriving.stackOf[row]];
      const a = annotatorHere[arriving.annotatorOf[row]];
      if (s < 0 || a < 0) continue;
      // Votes of one stack stand in annotator order, and are few.
      for (let v = offsets[s]; v < offsets[s + 1]; v++) {
        if (annotatorOf[v] === a && arrival[v] < 0) {
          arrival[v] = row;
          break;
        }
      }
    }
    const lost = arrival.indexOf(-1);
    if (lost >= 0) throw new RangeError(`arrival: vote ${lost} of the table is not among those that arrived`);
    return arrival;
  };
