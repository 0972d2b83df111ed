import { emptyVolume, type Size, type Volume } from './volume.js';

/**
 * Trilinear resize of 8-bit pixels, bit for bit `scipy.ndimage.zoom(order=1)` of each channel and a cast back to bytes:
 *
 * output i samples input i·(n_in − 1)/(n_out − 1) in doubles; the value is floor(v + 1/2).
 *
 * A coordinate one rounding above n_in − 1 is outside for scipy, and outside is 0. That blackens the last of 96 planes
 * for 50, 60, 99, 106, … frames; the winning networks were trained on it, so it is reproduced.
 *
 * @see docs of scipy 1.10.1, `NI_ZoomShift`, mode 'constant'
 */
export const zoomTrilinear = (from: Volume, to: Size & { readonly depth: number }): Volume => {
  const out = emptyVolume({ ...to, channels: from.channels });
  const depth = axis(from.depth, to.depth);
  const rows = axis(from.height, to.height);
  const cols = axis(from.width, to.width);
  const plane = to.height * to.width * from.channels;
  const planes = [new Float64Array(plane), new Float64Array(plane)];
  const holds = [-1, -1];
  const wide = new Float64Array(from.height * to.width * from.channels);
  // Source planes are widened and lengthened once each; neighbours in depth then need one line per voxel.
  const stretched = (d: number): Float64Array => {
    const slot = d & 1;
    if (holds[slot] !== d) {
      stretchInto(planes[slot], wide, from, d, rows, cols);
      holds[slot] = d;
    }
    return planes[slot];
  };
  for (let d = 0; d < to.depth; d++) {
    if (depth.outside[d] === 1) continue;
    const a = stretched(depth.low[d]);
    const b = stretched(depth.high[d]);
    const y = depth.part[d];
    const x = depth.rest[d];
    const at = d * plane;
    for (let i = 0; i < plane; i++) {
      const v = x * a[i] + y * b[i] + 0.5;
      const floor = Math.floor(v);
      // Sums in another order than scipy's differ by some 1e-13, which only matters this close to a tie.
      const near = v - floor;
      out.data[at + i] = near > NEAR && near < 1 - NEAR ? floor : exact(from, i, [depth, d], rows, cols);
    }
  }
  return out;
};

const NEAR = 1e-9;

interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** Weights of the low and the high neighbour. */
  readonly rest: Float64Array;
  readonly part: Float64Array;
  readonly outside: Uint8Array;
}

const axis = (nIn: number, nOut: number): Axis => {
  const low = new Int32Array(nOut);
  const high = new Int32Array(nOut);
  const rest = new Float64Array(nOut);
  const part = new Float64Array(nOut);
  const outside = new Uint8Array(nOut);
  const step = nOut > 1 ? (nIn - 1) / (nOut - 1) : 1;
  for (let i = 0; i < nOut; i++) {
    const at = i * step;
    outside[i] = at > nIn - 1 ? 1 : 0;
    low[i] = Math.min(Math.floor(at), nIn - 1);
    high[i] = Math.min(low[i] + 1, nIn - 1);
    // scipy makes the last weight the rest of the others, which decides ties.
    rest[i] = 1 - (at - Math.floor(at));
    part[i] = 1 - rest[i];
  }
  return { low, high, rest, part, outside };
};

const stretchInto = (
  out: Float64Array,
  wide: Float64Array,
  { data, height, width, channels }: Volume,
  d: number,
  rows: Axis,
  cols: Axis,
): void => {
  const stride = cols.low.length * channels;
  for (let row = 0; row < height; row++) {
    const at = (d * height + row) * width * channels;
    for (let col = 0, i = row * stride; col < cols.low.length; col++) {
      const a = at + cols.low[col] * channels;
      const b = at + cols.high[col] * channels;
      const y = cols.outside[col] === 1 ? 0 : cols.part[col];
      const x = cols.outside[col] === 1 ? 0 : cols.rest[col];
      for (let c = 0; c < channels; c++) wide[i++] = x * data[a + c] + y * data[b + c];
    }
  }
  for (let row = 0, i = 0; row < rows.low.length; row++) {
    const a = rows.low[row] * stride;
    const b = rows.high[row] * stride;
    const y = rows.outside[row] === 1 ? 0 : rows.part[row];
    const x = rows.outside[row] === 1 ? 0 : rows.rest[row];
    for (let k = 0; k < stride; k++) out[i++] = x * wide[a + k] + y * wide[b + k];
  }
};

/** One voxel as scipy sums it: eight products, the weights multiplied in axis order. */
const exact = (from: Volume, i: number, [depth, d]: readonly [Axis, number], rows: Axis, cols: Axis): number => {
  const c = i % from.channels;
  const pixel = (i - c) / from.channels;
  const col = pixel % cols.low.length;
  const row = (pixel - col) / cols.low.length;
  if (rows.outside[row] === 1 || cols.outside[col] === 1) return 0;
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const far = { d: (corner >> 2) & 1, row: (corner >> 1) & 1, col: corner & 1 };
    const sd = far.d === 1 ? depth.high[d] : depth.low[d];
    const sr = far.row === 1 ? rows.high[row] : rows.low[row];
    const sc = far.col === 1 ? cols.high[col] : cols.low[col];
    const value = from.data[((sd * from.height + sr) * from.width + sc) * from.channels + c];
    const weight = (a: Axis, at: number, isFar: number): number => (isFar === 1 ? a.part[at] : a.rest[at]);
    sum += value * weight(depth, d, far.d) * weight(rows, row, far.row) * weight(cols, col, far.col);
  }
  return Math.floor(sum + 0.5);
};
