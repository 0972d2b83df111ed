/** Merges two ascending runs of `from`, `[start, middle)` and `[middle, end)`, into `to`. */
const mergeInto = (
  to: Uint32Array,
  from: Uint32Array,
  keys: Float64Array,
  { start, middle, end }: { readonly start: number; readonly middle: number; readonly end: number },
): void => {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    // Of equal keys the left one goes first, so rows with one key keep their order.
    const takesLeft = right === end || (left < middle && keys[from[left]] <= keys[from[right]]);
    to[at] = takesLeft ? from[left++] : from[right++];
  }
};

/** Where ascending runs of keys begin, and one more entry for the end. */
const runsOf = (keys: Float64Array): Uint32Array => {
  let n = 1;
  for (let i = 1; i < keys.length; i++) if (keys[i] < keys[i - 1]) n++;
  const runs = new Uint32Array(n + 1).fill(keys.length, n);
  let run = 1;
  for (let i = 1; i < keys.length; i++) if (keys[i] < keys[i - 1]) runs[run++] = i;
  return runs;
};

/**
 * Positions in ascending order of their keys; equal keys keep the order of positions (natural merge sort: what is sorted
 * already costs one pass).
 *
 * @param keys - finite
 * @returns `undefined` when the keys ascend already
 */
export const stableOrder = (keys: Float64Array): Uint32Array | undefined => {
  let runs = runsOf(keys);
  if (runs.length <= 2) return undefined;
  let from = new Uint32Array(keys.length);
  for (let i = 0; i < from.length; i++) from[i] = i;
  let to = new Uint32Array(keys.length);
  while (runs.length > 2) {
    const pairs = runs.length >> 1;
    const longer = new Uint32Array(pairs + 1).fill(keys.length, pairs);
    for (let pair = 0; pair < pairs; pair++) {
      const start = runs[2 * pair];
      const middle = runs[2 * pair + 1];
      const end = 2 * pair + 2 < runs.length ? runs[2 * pair + 2] : middle;
      mergeInto(to, from, keys, { start, middle, end });
      longer[pair] = start;
    }
    [from, to] = [to, from];
    runs = longer;
  }
  return from;
};
