/** Counting-sort passes behind `VoteTable`. A row is packed as `annotator * 2 + label`, or as `stack * 2 + label`. */

/** `counts.length + 1` exclusive prefix sums. */
export const offsetsOf = (counts: Uint32Array): Uint32Array => {
  const offsets = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) offsets[i + 1] = offsets[i] + counts[i];
  return offsets;
};

/** Adds the occurrences of `keys[0] .. keys[n - 1]` to `counts`. */
export const countInto = (counts: Uint32Array, keys: Uint32Array, n: number): void => {
  for (let i = 0; i < n; i++) counts[keys[i]]++;
};

/** Stable scatter: value i goes to place `next[keys[i]]`, which moves on by one. */
export const scatterInto = (
  out: Uint32Array,
  next: Uint32Array,
  { keys, values, n }: { readonly keys: Uint32Array; readonly values: Uint32Array; readonly n: number },
): void => {
  for (let i = 0; i < n; i++) out[next[keys[i]]++] = values[i];
};

/** Stable scatter of places: the number `first + i` goes where `keys[i]` says. */
export const scatterPlacesInto = (
  out: Uint32Array,
  next: Uint32Array,
  { keys, first, n }: { readonly keys: Uint32Array; readonly first: number; readonly n: number },
): void => {
  for (let i = 0; i < n; i++) out[next[keys[i]]++] = first + i;
};

/**
 * Gathers each annotator's votes as `stack * 2 + label`, in stack order, from rows grouped by stack.
 *
 * @param next - where the list of each annotator begins; afterwards, where it ends
 * @returns how many votes follow one by the same annotator on the same stack; such votes are adjacent in the list
 */
export const gatherByAnnotatorInto = (
  out: Uint32Array,
  next: Uint32Array,
  { packed, offsets }: { readonly packed: Uint32Array; readonly offsets: Uint32Array },
  anonymous: number,
): number => {
  const starts = next.slice();
  let repeated = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      const a = packed[v] >>> 1;
      const at = next[a]++;
      out[at] = 2 * s + (packed[v] & 1);
      // The list grows in stack order, so a repeated vote sits right behind the first one.
      if (at > starts[a] && out[at - 1] >>> 1 === s && a !== anonymous) repeated++;
    }
  }
  return repeated;
};

/**
 * Keeps one vote per annotator and stack, the first or the last of the rows, and closes the gaps in place. Votes of
 * `anonymous` are all kept.
 *
 * @param companion - a column that follows `packed`; empty for none
 * @returns the new offsets
 */
export const dropRepeatedInPlace = (
  packed: Uint32Array,
  offsets: Uint32Array,
  {
    nAnnotators,
    anonymous,
    keep,
    companion,
  }: {
    readonly nAnnotators: number;
    readonly anonymous: number;
    readonly keep: 'first' | 'last';
    readonly companion: Uint32Array;
  },
): Uint32Array => {
  const newOffsets = new Uint32Array(offsets.length);
  // Row of each annotator's vote on the current stack, plus one. Rows before this stack's first row belong to earlier stacks.
  const seen = new Uint32Array(nAnnotators);
  const hasCompanion = companion.length > 0;
  let to = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      const row = packed[v];
      const a = row >>> 1;
      if (seen[a] <= newOffsets[s] || a === anonymous) {
        if (hasCompanion) companion[to] = companion[v];
        packed[to++] = row;
        seen[a] = to;
      } else if (keep === 'last') {
        packed[seen[a] - 1] = row;
        if (hasCompanion) companion[seen[a] - 1] = companion[v];
      }
    }
    newOffsets[s + 1] = to;
  }
  return newOffsets;
};

/**
 * Repeated votes that differ from the vote of their annotator on that stack that counts: the first or the last of the rows.
 */
export const contradictingRepeats = (
  packed: Uint32Array,
  offsets: Uint32Array,
  {
    nAnnotators,
    anonymous,
    keep,
  }: { readonly nAnnotators: number; readonly anonymous: number; readonly keep: 'first' | 'last' },
): number => {
  // The last stack on which an annotator was met, plus one, and the vote that counts there.
  const met = new Uint32Array(nAnnotators);
  const counts = new Uint32Array(nAnnotators);
  let n = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    const [from, to] = [offsets[s], offsets[s + 1]];
    for (let i = from; i < to; i++) {
      const row = packed[keep === 'first' ? i : from + to - 1 - i];
      const a = row >>> 1;
      if (a === anonymous) continue;
      if (met[a] === s + 1) {
        if (counts[a] !== row) n++;
      } else {
        met[a] = s + 1;
        counts[a] = row;
      }
    }
  }
  return n;
};

// Above this length the native sort wins over insertion.
const SHORT = 48;

/** Sorts `rows[from] .. rows[to - 1]`; nearly sorted rows are cheap. */
const sortRange = (rows: Uint32Array, from: number, to: number): void => {
  if (to - from > SHORT) {
    rows.subarray(from, to).sort();
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const row = rows[i];
    let j = i;
    while (j > from && rows[j - 1] > row) {
      rows[j] = rows[j - 1];
      j--;
    }
    rows[j] = row;
  }
};

/** Sorts every group `offsets[g]` .. `offsets[g + 1] - 1` in place. */
export const sortGroupsInPlace = (rows: Uint32Array, offsets: Uint32Array): void => {
  for (let g = 0; g + 1 < offsets.length; g++) sortRange(rows, offsets[g], offsets[g + 1]);
};

/** The same for rows with a companion. Stable: equal rows keep their order. */
const sortPairs = (rows: Uint32Array, companion: Uint32Array, from: number, to: number): void => {
  if (to - from > SHORT) {
    const order = Uint32Array.from({ length: to - from }, (_, i) => i);
    const [unsorted, followers] = [rows.slice(from, to), companion.slice(from, to)];
    order.sort((a, b) => unsorted[a] - unsorted[b] || a - b);
    for (let i = 0; i < order.length; i++) {
      rows[from + i] = unsorted[order[i]];
      companion[from + i] = followers[order[i]];
    }
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const row = rows[i];
    const follower = companion[i];
    let j = i;
    while (j > from && rows[j - 1] > row) {
      rows[j] = rows[j - 1];
      companion[j] = companion[j - 1];
      j--;
    }
    rows[j] = row;
    companion[j] = follower;
  }
};

/**
 * Renumbers annotators by `rank`, sorts each stack's rows by annotator and label, and unpacks: `packed` becomes annotators.
 *
 * @param companion - a column that follows `packed`; empty for none
 */
export const unpackInto = (
  label: Uint8Array,
  packed: Uint32Array,
  { offsets, rank, companion }: Readonly<Record<'offsets' | 'rank' | 'companion', Uint32Array>>,
): void => {
  for (let s = 0; s + 1 < offsets.length; s++) {
    const from = offsets[s];
    const to = offsets[s + 1];
    for (let v = from; v < to; v++) packed[v] = 2 * rank[packed[v] >>> 1] + (packed[v] & 1);
    if (companion.length === 0) sortRange(packed, from, to);
    else sortPairs(packed, companion, from, to);
    for (let v = from; v < to; v++) {
      label[v] = packed[v] & 1;
      packed[v] >>>= 1;
    }
  }
};
