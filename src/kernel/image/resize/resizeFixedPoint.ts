import { emptyVolume, type Size, type Volume } from '../volume.js';

/**
 * OpenCV's fixed-point bilinear resize of 8-bit pixels, plane by plane. Weights are in units of 1/2048. The shifts drop
 * the same bits as OpenCV's SIMD code. `INTER_LINEAR` and the enlarging `INTER_AREA` differ only in `axes`.
 *
 * @see OpenCV 4.6 `resize.cpp`; compared with it in test/golden/resize.json
 */
export const resizeFixedPoint = (
  from: Volume,
  to: Size,
  axes: { readonly rows: Taps; readonly cols: Taps },
): Volume => {
  const { channels, depth, height, width, data } = from;
  const out = emptyVolume({ ...to, depth, channels });
  const { rows, cols } = axes;
  const stride = to.width * channels;
  const lines = [new Int32Array(stride), new Int32Array(stride)];
  for (let d = 0; d < depth; d++) {
    const holds = [-1, -1];
    // An output row needs two neighbouring source rows: one is even, one is odd. Each has its own buffer.
    const widened = (row: number): Int32Array => {
      const line = lines[row & 1];
      if (holds[row & 1] !== row) {
        widenInto(line, data, (d * height + row) * width * channels, cols, channels);
        holds[row & 1] = row;
      }
      return line;
    };
    for (let row = 0; row < to.height; row++) {
      const [a, b] = [widened(rows.near[row]), widened(rows.far[row])];
      const at = (d * to.height + row) * stride;
      blendInto(out.data.subarray(at, at + stride), a, b, rows.weight0[row], rows.weight1[row]);
    }
  }
  return out;
};

/** Two source positions and their weights for every output position of one axis. Weights are in units of 1/2048. */
export interface Taps {
  readonly near: Int32Array;
  readonly far: Int32Array;
  readonly weight0: Int32Array;
  readonly weight1: Int32Array;
}

const ONE = 2048;

/**
 * @param place - for an output position, the source position (an integer, possibly outside) and the fraction past it
 * @param edge - `snap` (columns) gives the border pixel the full weight; `repeat` (rows) repeats the border row and
 * keeps both weights. The results differ only by rounding.
 */
export const tapsOf = (
  nIn: number,
  nOut: number,
  place: (i: number) => readonly [number, number],
  edge: 'snap' | 'repeat',
): Taps => {
  const near = new Int32Array(nOut);
  const far = new Int32Array(nOut);
  const weight0 = new Int32Array(nOut);
  const weight1 = new Int32Array(nOut);
  for (let i = 0; i < nOut; i++) {
    let [at, part] = place(i);
    if (edge === 'snap' && at < 0) [at, part] = [0, 0];
    if (edge === 'snap' && at >= nIn - 1) [at, part] = [nIn - 1, 0];
    near[i] = Math.min(Math.max(at, 0), nIn - 1);
    far[i] = Math.min(Math.max(at + 1, 0), nIn - 1);
    weight0[i] = roundHalfEven(Math.fround(Math.fround(1 - part) * ONE));
    weight1[i] = roundHalfEven(Math.fround(part * ONE));
  }
  return { near, far, weight0, weight1 };
};

/** Rounds to the nearest integer, halves to the even one, as the processor does. */
export const roundHalfEven = (value: number): number => {
  const floor = Math.floor(value);
  const past = value - floor;
  return past > 0.5 || (past === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};

const widenInto = (line: Int32Array, data: Uint8Array, at: number, cols: Taps, channels: number): void => {
  for (let col = 0, k = 0; col < cols.near.length; col++) {
    const a = at + cols.near[col] * channels;
    const b = at + cols.far[col] * channels;
    const w0 = cols.weight0[col];
    const w1 = cols.weight1[col];
    for (let c = 0; c < channels; c++) line[k++] = (data[a + c] * w0 + data[b + c] * w1) >> 4;
  }
};

// A separate function for speed: inside a larger function, this loop takes 1.5 times as long.
const blendInto = (line: Uint8Array, a: Int32Array, b: Int32Array, v0: number, v1: number): void => {
  for (let k = 0; k < line.length; k++) {
    line[k] = ((Math.imul(v0, a[k]) >> 16) + (Math.imul(v1, b[k]) >> 16) + 2) >> 2;
  }
};
