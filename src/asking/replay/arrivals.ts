import { present } from '../../domain/present.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { hashOfPair, hashText } from '../../kernel/ids/hash.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';

/**
 * The votes of each stack in a random order, for a replay.
 *
 * A table need not know when its votes arrived, and its own order depends on the labels. Here the place of a vote is a
 * seeded hash of stack, annotator and repetition, so labels play no part.
 *
 * @returns the same stacks and annotators; the order of input rows never matters
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob'].map((annotatorId) => ({ stackId: 's1', annotatorId, label: 1 }))));
 * Replay.inRandomOrder(7)(votes).offsets // => Uint32Array [0, 2]
 */
export const inRandomOrder =
  (seed: number) =>
  (votes: VoteTable): Arrivals => {
    const { stackIds, annotatorIds, offsets, annotatorOf } = votes;
    // Each id is hashed once; the two are then mixed as integers, because a text for each of millions of votes takes long.
    const annotators = Float64Array.from(annotatorIds, (id) => hashText(id, seed));
    const place = new Float64Array(annotatorOf.length);
    for (let s = 0; s < stackIds.length; s++) {
      const [from, to] = [offsets[s], offsets[s + 1]];
      if (to - from < 2) continue;
      const stack = hashText(stackIds[s], seed);
      let again = 0;
      for (let v = from; v < to; v++) {
        again = v > from && annotatorOf[v - 1] === annotatorOf[v] ? again + 1 : 0;
        place[v] = hashOfPair(stack, annotators[annotatorOf[v]], again);
      }
    }
    return rowsPicked(votes, { stackIds, offsets, rows: rowsBy(place, offsets) });
  };

/** Above this many votes of one stack the native sort wins over insertion. */
const SHORT = 32;

/** The rows of each stack, the one with the smallest key first; equal keys in the order of rows. */
const rowsBy = (key: ArrayLike<number>, offsets: Uint32Array): Uint32Array => {
  const rows = new Uint32Array(key.length);
  for (let v = 0; v < rows.length; v++) rows[v] = v;
  for (let s = 0; s + 1 < offsets.length; s++) {
    const [from, to] = [offsets[s], offsets[s + 1]];
    if (to - from > SHORT) {
      rows.subarray(from, to).sort((a, b) => key[a] - key[b] || a - b);
      continue;
    }
    for (let v = from + 1; v < to; v++) {
      let at = v;
      for (; at > from && key[rows[at - 1]] > key[v]; at--) rows[at] = rows[at - 1];
      rows[at] = v;
    }
  }
  return rows;
};

/**
 * The votes of each stack in the order in which they came, where the table knows it; else in a random order.
 *
 * @param seed - of `inRandomOrder`
 * @returns the same stacks and annotators
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([
 *   { stackId: 's1', annotatorId: 'ann', label: 1, time: Date.UTC(2026, 0, 6) },
 *   { stackId: 's1', annotatorId: 'bob', label: 0, time: Date.UTC(2026, 0, 5) },
 * ]));
 * Replay.inArrivalOrder(7)(votes).label // => Uint8Array [0, 1]
 */
export const inArrivalOrder =
  (seed: number) =>
  (votes: VoteTable): Arrivals => {
    const { stackIds, offsets, arrival } = votes;
    if (arrival === undefined) return inRandomOrder(seed)(votes);
    return rowsPicked(votes, { stackIds, offsets, rows: rowsBy(arrival, offsets) });
  };

/** Votes with these rows, in this order. */
const rowsPicked = (
  { annotatorIds, annotatorOf, label, arrival }: VoteTable,
  { stackIds, offsets, rows }: Pick<VoteTable, 'stackIds' | 'offsets'> & { readonly rows: Uint32Array },
): Arrivals => {
  const n = rows.length;
  const picked = {
    annotatorOf: new Uint32Array(n),
    label: new Uint8Array(n),
    arrival: arrival === undefined ? undefined : new Uint32Array(n),
  };
  for (let i = 0; i < n; i++) {
    const v = rows[i];
    picked.annotatorOf[i] = annotatorOf[v];
    picked.label[i] = label[v];
    if (picked.arrival !== undefined && arrival !== undefined) picked.arrival[i] = arrival[v];
  }
  return present({ stackIds, annotatorIds, offsets, ...picked, order: 'arrival' });
};

