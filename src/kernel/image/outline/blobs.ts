import type { Box } from '../volume.js';
import type { MaskPixels } from './colourMask.js';

/** One 8-connected piece of a mask. */
export interface Blob {
  readonly box: Box;
  readonly pixels: number;
  /** Major axis of the ellipse with the same second moments. Each pixel is a unit square. */
  readonly majorAxis: number;
}

/** Blobs sorted by their first pixel, column by column. `label` is 1 + the blob's index, or 0 outside all blobs. */
export interface Blobs {
  readonly label: Uint16Array;
  readonly blobs: readonly Blob[];
}

/** Labels blobs as MATLAB does, column by column. Only the first 65,534 blobs get a label. */
export const blobsOf = (
  { at, count }: MaskPixels,
  { height, width }: { readonly height: number; readonly width: number },
): Blobs => {
  const label = new Uint16Array(height * width);
  for (let i = 0; i < count; i++) label[at[i]] = UNSEEN;
  // Pixels down the first column, then the next: blobs are numbered in this order.
  const columnwise = at.slice(0, count).sort((a, b) => (a % width) - (b % width) || a - b);
  const blobs: Blob[] = [];
  const queue = new Uint32Array(count);
  for (const seed of columnwise) {
    if (label[seed] !== UNSEEN || blobs.length >= UNSEEN - 1) continue;
    const n = floodFrom(seed, blobs.length + 1, label, queue, height, width);
    blobs.push(blobOf(queue.subarray(0, n), width));
  }
  for (let i = 0; i < count; i++) if (label[at[i]] === UNSEEN) label[at[i]] = 0;
  return { label, blobs };
};

const UNSEEN = 0xffff;

const floodFrom = (
  seed: number,
  name: number,
  label: Uint16Array,
  queue: Uint32Array,
  height: number,
  width: number,
): number => {
  let n = 0;
  label[seed] = name;
  queue[n++] = seed;
  for (let i = 0; i < n; i++) {
    const row = Math.floor(queue[i] / width);
    const col = queue[i] - row * width;
    for (let r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
      for (let c = Math.max(0, col - 1); c <= Math.min(width - 1, col + 1); c++) {
        if (label[r * width + c] !== UNSEEN) continue;
        label[r * width + c] = name;
        queue[n++] = r * width + c;
      }
    }
  }
  return n;
};

const blobOf = (pixels: Uint32Array, width: number): Blob => {
  let [row0, row1, col0, col1] = [Number.MAX_SAFE_INTEGER, -1, Number.MAX_SAFE_INTEGER, -1];
  let [sumRow, sumCol] = [0, 0];
  for (const at of pixels) {
    const row = Math.floor(at / width);
    const col = at - row * width;
    row0 = Math.min(row0, row);
    row1 = Math.max(row1, row);
    col0 = Math.min(col0, col);
    col1 = Math.max(col1, col);
    sumRow += row;
    sumCol += col;
  }
  const n = pixels.length;
  let [rr, cc, rc] = [0, 0, 0];
  for (const at of pixels) {
    const row = Math.floor(at / width);
    const r = row - sumRow / n;
    const c = at - row * width - sumCol / n;
    rr += r * r;
    cc += c * c;
    rc += r * c;
  }
  // A unit square has variance 1/12 along each side.
  [rr, cc, rc] = [rr / n + 1 / 12, cc / n + 1 / 12, rc / n];
  const spread = Math.sqrt((rr - cc) ** 2 + 4 * rc * rc);
  return {
    box: { row0, row1: row1 + 1, col0, col1: col1 + 1 },
    pixels: n,
    majorAxis: 2 * Math.SQRT2 * Math.sqrt(rr + cc + spread),
  };
};
