import { emptyVolume, type Volume } from './volume.js';
import type { Channel } from './yuv.js';

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

/** Each grey g as the pure colour of hue g/256: MATLAB's `hsv(256)` colour map, as bytes of red, green, blue. */
export const hueOfGrey = (grey: Volume): Volume => {
  const out = emptyVolume({ ...grey, channels: 3 });
  for (let i = 0; i < grey.data.length; i++) {
    const hue = (6 * grey.data[i]) / 256;
    for (let c = 0; c < 3; c++) {
      // Full within one sixth of the channel's own hue, none beyond two sixths, a ramp between.
      const away = Math.abs(((hue - 2 * c + 9) % 6) - 3);
      out.data[3 * i + c] = Math.floor(255 * Math.min(1, Math.max(0, 2 - away)) + 0.5);
    }
  }
  return out;
};
