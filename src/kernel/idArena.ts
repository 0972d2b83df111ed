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
