import * as E from 'fp-ts/lib/Either.js';
import type { DuplicateVotes } from '../../domain/errors.js';
import type { Label } from '../../domain/label.js';
import { ANONYMOUS, type Duplicates } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import {
  contradictingRepeats,
  countInto,
  dropRepeatedInPlace,
  gatherByAnnotatorInto,
  offsetsOf,
  scatterInto,
  scatterPlacesInto,
  sortGroupsInPlace,
  unpackInto,
} from '../../kernel/ids/csr.js';
import { type Interner, interner, NOT_UTF8 } from '../../kernel/ids/interner.js';
import { sequenceOrder } from '../../kernel/ids/sequenceOrder.js';
import { stableOrder } from '../../kernel/ids/stableOrder.js';

/** Collects votes in any order, as columns. Decoders intern bytes and call `append`; all others call `add`. */
export interface VoteBuilder {
  readonly stacks: Interner;
  readonly annotators: Interner;
  /**
   * Adds `n` votes by the numbers their ids were interned under.
   *
   * @param times - ms since 1970 UTC, finite; absent for votes without a time
   */
  readonly append: (
    stacks: Uint32Array,
    annotators: Uint32Array,
    labels: Uint8Array,
    n: number,
    times?: Float64Array,
  ) => void;
  /** @throws RangeError when an id has a lone surrogate, because it has no UTF-8 */
  readonly add: (stackId: string, annotatorId: string, label: Label, time?: number) => void;
  /** A stack that may have no votes. */
  readonly includeStack: (stackId: string) => void;
  /** Votes so far. */
  readonly votes: () => number;
  /** Empties the builder into a table; call it once. */
  readonly build: (duplicates: Duplicates, order?: VoteOrder) => E.Either<DuplicateVotes, VoteTable>;
  /** What became of the rows, after `build`. */
  readonly counts: () => BuildCounts;
}

/** How many votes did not get into a table, or not where they stood. */
export interface BuildCounts {
  /** Votes of one annotator on one stack beside the one that counts. */
  readonly dropped: number;
  /** Those of them with the other label. */
  readonly contradicting: number;
  /** Votes that are earlier than one above them. */
  readonly earlier: number;
}

/**
 * What tells in which order votes came: their `time`, where each of them has one (the default); the order of `rows`, for a
 * list that grows at its end; `none`, also where there are times.
 */
export type VoteOrder = 'time' | 'rows' | 'none';

interface Chunk {
  readonly stack: Uint32Array;
  readonly packed: Uint32Array;
  /** Made with the first time. */
  time?: Float64Array;
}

/** Rows as they were added: interned stacks, and `annotator * 2 + label`. Chunks, so that growing never copies. */
interface Rows {
  readonly chunks: Chunk[];
  n: number;
  /** How many of them have a time. */
  timed: number;
}

const CHUNK_BITS = 17;
const CHUNK = 1 << CHUNK_BITS;
const EXAMPLES = 5;

const idNumber = (ids: Interner, id: string, what: string): number => {
  const index = ids.internString(id);
  if (index === NOT_UTF8) throw new RangeError(`votes: ${what} id ${JSON.stringify(id)} has a lone surrogate`);
  return index;
};

/** Where the rows of each interned id begin, when groups stand in the order of `rank`. */
const startsOf = (offsets: Uint32Array, rank: Uint32Array): Uint32Array => {
  const starts = new Uint32Array(rank.length);
  for (let i = 0; i < rank.length; i++) starts[i] = offsets[rank[i]];
  return starts;
};

const rowsIn = (rows: Rows, chunk: number): number => Math.min(rows.chunks[chunk].stack.length, rows.n - chunk * CHUNK);

const NO_COLUMN = new Uint32Array(0);

/**
 * The rows in order of arrival, as one chunk where they must move; ties in the order of rows.
 *
 * @returns how many are earlier than one above them
 */
const sortByTime = (rows: Rows): number => {
  const time = new Float64Array(rows.n);
  for (const [c, chunk] of rows.chunks.entries()) {
    if (chunk.time !== undefined) time.set(chunk.time.subarray(0, rowsIn(rows, c)), c * CHUNK);
  }
  const order = stableOrder(time);
  if (order === undefined) return 0;
  const sorted: Chunk = { stack: new Uint32Array(rows.n), packed: new Uint32Array(rows.n) };
  for (let k = 0; k < rows.n; k++) {
    const { stack, packed } = rows.chunks[order[k] >>> CHUNK_BITS];
    const row = order[k] & (CHUNK - 1);
    sorted.stack[k] = stack[row];
    sorted.packed[k] = packed[row];
  }
  rows.chunks.length = 0;
  rows.chunks.push(sorted);
  let earlier = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (const moment of time) {
    if (moment < latest) earlier++;
    else latest = moment;
  }
  return earlier;
};

