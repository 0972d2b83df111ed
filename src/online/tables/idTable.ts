import { idBytesInto, idText, mostBytes } from './idBytes.js';

/**
 * Records found by id. A record is an address: `header` words of its owner, the id itself, and behind it a tail of
 * bytes, all in one place, because at a million stacks every place costs a cache miss.
 *
 * It differs from the kernel's interner in that it can be asked without being told, gives ids back, and grows a little at a
 * time: a service must not stand still while a table of millions is copied.
 */
export interface IdTable {
  readonly size: () => number;
  readonly find: (text: string) => number | undefined;
  /**
   * The record of an id; if there is none, a new one of zeros, with room for so many bytes behind the id.
   *
   * @throws RangeError when the id has a lone surrogate
   */
  readonly put: (text: string, tailBytes: number) => number;
  /** A new record of zeros for an id that has one, which is forgotten. */
  readonly replace: (text: string, tailBytes: number) => number;
  /** So many words of zeros that belong to no id, for `get` and `set`. */
  readonly block: (length: number) => number;
  readonly text: (address: number) => string;
  readonly get: (address: number, word: number) => number;
  readonly set: (address: number, word: number, value: number) => void;
  /** Fills `out` with bytes of the tail, from the `from`-th on. */
  readonly tailInto: (out: Uint8Array, address: number, from: number) => void;
  readonly setTail: (address: number, from: number, value: Uint8Array) => void;
  /** Every record, in no order. */
  readonly addresses: () => Iterable<number>;
  readonly bytes: () => number;
}

/** No record has this address. */
export const NOWHERE = 0;

// The upper bits of a hash choose one of many tables of slots; each grows by itself, in less than a millisecond.
const SEGMENT_BITS = 7;
const SEGMENTS = 1 << SEGMENT_BITS;
const FIRST_SLOTS = 8;
// Once they are not small, by an eighth at a time: slots stand in the order of their hashes, so that they are copied in one
// sweep, and between 71 and 80 % of them are taken where doubling would leave half of them empty.
const SMALL = 64;
const LOWER = 2 ** (32 - SEGMENT_BITS);

// Words of a chunk of records; the first is small, so that small stores are. A longer record has a chunk of its own.
const CHUNK_BITS = 20;
const CHUNK = 1 << CHUNK_BITS;
const FIRST_CHUNK = 1 << 12;
const INSIDE = CHUNK - 1;
const MOST_CHUNKS = 1 << (32 - CHUNK_BITS);

// An id of so many bytes or more has this byte, then its length in four.
const LONG = 0xff;