/** Votes by stack like a `VoteTable`, but the rows of a stack are in the order of arrival. */
export interface Arrivals extends VoteTable {
  readonly order: 'arrival';
}

/** Votes as columns in order of arrival; `Simulate.dataset` gives such. */
export interface VoteStream {
  readonly stackIds: readonly string[];
  readonly annotatorIds: readonly string[];
  readonly stackOf: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
}

/**
 * Groups a stream of votes by stack and keeps their order within each.
 *
 * @param stream - columns in order of arrival; `stackIds` distinct, and not all need have votes
 * @returns rows of stack s are `offsets[s]` .. `offsets[s + 1] - 1`, the first vote first
 * @throws RangeError when a vote is on no stack of the list
 * @example
 * const stream = { stackIds: ['s1', 's2'], annotatorIds: ['ann', 'bob'], stackOf: Uint32Array.of(1, 0, 1), annotatorOf: Uint32Array.of(1, 0, 0), label: Uint8Array.of(1, 0, 0) };
 * const { offsets, label } = Replay.arrivals(stream);
 * [...offsets, ...label] // => [0, 1, 3, 0, 1, 0]
 */
export const arrivals = ({ stackIds, annotatorIds, stackOf, annotatorOf, label }: VoteStream): Arrivals => {
  const n = stackIds.length;
  const offsets = new Uint32Array(n + 1);
  for (let v = 0; v < stackOf.length; v++) {
    if (stackOf[v] >= n) throw RangeError(`stackOf: expected rows below ${n}, got ${stackOf[v]}`);
    offsets[stackOf[v] + 1]++;
  }
  for (let s = 0; s < n; s++) offsets[s + 1] += offsets[s];
  const next = offsets.slice();
  const byStack = {
    annotatorOf: new Uint32Array(stackOf.length),
    label: new Uint8Array(stackOf.length),
    arrival: new Uint32Array(stackOf.length),
  };
  for (let v = 0; v < stackOf.length; v++) {
    const at = next[stackOf[v]]++;
    byStack.annotatorOf[at] = annotatorOf[v];
    byStack.label[at] = label[v];
    byStack.arrival[at] = v;
  }
  return { stackIds, annotatorIds, offsets, ...byStack, order: 'arrival' };
};

/**
 * The stacks named, in that order, with their votes.
 *
 * @throws RangeError when a stack is not there
 * @example
 * const stream = { stackIds: ['s1', 's2'], annotatorIds: ['ann'], stackOf: Uint32Array.of(1, 0), annotatorOf: Uint32Array.of(0, 0), label: Uint8Array.of(1, 0) };
 * [...Replay.pick(['s2'])(Replay.arrivals(stream)).label] // => [1]
 */
export const pick =
  (stackIds: readonly string[]) =>
  (votes: Arrivals): Arrivals => {
    const place = rowOfId(votes.stackIds);
    const rows = Uint32Array.from(stackIds, (id) => {
      const s = place.get(id);
      if (s === undefined) throw RangeError(`stackIds: ${JSON.stringify(id)} is not among the arrivals`);
      return s;
    });
    const offsets = new Uint32Array(rows.length + 1);
    for (let i = 0; i < rows.length; i++)
      offsets[i + 1] = offsets[i] + votes.offsets[rows[i] + 1] - votes.offsets[rows[i]];
    const picked = new Uint32Array(offsets[rows.length]);
    for (let i = 0; i < rows.length; i++) {
      const before = votes.offsets[rows[i]];
      for (let at = offsets[i]; at < offsets[i + 1]; at++) picked[at] = before + at - offsets[i];
    }
    return rowsPicked(votes, { stackIds, offsets, rows: picked });
  };