/**
 * Rows grouped by stack, stacks in canonical order, each stack's rows in the order they have. Empties `rows`.
 *
 * @returns `arrival` empty unless `withArrival`
 */
const groupByStack = (rows: Rows, stackRank: Uint32Array, withArrival: boolean) => {
  const found = new Uint32Array(stackRank.length);
  for (const [c, { stack }] of rows.chunks.entries()) countInto(found, stack, rowsIn(rows, c));
  const counts = new Uint32Array(stackRank.length);
  for (let i = 0; i < found.length; i++) counts[stackRank[i]] = found[i];
  const offsets = offsetsOf(counts);
  const next = startsOf(offsets, stackRank);
  const packed = new Uint32Array(rows.n);
  for (const [c, { stack, packed: values }] of rows.chunks.entries()) {
    scatterInto(packed, next, { keys: stack, values, n: rowsIn(rows, c) });
  }
  const arrival = withArrival ? new Uint32Array(rows.n) : NO_COLUMN;
  if (withArrival) {
    const again = startsOf(offsets, stackRank);
    for (const [c, { stack }] of rows.chunks.entries()) {
      scatterPlacesInto(arrival, again, { keys: stack, first: c * CHUNK, n: rowsIn(rows, c) });
    }
  }
  rows.chunks.length = 0;
  return { packed, offsets, arrival };
};

/** Every annotator's votes as `stack * 2 + label` in stack order; annotators in the order of `rank`. */
const listsByAnnotator = (
  rows: { readonly packed: Uint32Array; readonly offsets: Uint32Array },
  rank: Uint32Array,
  anonymous: number,
) => {
  const n = rows.offsets[rows.offsets.length - 1];
  const found = new Uint32Array(rank.length);
  for (let v = 0; v < n; v++) found[rows.packed[v] >>> 1]++;
  const counts = new Uint32Array(rank.length);
  for (let a = 0; a < rank.length; a++) counts[rank[a]] = found[a];
  const offsets = offsetsOf(counts);
  const next = startsOf(offsets, rank);
  const votes = new Uint32Array(n);
  const repeated = gatherByAnnotatorInto(votes, next, rows, anonymous);
  return { votes, offsets, repeated };
};

type Lists = ReturnType<typeof listsByAnnotator>;

const duplicateVotes = (
  { votes, offsets, repeated }: Lists,
  stackIds: readonly string[],
  annotatorIds: readonly string[],
): DuplicateVotes => {
  const found: { stack: number; annotator: number; votes: number }[] = [];
  for (let a = 0; a < annotatorIds.length; a++) {
    if (annotatorIds[a] === ANONYMOUS) continue;
    for (let v = offsets[a]; v < offsets[a + 1]; ) {
      const stack = votes[v] >>> 1;
      const from = v;
      while (v < offsets[a + 1] && votes[v] >>> 1 === stack) v++;
      const isEarly = found.length < EXAMPLES || stack < found[EXAMPLES - 1].stack;
      if (v - from < 2 || !isEarly) continue;
      found.push({ stack, annotator: a, votes: v - from });
      found.sort((x, y) => x.stack - y.stack || x.annotator - y.annotator);
      found.length = Math.min(found.length, EXAMPLES);
    }
  }
  return {
    _tag: 'DuplicateVotes',
    total: repeated,
    examples: found.map((d) => ({
      stackId: stackIds[d.stack],
      annotatorId: annotatorIds[d.annotator],
      votes: d.votes,
    })),
  };
};

/** Annotators by what they voted; the anonymous one, which the empty id sorts first, goes last. */
const annotatorOrder = ({ votes, offsets }: Lists, hasAnonymous: boolean): Uint32Array => {
  const n = offsets.length - 1;
  const skip = hasAnonymous ? 1 : 0;
  const order = new Uint32Array(n);
  const named = sequenceOrder({
    data: votes,
    starts: offsets.subarray(skip, n),
    ends: offsets.subarray(skip + 1, n + 1),
  });
  for (let k = 0; k < named.length; k++) order[k] = named[k] + skip;
  return order;
};

