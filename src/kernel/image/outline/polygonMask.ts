import type { Boundary } from './boundary.js';

/**
 * 1 inside a closed polygon of pixel centres, 0 outside, by even–odd crossings. Half open like MATLAB's `poly2mask`: a
 * boundary at columns a .. b keeps a + 1 .. b, and rows likewise.
 */
export const polygonMask = (
  { rows, cols }: Boundary,
  size: { readonly height: number; readonly width: number },
): Uint8Array => {
  const mask = new Uint8Array(size.height * size.width);
  const n = rows.length;
  // Each edge crosses the lines between its ends; a pixel right of an odd number of crossings is inside.
  for (let i = 0; i < n; i++) {
    const j = i + 1 === n ? 0 : i + 1;
    if (rows[i] === rows[j]) continue;
    const upper = rows[i] < rows[j] ? i : j;
    const lower = upper === i ? j : i;
    const slope = (cols[lower] - cols[upper]) / (rows[lower] - rows[upper]);
    for (let row = rows[upper] + 1; row <= rows[lower]; row++) {
      const crossing = cols[upper] + (row - rows[upper]) * slope;
      for (let col = Math.floor(crossing) + 1; col < size.width; col++) mask[row * size.width + col] ^= 1;
    }
  }
  return mask;
};
