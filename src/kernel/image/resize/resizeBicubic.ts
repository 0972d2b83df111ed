import { emptyVolume, type Size, type Volume } from '../volume.js';

/**
 * Bicubic resize of every plane as in MATLAB's `imresize`: Keys' kernel with a = −1/2 and mirrored edges. Shrinking
 * widens the kernel (antialiasing). The axis that shrinks more is resized first. Each axis rounds its result to bytes.
 *
 * @see MathWorks, imresize · Keys (1981), doi:10.1109/TASSP.1981.1163711
 */
export const resizeBicubic = (from: Volume, to: Size): Volume => {
  const rowsFirst = to.height / from.height <= to.width / from.width;
  return rowsFirst ? alongCols(alongRows(from, to.height), to.width) : alongRows(alongCols(from, to.width), to.height);
};

interface Taps {
  readonly count: number;
  /** The sources and weights of output position i are at `i * count .. (i + 1) * count - 1`. */
  readonly source: Int32Array;
  readonly weight: Float64Array;
}

const keys = (x: number): number => {
  const a = Math.abs(x);
  if (a <= 1) return 1.5 * a ** 3 - 2.5 * a ** 2 + 1;
  return a <= 2 ? -0.5 * a ** 3 + 2.5 * a ** 2 - 4 * a + 2 : 0;
};

const tapsOf = (nIn: number, nOut: number): Taps => {
  const scale = nOut / nIn;
  const narrow = Math.min(scale, 1);
  const width = 4 / narrow;
  const count = Math.ceil(width) + 2;
  const source = new Int32Array(nOut * count);
  const weight = new Float64Array(nOut * count);
  for (let i = 0; i < nOut; i++) {
    // Positions count from 1, as in MATLAB. The centre of a pixel is a whole number.
    const centre = (i + 1) / scale + 0.5 * (1 - 1 / scale);
    const left = Math.floor(centre - width / 2);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const value = narrow * keys(narrow * (centre - left - k));
      weight[i * count + k] = value;
      sum += value;
      // Mirror with the edge pixel repeated: … 2 1 | 1 2 3 … n | n n−1 …
      const turn = (((left + k - 1) % (2 * nIn)) + 2 * nIn) % (2 * nIn);
      source[i * count + k] = turn < nIn ? turn : 2 * nIn - 1 - turn;
    }
    for (let k = 0; k < count; k++) weight[i * count + k] /= sum;
  }
  return { count, source, weight };
};

/** Resizes one axis. `data` is `lines` blocks of `nIn` positions with `inner` samples each. */
const along = (
  data: Uint8Array,
  out: Uint8Array,
  {
    lines,
    inner,
    nIn,
    nOut,
  }: { readonly lines: number; readonly inner: number; readonly nIn: number; readonly nOut: number },
): void => {
  const { count, source, weight } = tapsOf(nIn, nOut);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < nOut; i++) {
      // The window is wider than the kernel, so zero weights at both ends are skipped.
      let first = i * count;
      let last = first + count;
      while (weight[first] === 0) first++;
      while (weight[last - 1] === 0) last--;
      const to = (line * nOut + i) * inner;
      for (let c = 0; c < inner; c++) {
        let sum = 0;
        for (let k = first; k < last; k++) sum += weight[k] * data[(line * nIn + source[k]) * inner + c];
        // MATLAB rounds halves away from zero; a `Uint8ClampedArray` would round them to even.
        const byte = Math.floor(sum + 0.5);
        out[to + c] = byte < 0 ? 0 : byte > 255 ? 255 : byte;
      }
    }
  }
};

const alongRows = (from: Volume, height: number): Volume => {
  const out = emptyVolume({ ...from, height });
  along(from.data, out.data, { lines: from.depth, inner: from.width * from.channels, nIn: from.height, nOut: height });
  return out;
};

const alongCols = (from: Volume, width: number): Volume => {
  const out = emptyVolume({ ...from, width });
  along(from.data, out.data, { lines: from.depth * from.height, inner: from.channels, nIn: from.width, nOut: width });
  return out;
};
