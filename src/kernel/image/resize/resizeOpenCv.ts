import { emptyVolume, type Size, type Volume } from '../volume.js';
import { resizeFixedPoint, roundHalfEven, tapsOf } from './resizeFixedPoint.js';

/**
 * `cv2.resize(…, INTER_LINEAR)` of every plane, bit for bit.
 *
 * Equal sizes are copied. When both sides are halved, OpenCV uses its area code: the mean of 2 × 2 pixels.
 */
export const resizeLinear = (from: Volume, to: Size): Volume => {
  if (from.height === to.height && from.width === to.width) return { ...from, data: from.data.slice() };
  if (from.height === 2 * to.height && from.width === 2 * to.width) return wholeArea(from, to);
  const place = (nIn: number, nOut: number) => {
    // OpenCV stores nOut / nIn and inverts it. nIn / nOut can differ in the last bit.
    const scale = 1 / (nOut / nIn);
    return (i: number): readonly [number, number] => {
      const at = Math.fround((i + 0.5) * scale - 0.5);
      const floor = Math.floor(at);
      return [floor, Math.fround(at - floor)];
    };
  };
  return bilinear(from, to, place);
};

/**
 * `cv2.resize(…, INTER_AREA)` of every plane, bit for bit. OpenCV uses four algorithms: a copy for equal sizes; means
 * of whole pixels; float32 means with parts of pixels; and, when either side grows, a variant of linear interpolation.
 */
export const resizeArea = (from: Volume, to: Size): Volume => {
  if (from.height === to.height && from.width === to.width) return { ...from, data: from.data.slice() };
  if (from.height < to.height || from.width < to.width) return enlarged(from, to);
  const whole = from.height % to.height === 0 && from.width % to.width === 0;
  return whole ? wholeArea(from, to) : fractional(from, to);
};

const enlarged = (from: Volume, to: Size): Volume => {
  const place = (nIn: number, nOut: number) => {
    const inverse = nOut / nIn;
    // OpenCV computes the scale from the inverse. nIn / nOut can differ in the last bit.
    const scale = 1 / inverse;
    return (i: number): readonly [number, number] => {
      const at = Math.floor(i * scale);
      const part = Math.fround(i + 1 - (at + 1) * inverse);
      return [at, part <= 0 ? 0 : Math.fround(part - Math.floor(part))];
    };
  };
  return bilinear(from, to, place);
};

type Place = (nIn: number, nOut: number) => (i: number) => readonly [number, number];

const bilinear = (from: Volume, to: Size, place: Place): Volume =>
  resizeFixedPoint(from, to, {
    rows: tapsOf(from.height, to.height, place(from.height, to.height), 'repeat'),
    cols: tapsOf(from.width, to.width, place(from.width, to.width), 'snap'),
  });

/** OpenCV's area mean when both sides shrink by whole numbers: (sum + 2) >> 2 for 2 × 2, else a float32 product. */
const wholeArea = (from: Volume, to: Size): Volume => {
  const { data, depth, height, width, channels } = from;
  const out = emptyVolume({ ...to, depth, channels });
  const tall = height / to.height;
  const wide = width / to.width;
  const share = Math.fround(1 / (tall * wide));
  const isQuad = tall === 2 && wide === 2;
  let i = 0;
  for (let d = 0; d < depth; d++) {
    for (let row = 0; row < to.height; row++) {
      for (let col = 0; col < to.width; col++) {
        const at = ((d * height + row * tall) * width + col * wide) * channels;
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let r = 0; r < tall; r++) {
            for (let k = 0; k < wide; k++) sum += data[at + (r * width + k) * channels + c];
          }
          out.data[i++] = isQuad ? (sum + 2) >> 2 : roundHalfEven(Math.fround(Math.fround(sum) * share));
        }
      }
    }
  }
  return out;
};

interface Shares {
  /** The shares of output position i are at `first[i] .. first[i + 1] - 1`, in source order. */
  readonly first: Int32Array;
  readonly source: Int32Array;
  readonly share: Float32Array;
}

// OpenCV ignores a part of a pixel that is narrower than this.
const THIN = 1e-3;

const sharesOf = (nIn: number, nOut: number): Shares => {
  const scale = 1 / (nOut / nIn);
  const first = new Int32Array(nOut + 1);
  const source: number[] = [];
  const share: number[] = [];
  const add = (at: number, value: number): void => {
    source.push(at);
    share.push(value);
  };
  for (let i = 0; i < nOut; i++) {
    const from = i * scale;
    const to = from + scale;
    const cell = Math.min(scale, nIn - from);
    const s2 = Math.min(Math.floor(to), nIn - 1);
    const s1 = Math.min(Math.ceil(from), s2);
    if (s1 - from > THIN) add(s1 - 1, (s1 - from) / cell);
    for (let s = s1; s < s2; s++) add(s, 1 / cell);
    if (to - s2 > THIN) add(s2, Math.min(Math.min(to - s2, 1), cell) / cell);
    first[i + 1] = source.length;
  }
  return { first, source: Int32Array.from(source), share: Float32Array.from(share) };
};

const fractional = (from: Volume, to: Size): Volume => {
  const { data, depth, height, width, channels } = from;
  const out = emptyVolume({ ...to, depth, channels });
  const rows = sharesOf(height, to.height);
  const cols = sharesOf(width, to.width);
  const stride = to.width * channels;
  const line = new Float32Array(stride);
  const sum = new Float32Array(stride);
  let i = 0;
  for (let d = 0; d < depth; d++) {
    for (let row = 0; row < to.height; row++) {
      for (let r = rows.first[row]; r < rows.first[row + 1]; r++) {
        narrowInto(line, data, (d * height + rows.source[r]) * width * channels, cols, channels);
        const beta = rows.share[r];
        // Every step is rounded to float32, in OpenCV's order.
        if (r === rows.first[row]) for (let k = 0; k < stride; k++) sum[k] = beta * line[k];
        else for (let k = 0; k < stride; k++) sum[k] += Math.fround(beta * line[k]);
      }
      for (let k = 0; k < stride; k++) out.data[i++] = Math.min(255, Math.max(0, roundHalfEven(sum[k])));
    }
  }
  return out;
};

const narrowInto = (line: Float32Array, data: Uint8Array, at: number, cols: Shares, channels: number): void => {
  for (let col = 0, k = 0; col + 1 < cols.first.length; col++) {
    for (let c = 0; c < channels; c++, k++) {
      let sum = 0;
      for (let s = cols.first[col]; s < cols.first[col + 1]; s++) {
        sum = Math.fround(sum + Math.fround(data[at + cols.source[s] * channels + c] * cols.share[s]));
      }
      line[k] = sum;
    }
  }
};
