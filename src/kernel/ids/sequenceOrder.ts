/** Sequence i is `data[starts[i]] .. data[ends[i] - 1]`. */
export interface Sequences {
  readonly data: Uint32Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** Orders sequences of equal data; without it they keep their order. */
  readonly tie?: Uint32Array;
}

// Ranges this short are sorted by insertion: setting up a native sort costs more.
const SHORT = 12;

// A pair (index, key) read as one 64-bit integer must have the key in its high half, whatever the machine's byte order.
const KEY = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
const INDEX = 1 - KEY;

const compareFrom = ({ data, starts, ends, tie }: Sequences, a: number, b: number, depth: number): number => {
  let i = starts[a] + depth;
  let j = starts[b] + depth;
  while (i < ends[a] && j < ends[b]) {
    if (data[i] !== data[j]) return data[i] - data[j];
    i++;
    j++;
  }
  if (i < ends[a]) return 1;
  if (j < ends[b]) return -1;
  return tie === undefined ? a - b : tie[a] - tie[b];
};

const insertionSort = (order: Uint32Array, lo: number, hi: number, sequences: Sequences, depth: number): void => {
  for (let i = lo + 1; i < hi; i++) {
    const moving = order[i];
    let j = i;
    while (j > lo && compareFrom(sequences, order[j - 1], moving, depth) > 0) {
      order[j] = order[j - 1];
      j--;
    }
    order[j] = moving;
  }
};

/**
 * The sequences in lexicographic order, a prefix before what it begins, as indices.
 *
 * A multikey sort: one word of every sequence decides at a time, and only runs of equal words are sorted further. Words are
 * copied beside their indices first, so that the sort itself misses no cache; a range in order already is not sorted.
 */
export const sequenceOrder = (sequences: Sequences): Uint32Array => {
  const { data, starts, ends } = sequences;
  const n = starts.length;
  const sorted = new Uint32Array(n);
  for (let i = 0; i < n; i++) sorted[i] = i;
  const pairs = new Uint32Array(2 * n);
  const packed = new BigUint64Array(pairs.buffer);
  const todo: number[] = [0, n, 0];
  while (todo.length > 0) {
    const depth = todo.pop() ?? 0;
    const hi = todo.pop() ?? 0;
    const lo = todo.pop() ?? 0;
    if (hi - lo <= SHORT) {
      insertionSort(sorted, lo, hi, sequences, depth);
      continue;
    }
    // Sequences that have ended here come first; the others wait in `pairs`.
    let ended = lo;
    let m = 0;
    let inOrder = true;
    let previous = 0;
    for (let i = lo; i < hi; i++) {
      const s = sorted[i];
      const at = starts[s] + depth;
      if (at >= ends[s]) {
        sorted[ended++] = s;
      } else {
        const key = data[at];
        inOrder &&= key >= previous;
        previous = key;
        pairs[2 * m + INDEX] = s;
        pairs[2 * m + KEY] = key;
        m++;
      }
    }
    if (sequences.tie !== undefined) insertionSort(sorted, lo, ended, sequences, depth);
    if (!inOrder) packed.subarray(0, m).sort();
    for (let from = 0; from < m; ) {
      const key = pairs[2 * from + KEY];
      let to = from;
      while (to < m && pairs[2 * to + KEY] === key) {
        sorted[ended + to] = pairs[2 * to + INDEX];
        to++;
      }
      if (to - from > 1) todo.push(ended + from, ended + to, depth + 1);
      from = to;
    }
  }
  return sorted;
};
