import { idArena, type SortedIds, sortedIds } from './idArena.js';
import { type FieldOfRecords, idKeysInto, isLong, mix } from './idKeys.js';
import { isUtf8, isWellFormed } from './utf8.js';

/** The result for bytes that are not UTF-8, because two different broken ids must not become one. */
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
