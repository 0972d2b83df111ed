/** Ids as small integers: an open-addressing table over a byte arena. No string is made before `sorted()`. */
import { type SortedIds, sortedIds } from './sortedIds.js';
import { isUtf8, isWellFormed } from './utf8.js';

/** What `intern` answers for bytes that are not UTF-8: two different broken ids must not become one. */
export const NOT_UTF8 = 0xffff_ffff;

/** Numbers ids 0, 1, 2, … in the order they first appear. */
export interface Interner {
  readonly size: () => number;
  readonly intern: (bytes: Uint8Array, from: number, to: number) => number;
  /** Well-formed text only; a lone surrogate gives `NOT_UTF8`. */
  readonly internString: (text: string) => number;
  /**
   * Interns one field of `count` records: row r is `bytes[bounds[r * stride]] .. bytes[bounds[r * stride + 1] - 2]`, because
   * a separator of one byte lies between two bounds.
   */
  readonly internInto: (
    out: Uint32Array,
    bytes: Uint8Array,
    bounds: Int32Array,
    field: { readonly first: number; readonly stride: number; readonly count: number },
  ) => void;
  readonly sorted: () => SortedIds;
}

// A slot is four words: three of key, then (index + 1) * 16 + tag; 0 is free. An id of up to 12 bytes is its own key and its
// length the tag, so that a look-up costs one cache miss. A longer id has the key (hash, start, length) and the tag 15.
const SLOT = 4;
const INLINE = 12;
const LONG = 15;
const BATCH = 1024;

// What to keep of the word at byte 0, 4 or 8 when an id ends `length` bytes after its start.
const keepAt = (word: number): Int32Array =>
  Int32Array.from({ length: INLINE + 1 }, (_, length) => {
    const bytes = Math.min(Math.max(length - word, 0), 4);
    return bytes === 4 ? -1 : 2 ** (8 * bytes) - 1;
  });
const KEEP_0 = keepAt(0);
const KEEP_4 = keepAt(4);
const KEEP_8 = keepAt(8);

/** Three independent products, then one avalanche: short dependency chains matter more here than a perfect hash. */
const mix = (a: number, b: number, c: number, length: number): number => {
  const h = Math.imul(a, 0x85eb_ca6b) ^ Math.imul(b, 0xc2b2_ae35) ^ Math.imul((c + length) | 0, 0x27d4_eb2f);
  const g = Math.imul(h ^ (h >>> 16), 0x9e37_79b1);
  return g ^ (g >>> 15);
};

/** The little-endian word of up to four bytes. */
const wordAt = (bytes: Uint8Array, from: number, to: number): number => {
  let word = 0;
  for (let i = Math.min(to, from + 4) - 1; i >= from; i--) word = (word << 8) | bytes[i];
  return word;
};

const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let h = to - from;
  for (let i = from; i < to; i += 4) {
    h = Math.imul(h ^ wordAt(bytes, i, to), 0x9e37_79b1);
    h ^= h >>> 15;
  }
  return mix(h, 0, 0, to - from);
};

const grown = (old: Uint8Array, wanted: number): Uint8Array<ArrayBuffer> => {
  const bigger = new Uint8Array(Math.max(2 * old.length, wanted));
  bigger.set(old);
  return bigger;
};

