import * as E from 'fp-ts/lib/Either.js';
import type { DuplicateVotes } from '../../domain/errors.js';
import type { Label } from '../../domain/label.js';
import { ANONYMOUS, type Duplicates } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import {
  countInto,
  dropRepeatedInPlace,
  gatherByAnnotatorInto,
  offsetsOf,
  scatterInto,
  sortGroupsInPlace,
  unpackInto,
} from '../../kernel/ids/csr.js';
import { type Interner, interner, NOT_UTF8 } from '../../kernel/ids/interner.js';
import { sequenceOrder } from '../../kernel/ids/sequenceOrder.js';

/** Collects votes in any order, as columns. Decoders intern bytes and call `append`; all others call `add`. */
export interface VoteBuilder {
  readonly stacks: Interner;
  readonly annotators: Interner;
  /** Adds `n` votes by the numbers their ids were interned under. */
  readonly append: (stacks: Uint32Array, annotators: Uint32Array, labels: Uint8Array, n: number) => void;
  /** @throws RangeError when an id has a lone surrogate, because it has no UTF-8 */
  readonly add: (stackId: string, annotatorId: string, label: Label) => void;
  /** A stack that may have no votes. */
  readonly includeStack: (stackId: string) => void;
  /** Empties the builder into a table; call it once. */
  readonly build: (duplicates: Duplicates) => E.Either<DuplicateVotes, VoteTable>;
}

/** Rows in arrival order: interned stacks, and `annotator * 2 + label`. Chunks, so that growing never copies. */
interface Rows {
  readonly chunks: { readonly stack: Uint32Array; readonly packed: Uint32Array }[];
  n: number;
}

const CHUNK = 1 << 17;
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

/** Rows grouped by stack, stacks in canonical order, each stack's rows in arrival order. Empties `rows`. */
const groupByStack = (rows: Rows, stackRank: Uint32Array) => {
  const rowsIn = (chunk: number): number => Math.min(CHUNK, rows.n - chunk * CHUNK);
  const found = new Uint32Array(stackRank.length);
  for (const [c, { stack }] of rows.chunks.entries()) countInto(found, stack, rowsIn(c));
  const counts = new Uint32Array(stackRank.length);
  for (let i = 0; i < found.length; i++) counts[stackRank[i]] = found[i];
  const offsets = offsetsOf(counts);
  const next = startsOf(offsets, stackRank);
  const packed = new Uint32Array(rows.n);
  for (const [c, { stack, packed: values }] of rows.chunks.entries()) {
    scatterInto(packed, next, { keys: stack, values, n: rowsIn(c) });
  }
  rows.chunks.length = 0;
  return { packed, offsets };
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
  stacks: Interner,
  annotators: Interner,
  duplicates: Duplicates,
): E.Either<DuplicateVotes, VoteTable> => {
  const stackIds = stacks.sorted();
  const byName = annotators.sorted();
  const nAnnotators = byName.ids.length;
  const hasAnonymous = byName.ids[0] === ANONYMOUS;
  const anonymous = hasAnonymous ? byName.rank.indexOf(0) : -1;

  let byStack = groupByStack(rows, stackIds.rank);
  let lists = listsByAnnotator(byStack, byName.rank, anonymous);
  if (lists.repeated > 0) {
    if (duplicates === 'reject') return E.left(duplicateVotes(lists, stackIds.ids, byName.ids));
    if (duplicates === 'all') {
      sortGroupsInPlace(lists.votes, lists.offsets);
    } else {
      const { packed, offsets } = byStack;
      const newOffsets = dropRepeatedInPlace(packed, offsets, { nAnnotators, anonymous, keep: duplicates });
      byStack = { packed: packed.slice(0, newOffsets[newOffsets.length - 1]), offsets: newOffsets };
      lists = listsByAnnotator(byStack, byName.rank, anonymous);
    }
  }

  const order = annotatorOrder(lists, hasAnonymous);
  const canonical = new Uint32Array(nAnnotators);
  for (let k = 0; k < nAnnotators; k++) canonical[order[k]] = k;
  const rank = byName.rank.map((place) => canonical[place]);
  const { packed, offsets } = byStack;
  const label = new Uint8Array(packed.length);
  unpackInto(label, packed, offsets, rank);
  return E.right({
    stackIds: stackIds.ids,
    annotatorIds: Array.from(order, (place) => byName.ids[place]),
    offsets,
    annotatorOf: packed,
    label,
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
  const rows: Rows = { chunks: [], n: 0 };
  let stackColumn = new Uint32Array(0);
  let packedColumn = new Uint32Array(0);
  let free = 0;

  const append: VoteBuilder['append'] = (stack, annotator, label, n) => {
    for (let done = 0; done < n; ) {
      if (free === 0) {
        stackColumn = new Uint32Array(CHUNK);
        packedColumn = new Uint32Array(CHUNK);
        rows.chunks.push({ stack: stackColumn, packed: packedColumn });
        free = CHUNK;
      }
      const at = CHUNK - free - done;
      const until = Math.min(n, done + free);
      free -= until - done;
      for (; done < until; done++) {
        stackColumn[at + done] = stack[done];
        packedColumn[at + done] = 2 * annotator[done] + label[done];
      }
    }
    rows.n += n;
  };

  const stackOfOne = new Uint32Array(1);
  const annotatorOfOne = new Uint32Array(1);
  const labelOfOne = new Uint8Array(1);

  return {
    stacks,
    annotators,
    append,
    add: (stackId, annotatorId, label) => {
      stackOfOne[0] = idNumber(stacks, stackId, 'stack');
      annotatorOfOne[0] = idNumber(annotators, annotatorId, 'annotator');
      labelOfOne[0] = label;
      append(stackOfOne, annotatorOfOne, labelOfOne, 1);
    },
    includeStack: (stackId) => {
      idNumber(stacks, stackId, 'stack');
    },
    build: (duplicates) => build(rows, stacks, annotators, duplicates),
  };
};
