import { type Box, emptyVolume, type Volume } from './volume.js';

/**
 * YUV → RGB exactly as swscale's default path on x86, which `cv2.VideoCapture` uses. The matrix is always BT.601,
 * because OpenCV ignores the file's colour tag. The result is exact for even heights. For subsampled frames of odd
 * height, swscale mixes chroma rows; ffmpeg converts these frames instead.
 */

/** The layout of a frame: plane Y, then U, then V, without gaps. */
export interface YuvLayout {
  readonly width: number;
  readonly height: number;
  /** 1 when chroma has half the width (X) or height (Y): 4:2:0 is 1 and 1, 4:2:2 is 1 and 0, 4:4:4 is 0 and 0. */
  readonly shiftX: 0 | 1;
  readonly shiftY: 0 | 1;
  /** Luma 0..255 instead of 16..235. */
  readonly full: boolean;
}

export type Channel = 'red' | 'green' | 'blue';

/** Terms of the sum `(luma + chroma terms) >> bits`, indexed by byte. Red needs only V, blue only U. */
export interface YuvTables {
  readonly bits: number;
  readonly luma: Int32Array;
  readonly redV: Int32Array;
  readonly greenU: Int32Array;
  readonly greenV: Int32Array;
  readonly blueU: Int32Array;
}

/** BT.601 in units of 1/8192: luma scale and offset, then the four chroma factors. */
const COEFFICIENTS = {
  limited: { scale: 9539, offset: 16, redV: 13075, greenU: -3209, greenV: -6660, blueU: 16525 },
  full: { scale: 8192, offset: 0, redV: 11485, greenU: -2819, greenV: -5850, blueU: 14516 },
} as const;

const table = (termOf: (byte: number) => number): Int32Array =>
  Int32Array.from({ length: 256 }, (_, byte) => termOf(byte));

/** swscale converts subsampled chroma with 16-bit SIMD: each product drops its low 16 bits before the sum. */
const subsampled = (range: keyof typeof COEFFICIENTS): YuvTables => {
  const { scale, offset, ...factors } = COEFFICIENTS[range];
  const term = (factor: number): Int32Array => table((byte) => ((byte * 8 - 1024) * factor) >> 16);
  return {
    bits: 0,
    luma: table((byte) => ((byte - offset) * 8 * scale) >> 16),
    redV: term(factors.redV),
    greenU: term(factors.greenU),
    greenV: term(factors.greenV),
    blueU: term(factors.blueU),
  };
};

/** swscale converts 4:4:4 with its general scaler: it sums the full products and rounds the sum. */
const whole = (range: keyof typeof COEFFICIENTS): YuvTables => {
  const { scale, offset, ...factors } = COEFFICIENTS[range];
  const term = (factor: number): Int32Array => table((byte) => (byte - 128) * factor);
  return {
    bits: 13,
    luma: table((byte) => (byte - offset) * scale + 4096),
    redV: term(factors.redV),
    greenU: term(factors.greenU),
    greenV: term(factors.greenV),
    blueU: term(factors.blueU),
  };
};

const TABLES = {
  subsampled: { limited: subsampled('limited'), full: subsampled('full') },
  whole: { limited: whole('limited'), full: whole('full') },
} as const;

export const yuvTables = ({ full, shiftX }: YuvLayout): YuvTables =>
  TABLES[shiftX === 1 ? 'subsampled' : 'whole'][full ? 'full' : 'limited'];

/** Where the chroma planes begin and how long their rows are. */
export const chromaPlanes = (
  layout: YuvLayout,
): { readonly u: number; readonly v: number; readonly stride: number; readonly bytes: number } => {
  const stride = (layout.width + layout.shiftX) >> layout.shiftX;
  const rows = (layout.height + layout.shiftY) >> layout.shiftY;
  const u = layout.width * layout.height;
  return { u, v: u + stride * rows, stride, bytes: u + 2 * stride * rows };
};

/**
 * Converts the box of one frame to interleaved channels, written from `out[offset]` on.
 *
 * @param wanted - which channels, in which order: OpenCV's order is blue, green, red
 */
export const yuvToPixelsInto = (
  out: Uint8Array,
  offset: number,
  { frame, layout, box }: { readonly frame: Uint8Array; readonly layout: YuvLayout; readonly box: Box },
  wanted: readonly Channel[],
): void => {
  const { bits, luma, redV, greenU, greenV, blueU } = yuvTables(layout);
  const planes = chromaPlanes(layout);
  // A `Uint8ClampedArray` clamps stored values to 0..255, as swscale's packing instruction does.
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.byteLength);
  const nChannels = wanted.length;
  const width = box.col1 - box.col0;
  for (let k = 0; k < nChannels; k++) {
    const channel = wanted[k];
    for (let row = box.row0; row < box.row1; row++) {
      const yRow = row * layout.width;
      const uRow = planes.u + (row >> layout.shiftY) * planes.stride;
      const vRow = uRow + planes.v - planes.u;
      let to = offset + (row - box.row0) * width * nChannels + k;
      for (let col = box.col0; col < box.col1; col++, to += nChannels) {
        const at = col >> layout.shiftX;
        const y = luma[frame[yRow + col]];
        if (channel === 'red') clamped[to] = (y + redV[frame[vRow + at]]) >> bits;
        else if (channel === 'blue') clamped[to] = (y + blueU[frame[uRow + at]]) >> bits;
        else clamped[to] = (y + greenU[frame[uRow + at]] + greenV[frame[vRow + at]]) >> bits;
      }
    }
  }
};

const WEIGHT: Readonly<Record<Channel, number>> = { red: 0.298936, green: 0.5870431, blue: 0.1140209 };

/** Grey of three channels in the given order, by MATLAB's `rgb2gray`, rounded to bytes. */
export const greyOf = (from: Volume, channels: readonly Channel[]): Volume => {
  const [a, b, c] = channels.map((channel) => WEIGHT[channel]);
  const out = emptyVolume({ ...from, channels: 1 });
  for (let i = 0; i < out.data.length; i++) {
    const at = 3 * i;
    out.data[i] = Math.floor(a * from.data[at] + b * from.data[at + 1] + c * from.data[at + 2] + 0.5);
  }
  return out;
};

/** Turns each grey g into the pure colour of hue g/256: MATLAB's `hsv(256)` colour map, in red, green, blue bytes. */
export const hueOfGrey = (grey: Volume): Volume => {
  const out = emptyVolume({ ...grey, channels: 3 });
  for (let i = 0; i < grey.data.length; i++) {
    const hue = (6 * grey.data[i]) / 256;
    for (let c = 0; c < 3; c++) {
      // A channel is full within one sixth of its own hue, 0 beyond two sixths, and linear between.
      const away = Math.abs(((hue - 2 * c + 9) % 6) - 3);
      out.data[3 * i + c] = Math.floor(255 * Math.min(1, Math.max(0, 2 - away)) + 0.5);
    }
  }
  return out;
};
