import { emptyVolume, type Size, type Volume } from '../volume.js';

/**
 * Trilinear resize of 8-bit pixels. Equals `scipy.ndimage.zoom(order=1)` per channel, cast to bytes, bit for bit:
 *
 * output i samples input i·(n_in − 1)/(n_out − 1) in doubles; the value is floor(v + 1/2).
 *
 * Rounding can move the last coordinate above n_in − 1. scipy then returns 0: for 50, 60, 99, 106, … frames, the last
 * of 96 planes is black. The winning networks were trained on such volumes, so this code does the same.
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
  // Each source plane is resized once, in columns and rows. An output plane then blends two resized planes.
  const stretched = (d: number): Float64Array => {
    const slot = d & 1;
    if (holds[slot] !== d) {
      stretchInto(planes[slot], wide, from, d, rows, cols);
      holds[slot] = d;
    }
    return planes[slot];
  };
  // Each coordinate is a fraction with denominator n_out − 1. If all three denominators are odd, no value is halfway
  // between two bytes. So an output of 96 planes, 128 rows and 128 columns needs no exact sums.
  const hasTies = [to.depth, to.height, to.width].some((n) => n > 1 && n % 2 === 1);
  for (let d = 0; d < to.depth; d++) {
    if (depth.outside[d] === 1) continue;
    const [a, b] = [stretched(depth.low[d]), stretched(depth.high[d])];
    const weights = { x: depth.rest[d], y: depth.part[d] };
    const line = out.data.subarray(d * plane, (d + 1) * plane);
    blendInto(line, a, b, weights);
    if (hasTies) decideTies(line, a, b, weights, (i) => exact(from, i, [depth, d], rows, cols));
  }
  return out;
};

interface Weights {
  readonly x: number;
  readonly y: number;
}

// Separate functions for speed: inside a larger function, these loops run several times slower.
const blendInto = (line: Uint8Array, a: Float64Array, b: Float64Array, { x, y }: Weights): void => {
  // A byte array stores the integer part. This is the floor, because no value is negative.
  for (let i = 0; i < line.length; i++) line[i] = x * a[i] + y * b[i] + 0.5;
};

/** Our order of summation differs from scipy's, by about 1e-13 in the sum. It matters only this close to a tie. */
const NEAR = 1e-9;

const decideTies = (
  line: Uint8Array,
  a: Float64Array,
  b: Float64Array,
  { x, y }: Weights,
  exactly: (i: number) => number,
): void => {
  for (let i = 0; i < line.length; i++) {
    const v = x * a[i] + y * b[i] + 0.5;
    const near = v - Math.floor(v);
    if (near <= NEAR || near >= 1 - NEAR) line[i] = exactly(i);
  }
};

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
    // As in scipy, the last weight is 1 minus the other. Its rounding decides ties.
    rest[i] = 1 - (at - Math.floor(at));
    part[i] = 1 - rest[i];
  }
  return { low, high, rest, part, outside };
};

const stretchInto = (out: Float64Array, wide: Float64Array, from: Volume, d: number, rows: Axis, cols: Axis): void => {
  const { height, width, channels } = from;
  const stride = cols.low.length * channels;
  const line = width * channels;
  for (let row = 0; row < height; row++) {
    const at = (d * height + row) * line;
    widenInto(wide.subarray(row * stride, (row + 1) * stride), from.data.subarray(at, at + line), channels, cols);
  }
  for (let row = 0; row < rows.low.length; row++) {
    const a = rows.low[row] * stride;
    const b = rows.high[row] * stride;
    const inside = rows.outside[row] === 1 ? 0 : 1;
    lengthenInto(
      out.subarray(row * stride, (row + 1) * stride),
      wide.subarray(a, a + stride),
      wide.subarray(b, b + stride),
      {
        x: inside * rows.rest[row],
        y: inside * rows.part[row],
      },
    );
  }
};

const widenInto = (out: Float64Array, line: Uint8Array, channels: number, cols: Axis): void => {
  const { low, high, rest, part, outside } = cols;
  for (let col = 0, i = 0; col < low.length; col++) {
    const a = low[col] * channels;
    const b = high[col] * channels;
    const x = outside[col] === 1 ? 0 : rest[col];
    const y = outside[col] === 1 ? 0 : part[col];
    for (let c = 0; c < channels; c++) out[i++] = x * line[a + c] + y * line[b + c];
  }
};

const lengthenInto = (out: Float64Array, a: Float64Array, b: Float64Array, { x, y }: Weights): void => {
  for (let k = 0; k < out.length; k++) out[k] = x * a[k] + y * b[k];
};

/** Computes one voxel as scipy does: eight products are summed, with weights multiplied in axis order. */
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
