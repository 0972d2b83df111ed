/** Keys by which ids are looked up: three words, and no two short ids have the same. */

// An id of up to 11 bytes is its own key, with its length in the last byte. A longer one has (hash, 0, LONG + length).
const INLINE = 11;
const LONG = 0xff00_0000 | 0;
const WORDS = 12;

/** Whether the last word of a key says that the id is longer than a key. */
export const isLong = (c: number): boolean => c >>> 24 === LONG >>> 24;

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
export const mix = (a: number, b: number, c: number): number => {
  const h = Math.imul(a, 0x85eb_ca6b) ^ Math.imul(b, 0xc2b2_ae35) ^ Math.imul(c, 0x27d4_eb2f);
  const g = Math.imul(h ^ (h >>> 16), 0x9e37_79b1);
  return g ^ (g >>> 15);
};

/** The little-endian word of up to four bytes. */
const wordAt = (bytes: Uint8Array, from: number, to: number): number => {
  let word = 0;
  for (let i = Math.min(to, from + 4) - 1; i >= from; i--) word = (word << 8) | bytes[i];
  return word;
};

const hashOf = (bytes: Uint8Array, view: DataView, from: number, to: number): number => {
  let h = to - from;
  let i = from;
  for (; i + 4 <= to; i += 4) {
    h = Math.imul(h ^ view.getInt32(i, true), 0x9e37_79b1);
    h ^= h >>> 15;
  }
  return mix(h, wordAt(bytes, i, to), to - from);
};

/** One field of `count` records: that of record r is bytes `bounds[first + r * stride]` .. `bounds[first + r * stride + 1] - 2`. */
export interface FieldOfRecords {
  readonly bytes: Uint8Array;
  /** A separator of one byte lies between two fields, so a field ends two before the next begins. */
  readonly bounds: Int32Array;
  readonly first: number;
  readonly stride: number;
  readonly count: number;
}

/** Writes a key of three words, and its hash, per record. */
export const idKeysInto = (
  keys: Int32Array,
  hashes: Int32Array,
  { bytes, bounds, first, stride, count }: FieldOfRecords,
): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lastWhole = bytes.length - WORDS;
  for (let r = 0, at = first, k = 0; r < count; r++, at += stride, k += 3) {
    const from = bounds[at];
    const to = bounds[at + 1] - 1;
    const length = to - from;
    let a = 0;
    let b = 0;
    let c = 0;
    let hash = 0;
    if (length > INLINE) {
      hash = hashOf(bytes, view, from, to);
      a = hash;
      c = LONG | (length & 0xff_ffff);
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
      c |= length << 24;
      hash = mix(a, b, c);
    }
    keys[k] = a;
    keys[k + 1] = b;
    keys[k + 2] = c;
    hashes[r] = hash;
  }
};