const build = (
  rows: Rows,
  { stacks, annotators }: Readonly<Record<'stacks' | 'annotators', Interner>>,
  duplicates: Duplicates,
  order: VoteOrder,
): E.Either<DuplicateVotes, { readonly table: VoteTable; readonly counts: BuildCounts }> => {
  const stackIds = stacks.sorted();
  const byName = annotators.sorted();
  const nAnnotators = byName.ids.length;
  const hasAnonymous = byName.ids[0] === ANONYMOUS;
  const anonymous = hasAnonymous ? byName.rank.indexOf(0) : -1;

  const byTime = order === 'time' && rows.n > 0 && rows.timed === rows.n;
  const earlier = byTime ? sortByTime(rows) : 0;
  let repeats = { dropped: 0, contradicting: 0 };
  let byStack = groupByStack(rows, stackIds.rank, byTime || order === 'rows');
  let lists = listsByAnnotator(byStack, byName.rank, anonymous);
  if (lists.repeated > 0) {
    if (duplicates === 'reject') return E.left(duplicateVotes(lists, stackIds.ids, byName.ids));
    if (duplicates === 'all') {
      sortGroupsInPlace(lists.votes, lists.offsets);
    } else {
      const { packed, offsets, arrival } = byStack;
      const how = { nAnnotators, anonymous, keep: duplicates, companion: arrival };
      repeats = { dropped: lists.repeated, contradicting: contradictingRepeats(packed, offsets, how) };
      const newOffsets = dropRepeatedInPlace(packed, offsets, how);
      const n = newOffsets[newOffsets.length - 1];
      byStack = { packed: packed.slice(0, n), offsets: newOffsets, arrival: arrival.slice(0, n) };
      lists = listsByAnnotator(byStack, byName.rank, anonymous);
    }
  }

  const canonicalOrder = annotatorOrder(lists, hasAnonymous);
  const canonical = new Uint32Array(nAnnotators);
  for (let k = 0; k < nAnnotators; k++) canonical[canonicalOrder[k]] = k;
  const rank = byName.rank.map((place) => canonical[place]);
  const { packed, offsets, arrival } = byStack;
  const label = new Uint8Array(packed.length);
  unpackInto(label, packed, { offsets, rank, companion: arrival });
  const table: VoteTable = {
    stackIds: stackIds.ids,
    annotatorIds: Array.from(canonicalOrder, (place) => byName.ids[place]),
    offsets,
    annotatorOf: packed,
    label,
  };
  return E.right({
    table: byTime || order === 'rows' ? { ...table, arrival } : table,
    counts: { ...repeats, earlier },
  });
};

/**
 * An empty builder, for votes that come one at a time or in blocks of a file.
 *
 * @returns a builder; `build` gives the very table that `Votes.from` gives for the same votes
 * @example
 * const votes = Votes.voteBuilder();
 * votes.add('s1', 'ann', 1);
 * votes.includeStack('s2');
 * Errors.getOrThrow(votes.build('first')).offsets // => Uint32Array [0, 1, 1]
 */
export const voteBuilder = (): VoteBuilder => {
  const stacks = interner();
  const annotators = interner();
  const rows: Rows = { chunks: [], n: 0, timed: 0 };
  let stackColumn = new Uint32Array(0);
  let packedColumn = new Uint32Array(0);
  let free = 0;
  let built: BuildCounts = { dropped: 0, contradicting: 0, earlier: 0 };

  const append: VoteBuilder['append'] = (stack, annotator, label, n, times) => {
    for (let done = 0; done < n; ) {
      if (free === 0) {
        stackColumn = new Uint32Array(CHUNK);
        packedColumn = new Uint32Array(CHUNK);
        rows.chunks.push({ stack: stackColumn, packed: packedColumn });
        free = CHUNK;
      }
      const at = CHUNK - free - done;
      const until = Math.min(n, done + free);
      if (times !== undefined) {
        const chunk = rows.chunks[rows.chunks.length - 1];
        chunk.time ??= new Float64Array(CHUNK);
        chunk.time.set(times.subarray(done, until), at + done);
      }
      free -= until - done;
      for (; done < until; done++) {
        stackColumn[at + done] = stack[done];
        packedColumn[at + done] = 2 * annotator[done] + label[done];
      }
    }
    rows.n += n;
    if (times !== undefined) rows.timed += n;
  };

  const stackOfOne = new Uint32Array(1);
  const annotatorOfOne = new Uint32Array(1);
  const labelOfOne = new Uint8Array(1);
  const timeOfOne = new Float64Array(1);

  return {
    stacks,
    annotators,
    append,
    add: (stackId, annotatorId, label, time) => {
      stackOfOne[0] = idNumber(stacks, stackId, 'stack');
      annotatorOfOne[0] = idNumber(annotators, annotatorId, 'annotator');
      labelOfOne[0] = label;
      timeOfOne[0] = time ?? 0;
      append(stackOfOne, annotatorOfOne, labelOfOne, 1, time === undefined ? undefined : timeOfOne);
    },
    includeStack: (stackId) => {
      idNumber(stacks, stackId, 'stack');
    },
    votes: () => rows.n,
    build: (duplicates, order = 'time') => {
      const done = build(rows, { stacks, annotators }, duplicates, order);
      if (E.isLeft(done)) return done;
      built = done.right.counts;
      return E.right(done.right.table);
    },
    counts: () => built,
  };
};
