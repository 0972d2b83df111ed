import type { Box } from '../volume.js';
import type { MaskPixels } from './colourMask.js';
import { unionOf } from './extents.js';

/**
 * Boxes of the regions that a mask encloses, one per closed outline. An outline drawn as two strokes, or pinched,
 * encloses several regions side by side, so regions closer than `gap` count as one.
 *
 * @param least - regions with fewer pixels are gaps in a stroke and are ignored
 */
export const enclosedRegions = (
  { at, count }: MaskPixels,
  box: Box,
  width: number,
  { least, gap }: { readonly least: number; readonly gap: number },
): readonly Box[] => {
  // A border of one free pixel around the box connects everything that is not enclosed.
  const w = box.col1 - box.col0 + 2;
  const h = box.row1 - box.row0 + 2;
  const seen = new Uint8Array(w * h);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(at[i] / width);
    seen[(row - box.row0 + 1) * w + at[i] - row * width - box.col0 + 1] = 1;
  }
  const queue = new Uint32Array(w * h);
  floodFrom(0, seen, queue, w, h);
  let regions: Box[] = [];
  for (let seed = 0; seed < seen.length; seed++) {
    if (seen[seed] === 1) continue;
    const n = floodFrom(seed, seen, queue, w, h);
    if (n < least) continue;
    let merged = boxOf(queue.subarray(0, n), w, box);
    const apart: Box[] = [];
    for (const other of regions) {
      if (areNear(merged, other, gap)) merged = unionOf(merged, other);
      else apart.push(other);
    }
    regions = [...apart, merged];
  }
  return regions;
};

/** Fills a 4-connected free region. Diagonal steps would pass through an 8-connected stroke. */
const floodFrom = (seed: number, seen: Uint8Array, queue: Uint32Array, w: number, h: number): number => {
  let n = 0;
  seen[seed] = 1;
  queue[n++] = seed;
  for (let i = 0; i < n; i++) {
    const place = queue[i];
    const col = place % w;
    if (col > 0 && seen[place - 1] === 0) {
      seen[place - 1] = 1;
      queue[n++] = place - 1;
    }
    if (col + 1 < w && seen[place + 1] === 0) {
      seen[place + 1] = 1;
      queue[n++] = place + 1;
    }
    if (place >= w && seen[place - w] === 0) {
      seen[place - w] = 1;
      queue[n++] = place - w;
    }
    if (place + w < w * h && seen[place + w] === 0) {
      seen[place + w] = 1;
      queue[n++] = place + w;
    }
  }
  return n;
};

const boxOf = (places: Uint32Array, w: number, box: Box): Box => {
  let [row0, row1, col0, col1] = [Number.MAX_SAFE_INTEGER, -1, Number.MAX_SAFE_INTEGER, -1];
  for (const place of places) {
    const row = Math.floor(place / w);
    const col = place - row * w;
    row0 = Math.min(row0, row);
    row1 = Math.max(row1, row);
    col0 = Math.min(col0, col);
    col1 = Math.max(col1, col);
  }
  return { row0: row0 + box.row0 - 1, row1: row1 + box.row0, col0: col0 + box.col0 - 1, col1: col1 + box.col0 };
};

const areNear = (a: Box, b: Box, gap: number): boolean =>
  a.row0 - gap < b.row1 && b.row0 - gap < a.row1 && a.col0 - gap < b.col1 && b.col0 - gap < a.col1;
