import { type FieldOfRecords, idKeysInto, isLong, mix } from './idKeys.js';
import { sequenceOrder } from './sequenceOrder.js';
import { decodeSlices, isUtf8, isWellFormed } from './utf8.js';

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
  /** Appends bytes `from` .. `to - 1` as the next id and answers where they start. */
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

/** What interning answers for bytes that are not UTF-8: two different broken ids must not become one. */
export const NOT_UTF8 = 0xffff_ffff;

/** Numbers ids 0, 1, 2, … in the order in which they first appear. */
export interface Interner {
  readonly size: () => number;
  /** The number of bytes `from` .. `to - 1`. */
  readonly intern: (bytes: Uint8Array, from: number, to: number) => number;
  /** A lone surrogate has no UTF-8. */
  readonly internString: (text: string) => number;
  /** The number of one field of every record; much faster than one call for each. */
  readonly internInto: (out: Uint32Array, field: FieldOfRecords) => void;
  readonly sorted: () => SortedIds;
}

// A slot is four words: the key, then number + 1; 0 is free. A short id is compared within the slot, so that a look-up costs
// one cache miss. The middle word of a long id's key says where its bytes start, plus one, so that it never looks like a key.
const SLOT = 4;
const BATCH = 1024;

export const interner = (): Interner => {
  const arena = idArena();
  let table = new Int32Array(SLOT * 1024);
  let mask = 1023;

  const keys = new Int32Array(3 * BATCH);
  const hashes = new Int32Array(BATCH);
  // Keeps the compiler from dropping the loads of `prefetch`.
  const touch = new Int32Array(1);

  const grow = (): void => {
    const old = table;
    mask = 2 * mask + 1;
    table = new Int32Array(SLOT * (mask + 1));
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from + 3] === 0) continue;
      const hash = isLong(old[from + 2]) ? old[from] : mix(old[from], old[from + 1], old[from + 2]);
      let at = SLOT * (hash & mask);
      while (table[at + 3] !== 0) at = (at + SLOT) & (SLOT * mask);
      for (let k = 0; k < SLOT; k++) table[at + k] = old[from + k];
    }
  };

  /** Loads the slots of a batch in a loop so short that the processor overlaps their cache misses. */
  const prefetch = (count: number): void => {
    const slots = table;
    const m = mask;
    let touched = 0;
    for (let r = 0; r < count; r++) touched |= slots[SLOT * (hashes[r] & m)];
    touch[0] = touched;
  };

  const insert = (at: number, r: number, bytes: Uint8Array, from: number, to: number): number => {
    const a = keys[3 * r];
    const b = keys[3 * r + 1];
    const c = keys[3 * r + 2];
    const isAscii = !isLong(c) && ((a | b | c) & 0x8080_8080) === 0;
    if (!isAscii && !isUtf8(bytes, from, to)) return NOT_UTF8;
    const number = arena.size();
    const start = arena.append(bytes, from, to);
    table[at] = a;
    table[at + 1] = isLong(c) ? start + 1 : b;
    table[at + 2] = c;
    table[at + 3] = number + 1;
    if (2 * number > mask) grow();
    return number;
  };

  /** Looks up record r of the batch whose keys are prepared, or inserts it. */
  const lookUp = (r: number, bytes: Uint8Array, from: number, to: number): number => {
    const a = keys[3 * r];
    const b = keys[3 * r + 1];
    const c = keys[3 * r + 2];
    for (let at = SLOT * (hashes[r] & mask); ; at = (at + SLOT) & (SLOT * mask)) {
      if (table[at + 3] === 0) return insert(at, r, bytes, from, to);
      if (table[at] !== a || table[at + 2] !== c) continue;
      if (isLong(c) ? arena.has((table[at + 1] >>> 0) - 1, bytes, from, to) : table[at + 1] === b)
        return table[at + 3] - 1;
    }
  };

  const internInto: Interner['internInto'] = (out, { bytes, bounds, first, stride, count }) => {
    for (let done = 0; done < count; done += BATCH) {
      const n = Math.min(BATCH, count - done);
      const base = first + done * stride;
      idKeysInto(keys, hashes, { bytes, bounds, first: base, stride, count: n });
      prefetch(n);
      let slots = table;
      let m = mask;
      for (let r = 0; r < n; r++) {
        const at = SLOT * (hashes[r] & m);
        // Three of four look-ups end here; whatever does not, ends in `lookUp`.
        if (slots[at] === keys[3 * r] && slots[at + 1] === keys[3 * r + 1] && slots[at + 2] === keys[3 * r + 2]) {
          const number = slots[at + 3];
          if (number !== 0) {
            out[done + r] = number - 1;
            continue;
          }
        }
        const b = base + r * stride;
        out[done + r] = lookUp(r, bytes, bounds[b], bounds[b + 1] - 1);
        slots = table;
        m = mask;
      }
    }
  };

  const one = new Uint32Array(1);
  const bounds = new Int32Array(2);
  const intern: Interner['intern'] = (bytes, from, to) => {
    bounds[0] = from;
    bounds[1] = to + 1;
    internInto(one, { bytes, bounds, first: 0, stride: 2, count: 1 });
    return one[0];
  };

  const encoder = new TextEncoder();
  let scratch = new Uint8Array(256);
  const internString: Interner['internString'] = (text) => {
    if (3 * text.length > scratch.length) scratch = new Uint8Array(6 * text.length);
    let length = 0;
    for (; length < text.length && text.charCodeAt(length) < 0x80; length++) scratch[length] = text.charCodeAt(length);
    if (length < text.length) {
      if (!isWellFormed(text)) return NOT_UTF8;
      length = encoder.encodeInto(text, scratch).written;
    }
    return intern(scratch, 0, length);
  };

  const sorted = (): SortedIds => {
    const { bytes, ends } = arena.view();
    return sortedIds(bytes, ends);
  };
  return { size: arena.size, intern, internString, internInto, sorted };
};