export const interner = (): Interner => {
  let table = new Int32Array(SLOT * 1024);
  let mask = 1023;
  let arena = new Uint8Array(8192);
  // Id i is arena bytes ends[i - 1] .. ends[i] - 1.
  let ends = new Uint32Array(512);
  let size = 0;
  let used = 0;

  const keys = new Int32Array(3 * BATCH);
  const hashes = new Int32Array(BATCH);
  // Keeps the compiler from dropping the loads of `prefetch`.
  const touch = new Int32Array(1);

  const grow = (): void => {
    const old = table;
    mask = 2 * mask + 1;
    table = new Int32Array(SLOT * (mask + 1));
    for (let from = 0; from < old.length; from += SLOT) {
      const tagged = old[from + 3];
      if (tagged === 0) continue;
      const tag = tagged & 15;
      const hash = tag === LONG ? old[from] : mix(old[from], old[from + 1], old[from + 2], tag);
      let slot = hash & mask;
      while (table[SLOT * slot + 3] !== 0) slot = (slot + 1) & mask;
      for (let k = 0; k < SLOT; k++) table[SLOT * slot + k] = old[from + k];
    }
    const longer = new Uint32Array((mask + 1) / 2);
    longer.set(ends);
    ends = longer;
  };

  const append = (bytes: Uint8Array, from: number, to: number): void => {
    if (used + to - from > arena.length) arena = grown(arena, used + to - from);
    for (let i = from; i < to; i++) arena[used++] = bytes[i];
    ends[size++] = used;
  };

  const sameBytes = (start: number, bytes: Uint8Array, from: number, to: number): boolean => {
    for (let i = from; i < to; i++) if (arena[start + i - from] !== bytes[i]) return false;
    return true;
  };

  /** The slot of the id with this key, or the free slot where it belongs. */
  const find = (r: number, tag: number, bytes: Uint8Array, from: number, to: number): number => {
    const a = keys[3 * r];
    const b = keys[3 * r + 1];
    const c = keys[3 * r + 2];
    const slots = table;
    for (let slot = hashes[r] & mask; ; slot = (slot + 1) & mask) {
      const at = SLOT * slot;
      const tagged = slots[at + 3];
      if (tagged === 0) return at;
      if (slots[at] !== a || (tagged & 15) !== tag || slots[at + 2] !== c) continue;
      if (tag === LONG ? sameBytes(slots[at + 1], bytes, from, to) : slots[at + 1] === b) return at;
    }
  };

  const insert = (at: number, r: number, tag: number, bytes: Uint8Array, from: number, to: number): number => {
    const a = keys[3 * r];
    const b = keys[3 * r + 1];
    const c = keys[3 * r + 2];
    const mayBeAscii = tag !== LONG && ((a | b | c) & 0x8080_8080) === 0;
    if (!mayBeAscii && !isUtf8(bytes, from, to)) return NOT_UTF8;
    table[at] = a;
    table[at + 1] = tag === LONG ? used : b;
    table[at + 2] = c;
    table[at + 3] = (size + 1) * 16 + tag;
    append(bytes, from, to);
    if (2 * size > mask) grow();
    return size - 1;
  };

  /** Keys and hashes of a batch. */
  const prepare = (bytes: Uint8Array, bounds: Int32Array, first: number, stride: number, count: number): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lastWhole = bytes.length - INLINE;
    for (let r = 0, at = first; r < count; r++, at += stride) {
      const from = bounds[at];
      const to = bounds[at + 1] - 1;
      const length = to - from;
      let a = 0;
      let b = 0;
      let c = 0;
      let hash = 0;
      if (length > INLINE) {
        a = hashOf(bytes, from, to);
        c = length;
        hash = a;
      } else {
        if (from <= lastWhole) {
          // Always three words, then masked: a branch on the length would be mispredicted every few ids.
          a = view.getInt32(from, true) & KEEP_0[length];
          b = view.getInt32(from + 4, true) & KEEP_4[length];
          c = view.getInt32(from + 8, true) & KEEP_8[length];
        } else {
          a = wordAt(bytes, from, to);
          b = wordAt(bytes, from + 4, to);
          c = wordAt(bytes, from + 8, to);
        }
        hash = mix(a, b, c, length);
      }
      keys[3 * r] = a;
      keys[3 * r + 1] = b;
      keys[3 * r + 2] = c;
      hashes[r] = hash;
    }
  };

  /** Loads the slots of a batch in a loop so short that the processor overlaps their cache misses. */
  const prefetch = (count: number): void => {
    const slots = table;
    let touched = 0;
    for (let r = 0; r < count; r++) touched |= slots[SLOT * (hashes[r] & mask)];
    touch[0] = touched;
  };

  const internInto: Interner['internInto'] = (out, bytes, bounds, { first, stride, count }) => {
    for (let done = 0; done < count; done += BATCH) {
      const n = Math.min(BATCH, count - done);
      const base = first + done * stride;
      prepare(bytes, bounds, base, stride, n);
      prefetch(n);
      for (let r = 0, b = base; r < n; r++, b += stride) {
        const from = bounds[b];
        const to = bounds[b + 1] - 1;
        const tag = to - from > INLINE ? LONG : to - from;
        const at = find(r, tag, bytes, from, to);
        const tagged = table[at + 3];
        out[done + r] = tagged === 0 ? insert(at, r, tag, bytes, from, to) : (tagged >>> 4) - 1;
      }
    }
  };

  const one = new Uint32Array(1);
  const oneBounds = new Int32Array(2);
  const oneField = { first: 0, stride: 2, count: 1 };
  const intern: Interner['intern'] = (bytes, from, to) => {
    oneBounds[0] = from;
    oneBounds[1] = to + 1;
    internInto(one, bytes, oneBounds, oneField);
    return one[0];
  };

  const encoder = new TextEncoder();
  let scratch = new Uint8Array(256);
  let lastText = '';
  let lastIndex = NOT_UTF8;
  const internString: Interner['internString'] = (text) => {
    if (text === lastText && lastIndex !== NOT_UTF8) return lastIndex;
    if (3 * text.length > scratch.length) scratch = new Uint8Array(6 * text.length);
    let length = 0;
    while (length < text.length && text.charCodeAt(length) < 0x80) scratch[length] = text.charCodeAt(length++);
    if (length < text.length) {
      if (!isWellFormed(text)) return NOT_UTF8;
      length = encoder.encodeInto(text, scratch).written;
    }
    lastText = text;
    lastIndex = intern(scratch, 0, length);
    return lastIndex;
  };

  return { size: () => size, intern, internString, internInto, sorted: () => sortedIds(arena, ends.subarray(0, size)) };
};
