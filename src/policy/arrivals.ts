import { hashText } from '../kernel/hash.js';
import type { Arrivals } from '../replay/arrivals.js';
import type { VoteTable } from '../votes.js';

/**
 * The votes of each stack in a random order, for a replay: as if annotators had come by in that order.
 *
 * A table has forgotten when its votes came, and its own order depends on what they say. Here each vote has a place by the
 * seeded hash of stack, annotator and how often that annotator stands there, in which no label plays a part.
 *
 * @returns the same stacks and annotators; the order of input rows still never matters
 */
export const inRandomOrder =
  (seed: number) =>
  (votes: VoteTable): Arrivals => {
    const { stackIds, annotatorIds, offsets } = votes;
    const annotatorOf = new Uint32Array(votes.annotatorOf.length);
    const label = new Uint8Array(votes.label.length);
    for (let s = 0; s < stackIds.length; s++) {
      const [from, to] = [offsets[s], offsets[s + 1]];
      let again = 0;
      const placed = Array.from({ length: to - from }, (_, i) => {
        const a = votes.annotatorOf[from + i];
        again = i > 0 && votes.annotatorOf[from + i - 1] === a ? again + 1 : 0;
        return { row: from + i, place: hashText(`${stackIds[s]}\n${annotatorIds[a]}\n${again}`, seed) };
      });
      placed.sort((a, b) => a.place - b.place || a.row - b.row);
      placed.forEach(({ row }, i) => {
        annotatorOf[from + i] = votes.annotatorOf[row];
        label[from + i] = votes.label[row];
      });
    }
    return { stackIds, annotatorIds, offsets, annotatorOf, label, order: 'arrival' };
  };

/** Votes in the order of the table, where only their sum counts: the last entry of a trajectory. */
export const inTableOrder = (votes: VoteTable): Arrivals => ({ ...votes, order: 'arrival' });
