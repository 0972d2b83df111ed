import type { Box } from '../volume.js';
import type { MaskPixels } from './colourMask.js';

/** The smallest box round all pixels, or undefined when there are none. */
export const extentsOf = ({ at, count }: MaskPixels, width: number): Box | undefined => {
  if (count === 0) return undefined;
  let row0 = Number.MAX_SAFE_INTEGER;
  let row1 = -1;
  let col0 = Number.MAX_SAFE_INTEGER;
  let col1 = -1;
  for (let i = 0; i < count; i++) {
    const row = Math.floor(at[i] / width);
    const col = at[i] - row * width;
    if (row < row0) row0 = row;
    if (row > row1) row1 = row;
    if (col < col0) col0 = col;
    if (col > col1) col1 = col;
  }
  return { row0, row1: row1 + 1, col0, col1: col1 + 1 };
};

/** The smallest box round two boxes. */
export const unionOf = (a: Box, b: Box): Box => ({
  row0: Math.min(a.row0, b.row0),
  row1: Math.max(a.row1, b.row1),
  col0: Math.min(a.col0, b.col0),
  col1: Math.max(a.col1, b.col1),
});

/** From the first row and column, with the largest height and width of one box. The union is larger if boxes drift. */
export const longestFromFirst = (boxes: readonly Box[]): Box => {
  const row0 = Math.min(...boxes.map((box) => box.row0));
  const col0 = Math.min(...boxes.map((box) => box.col0));
  return {
    row0,
    row1: row0 + Math.max(...boxes.map((box) => box.row1 - box.row0)),
    col0,
    col1: col0 + Math.max(...boxes.map((box) => box.col1 - box.col0)),
  };
};

/** The part of a box inside a frame. */
export const clippedTo = (box: Box, height: number, width: number): Box => ({
  row0: Math.max(0, box.row0),
  row1: Math.min(height, box.row1),
  col0: Math.max(0, box.col0),
  col1: Math.min(width, box.col1),
});

/** The box that remains when `share` of the pixels is cut off on each of the four sides, to exclude stray pixels. */
export const sturdyExtents = (
  { at, count }: MaskPixels,
  size: { readonly height: number; readonly width: number },
  share: number,
): Box | undefined => {
  if (count === 0) return undefined;
  const rows = new Uint32Array(size.height);
  const cols = new Uint32Array(size.width);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(at[i] / size.width);
    rows[row]++;
    cols[at[i] - row * size.width]++;
  }
  const [row0, row1] = trimmed(rows, share * count);
  const [col0, col1] = trimmed(cols, share * count);
  return { row0, row1, col0, col1 };
};

const trimmed = (histogram: Uint32Array, cut: number): readonly [number, number] => {
  let low = 0;
  for (let below = histogram[0]; below <= cut; below += histogram[low]) low++;
  let high = histogram.length - 1;
  for (let above = histogram[high]; above <= cut; above += histogram[high]) high--;
  return [low, high + 1];
};
