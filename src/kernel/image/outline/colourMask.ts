import { type Channel, chromaPlanes, type YuvLayout, yuvTables } from '../yuv.js';

/** Lowest and highest byte of each channel, both included. */
export type ColourRange = Readonly<Record<Channel, readonly [number, number]>>;

/** Positions `row * width + col` of pixels in a colour range. Only the first `count` entries of `at` are valid. */
export interface MaskPixels {
  readonly at: Uint32Array;
  readonly count: number;
}

/**
 * Finds the pixels of a YUV frame whose RGB values are in the range. The frame is not converted.
 *
 * In each channel, one chroma sample adds the same amount to all its pixels. So the colour range becomes one interval
 * of luma per sample. In grey tissue, most of every frame, this interval is empty and the sample's pixels are skipped.
 *
 * @param scratch - room for `width * height` positions
 */
export const yuvMask = (
  { frame, layout }: { readonly frame: Uint8Array; readonly layout: YuvLayout },
  { red, green, blue }: ColourRange,
  scratch: Uint32Array,
): MaskPixels => {
  const { bits, luma, redV, greenU, greenV, blueU } = yuvTables(layout);
  const planes = chromaPlanes(layout);
  const { width, height, shiftX } = layout;
  // Clamping brings every value into 0..255, so a bound of 0 or 255 excludes no sum.
  const [rLow, rHigh] = unclamped(red, bits);
  const [gLow, gHigh] = unclamped(green, bits);
  const [bLow, bHigh] = unclamped(blue, bits);
  // Rows that share a chroma row are processed together.
  const shared = 1 << layout.shiftY;
  let count = 0;
  for (let row = 0; row < height; row += shared) {
    const uRow = planes.u + (row >> layout.shiftY) * planes.stride;
    const vRow = uRow + planes.v - planes.u;
    const lastRow = Math.min(height, row + shared);
    for (let sample = 0; sample < planes.stride; sample++) {
      const u = frame[uRow + sample];
      const v = frame[vRow + sample];
      const r = redV[v];
      const b = blueU[u];
      let low = rLow - r > bLow - b ? rLow - r : bLow - b;
      let high = rHigh - r < bHigh - b ? rHigh - r : bHigh - b;
      if (low > high) continue;
      const g = greenU[u] + greenV[v];
      low = Math.max(low, gLow - g);
      high = Math.min(high, gHigh - g);
      if (low > high) continue;
      const lastCol = Math.min(width, (sample + 1) << shiftX);
      for (let at = row; at < lastRow; at++) {
        for (let col = sample << shiftX; col < lastCol; col++) {
          const y = luma[frame[at * width + col]];
          if (y >= low && y <= high) scratch[count++] = at * width + col;
        }
      }
    }
  }
  return { at: scratch, count };
};

// Larger than every sum of one luma and two chroma terms, but still a small integer.
const ANY = 1 << 26;

/** Converts the bounds of a byte to bounds of its sum before the shift by `bits` and the clamping. */
const unclamped = ([low, high]: readonly [number, number], bits: number): readonly [number, number] => [
  low <= 0 ? -ANY : low << bits,
  high >= 255 ? ANY : ((high + 1) << bits) - 1,
];

/** As `yuvMask`, for interleaved pixels; `channels` is 3 (red, green, blue) or 1 (grey, equal in all three). */
export const pixelMask = (
  frame: Uint8Array,
  channels: 1 | 3,
  { red, green, blue }: ColourRange,
  scratch: Uint32Array,
): MaskPixels => {
  const g = channels === 3 ? 1 : 0;
  const b = channels === 3 ? 2 : 0;
  let count = 0;
  for (let i = 0, at = 0; i < frame.length; i += channels, at++) {
    if (frame[i] < red[0] || frame[i] > red[1]) continue;
    if (frame[i + g] < green[0] || frame[i + g] > green[1]) continue;
    if (frame[i + b] < blue[0] || frame[i + b] > blue[1]) continue;
    scratch[count++] = at;
  }
  return { at: scratch, count };
};
