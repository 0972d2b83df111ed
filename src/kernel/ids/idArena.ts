import { sequenceOrder } from './sequenceOrder.js';
import { decodeSlices } from './utf8.js';

/** Distinct ids in UTF-8 byte order; `rank[i]` is the place of the i-th id of the arena. */
export interface SortedIds {
  readonly ids: string[];
  readonly rank: Uint32Array;
}

/** Ids as big-endian words, the last padded with zeros: then numeric order is byte order, and length settles ties. */
const wordsOf = (arena: Uint8Array, ends: Uint32Array) => {
  const n = ends.length;
  const wordStarts = new Uint32Array(n);
  const wordEnds = new Uint32Array(n);
  const lengths = new Uint32Array(n);
  let words = 0;
  for (let i = 0; i < n; i++) {
    lengths[i] = ends[i] - (i === 0 ? 0 : ends[i - 1]);
    wordStarts[i] = words;
    words += (lengths[i] + 3) >>> 2;
    wordEnds[i] = words;
  }
  const data = new Uint32Array(words);
  for (let i = 0, byte = 0; i < n; i++) {
    for (let k = 0; k < lengths[i]; k++, byte++) data[wordStarts[i] + (k >>> 2)] |= arena[byte] << (24 - 8 * (k & 3));
  }
  return { data, starts: wordStarts, ends: wordEnds, tie: lengths };
};

/** Sorts the ids of an arena: id i is `arena[ends[i - 1]] .. arena[ends[i] - 1]`, distinct and UTF-8. */
export const sortedIds = (arena: Uint8Array, ends: Uint32Array): SortedIds => {
  const n = ends.length;
  const order = sequenceOrder(wordsOf(arena, ends));
  const rank = new Uint32Array(n);
  const bytes = new Uint8Array(n === 0 ? 0 : ends[n - 1]);
  const sortedEnds = new Uint32Array(n);
  for (let place = 0, to = 0; place < n; place++) {
    const id = order[place];
    rank[id] = place;
    for (let i = id === 0 ? 0 : ends[id - 1]; i < ends[id]; i++) bytes[to++] = arena[i];
    sortedEnds[place] = to;
  }
  return { ids: decodeSlices(bytes, sortedEnds), rank };
};

/** The bytes of ids, one after another. */
export interface IdArena {
  /** Appends bytes `from` .. `to - 1` as the next id and returns where they start. */
  readonly append: (bytes: Uint8Array, from: number, to: number) => number;
  /** Whether bytes `from` .. `to - 1` are those that begin at `start`. */
  readonly has: (start: number, bytes: Uint8Array, from: number, to: number) => boolean;
  readonly size: () => number;
  /** Id i is `bytes[ends[i - 1]] .. bytes[ends[i] - 1]`. Valid until the next `append`. */
  readonly view: () => { readonly bytes: Uint8Array; readonly ends: Uint32Array };
}

export const idArena = (): IdArena => {
  let arena = new Uint8Array(1 << 13);
  let ends = new Uint32Array(1 << 9);
  let size = 0;
  let used = 0;
  return {
    append: (bytes, from, to) => {
      const start = used;
      if (start + to - from > arena.length) {
        const bigger = new Uint8Array(2 * (start + to - from));
        bigger.set(arena);
        arena = bigger;
      }
      if (size === ends.length) {
        const longer = new Uint32Array(2 * size);
        longer.set(ends);
        ends = longer;
      }
      for (let i = from; i < to; i++) arena[used++] = bytes[i];
      ends[size++] = used;
      return start;
    },
    has: (start, bytes, from, to) => {
      for (let i = from; i < to; i++) if (arena[start + i - from] !== bytes[i]) return false;
      return true;
    },
    size: () => size,
    view: () => ({ bytes: arena, ends: ends.subarray(0, size) }),
  };
};