const hashOf = (bytes: Uint8Array, n: number): number => {
  let h = n;
  for (let i = 0; i < n; i++) h = Math.imul(h ^ bytes[i], 0x0100_0193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85eb_ca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** @param header - words at the front of every record */
export const idTable = (header: number): IdTable => {
  const words: Uint32Array[] = [];
  const bytes: Uint8Array[] = [];
  // NOWHERE is the first word of the first chunk.
  let free = NOWHERE + 1;
  let end = 0;
  let size = 0;

  // A slot is a hash and an address. Hashes are compared first, so the record of another id is hardly ever touched.
  const segments: (Uint32Array | undefined)[] = new Array(SEGMENTS).fill(undefined);
  const used = new Uint32Array(SEGMENTS);
  let scratch = new Uint8Array(mostBytes(64));
  let total = 0;

  const newChunk = (needed: number): void => {
    const chunk = words.length;
    if (chunk === MOST_CHUNKS) throw new RangeError('online: expected at most 16 GB of events');
    const length = Math.max(needed + 1, chunk === 0 ? FIRST_CHUNK : CHUNK);
    words.push(new Uint32Array(length));
    bytes.push(new Uint8Array(words[chunk].buffer));
    total += 4 * length;
    free = chunk === 0 ? NOWHERE + 1 : chunk * CHUNK;
    end = chunk * CHUNK + length;
  };

  const block = (needed: number): number => {
    if (free + needed > end) newChunk(needed);
    const address = free;
    // Whatever is longer than a chunk has one of its own, so no address points past the first of its words.
    free = needed > CHUNK ? end : free + needed;
    return address;
  };

  /** Appends a record for the id in `scratch`. */
  const append = (n: number, tailBytes: number): number => {
    const address = block(header + ((n + (n < LONG ? 1 : 5) + tailBytes + 3) >>> 2));
    const chunk = bytes[address >>> CHUNK_BITS];
    let at = 4 * ((address & INSIDE) + header);
    chunk[at++] = Math.min(n, LONG);
    if (n >= LONG) for (let shift = 0; shift < 32; shift += 8) chunk[at++] = n >>> shift;
    for (let i = 0; i < n; i++) chunk[at++] = scratch[i];
    return address;
  };

  /** Where the bytes of an id are in its chunk. */
  const idAt = (address: number): { readonly from: number; readonly to: number } => {
    const chunk = bytes[address >>> CHUNK_BITS];
    const at = 4 * ((address & INSIDE) + header);
    if (chunk[at] < LONG) return { from: at + 1, to: at + 1 + chunk[at] };
    let n = 0;
    for (let i = 4; i > 0; i--) n = n * 256 + chunk[at + i];
    return { from: at + 5, to: at + 5 + n };
  };

  const has = (address: number, n: number): boolean => {
    const chunk = bytes[address >>> CHUNK_BITS];
    let from = 4 * ((address & INSIDE) + header) + 1;
    if (chunk[from - 1] !== Math.min(n, LONG)) return false;
    if (n >= LONG) {
      const long = idAt(address);
      if (long.to - long.from !== n) return false;
      from = long.from;
    }
    for (let i = 0; i < n; i++) if (chunk[from + i] !== scratch[i]) return false;
    return true;
  };

  /** Where a hash would like to be: hashes in ascending order have places in ascending order. */
  const homeOf = (slots: Uint32Array, hash: number): number =>
    2 * (((hash & (LOWER - 1)) * (slots.length >>> 1) * (1 / LOWER)) >>> 0);

  const after = (slots: Uint32Array, at: number): number => (at + 2 === slots.length ? 0 : at + 2);

  const grown = (old: Uint32Array | undefined): Uint32Array => {
    const before = old === undefined ? 0 : old.length >>> 1;
    const slots = new Uint32Array(2 * (before < SMALL ? Math.max(FIRST_SLOTS, 2 * before) : before + (before >>> 3)));
    total += slots.byteLength - (old?.byteLength ?? 0);
    if (old === undefined) return slots;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === NOWHERE) continue;
      let at = homeOf(slots, old[from]);
      while (slots[at + 1] !== NOWHERE) at = after(slots, at);
      slots[at] = old[from];
      slots[at + 1] = old[from + 1];
    }
    return slots;
  };

  /** The length of the id, whose bytes are now in `scratch`. */
  const read = (text: string): number => {
    if (mostBytes(text.length) > scratch.length) scratch = new Uint8Array(2 * mostBytes(text.length));
    const n = idBytesInto(scratch, text);
    if (n === undefined) throw new RangeError(`online: id ${JSON.stringify(text)} has a lone surrogate`);
    return n;
  };

  /** The slot of the id in `scratch`: its own, or the free one where it would go. */
  const slotOf = (slots: Uint32Array, hash: number, n: number): number => {
    let at = homeOf(slots, hash);
    while (slots[at + 1] !== NOWHERE && !(slots[at] === hash && has(slots[at + 1], n))) at = after(slots, at);
    return at;
  };

  const find = (text: string): number | undefined => {
    const n = read(text);
    const hash = hashOf(scratch, n);
    const slots = segments[hash >>> (32 - SEGMENT_BITS)];
    if (slots === undefined) return undefined;
    const address = slots[slotOf(slots, hash, n) + 1];
    return address === NOWHERE ? undefined : address;
  };

  const put = (text: string, tailBytes: number, isReplaced: boolean): number => {
    const n = read(text);
    const hash = hashOf(scratch, n);
    const segment = hash >>> (32 - SEGMENT_BITS);
    let slots = segments[segment] ?? grown(undefined);
    segments[segment] = slots;
    let at = slotOf(slots, hash, n);
    const known = slots[at + 1];
    if (known !== NOWHERE && !isReplaced) return known;
    if (known === NOWHERE) {
      size++;
      used[segment]++;
      // At most four of five slots are taken.
      if (5 * used[segment] > 2 * slots.length) {
        slots = grown(slots);
        segments[segment] = slots;
        at = slotOf(slots, hash, n);
      }
    }
    slots[at] = hash;
    slots[at + 1] = append(n, tailBytes);
    return slots[at + 1];
  };

  function* addresses(): Generator<number> {
    for (const slots of segments) {
      if (slots === undefined) continue;
      for (let at = 1; at < slots.length; at += 2) if (slots[at] !== NOWHERE) yield slots[at];
    }
  }

  return {
    size: () => size,
    find,
    put: (text, tailBytes) => put(text, tailBytes, false),
    replace: (text, tailBytes) => put(text, tailBytes, true),
    block,
    text: (address) => {
      const { from, to } = idAt(address);
      return idText(bytes[address >>> CHUNK_BITS], from, to);
    },
    get: (address, word) => words[address >>> CHUNK_BITS][(address & INSIDE) + word],
    set: (address, word, value) => {
      words[address >>> CHUNK_BITS][(address & INSIDE) + word] = value;
    },
    tailInto: (out, address, from) => {
      const chunk = bytes[address >>> CHUNK_BITS];
      const at = idAt(address).to + from;
      for (let i = 0; i < out.length; i++) out[i] = chunk[at + i];
    },
    setTail: (address, from, value) => {
      const chunk = bytes[address >>> CHUNK_BITS];
      const at = idAt(address).to + from;
      for (let i = 0; i < value.length; i++) chunk[at + i] = value[i];
    },
    addresses,
    bytes: () => total,
  };
};
