import { type Channel, chromaPlanes, type YuvLayout, yuvTables } from '../yuv.js';

/** Lowest and highest byte of each channel, both included. */
export type ColourRange = Readonly<Record<Channel, readonly [number, number]>>;

/** Places `row * width + col` of the pixels inside a colour range; the first `count` entries of `at` are meant. */
export interface MaskPixels {
  readonly at: Uint32Array;
  readonly count: number;
}

/**
 * Pixels of a YUV frame whose RGB lies in the range, without converting the frame.
 *
 * One chroma sample shifts all channels of its pixels by the same amount, so the range becomes one interval of luma per
 * sample. Grey tissue leaves it empty, and then the sample's pixels need not be looked at: that is most of every frame.
 *
 * @param scratch - room for `width * height` places
 */
export const yuvMask = (
  { frame, layout }: { readonly frame: Uint8Array; readonly layout: YuvLayout },
  { red, green, blue }: ColourRange,
  scratch: Uint32Array,
): MaskPixels => {
  const { bits, luma, redV, greenU, greenV, blueU } = yuvTables(layout);
  const planes = chromaPlanes(layout);
  const { width, height, shiftX } = layout;
  // A bound of 0 or 255 holds for every clamped value, so it bounds nothing before clamping.
  const [rLow, rHigh] = unclamped(red, bits);
  const [gLow, gHigh] = unclamped(green, bits);
  const [bLow, bHigh] = unclamped(blue, bits);
  // Rows that share a chroma row are looked at together.
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

// Far outside every sum of a luma and two chroma terms, and still a small integer.
const ANY = 1 << 26;

/** Bounds of a sum before it is shifted by `bits` and clamped. */
const unclamped = ([low, high]: readonly [number, number], bits: number): readonly [number, number] => [
  low <= 0 ? -ANY : low << bits,
  high >= 255 ? ANY : ((high + 1) << bits) - 1,
];

/** The same for interleaved pixels; `channels` is 3 (red, green, blue) or 1 (grey, equal in all three). */
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
