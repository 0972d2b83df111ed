import { emptyVolume, type Volume } from './volume.js';

/** All planes as tiles of one plane, `across` in a row, first row first. */
export const montage = (from: Volume, across: number): Volume => {
  const down = Math.ceil(from.depth / across);
  const out = emptyVolume({
    depth: 1,
    height: down * from.height,
    width: across * from.width,
    channels: from.channels,
  });
  const line = from.width * from.channels;
  for (let d = 0; d < from.depth; d++) {
    const top = Math.floor(d / across) * from.height;
    const left = (d % across) * line;
    for (let row = 0; row < from.height; row++) {
      const at = (d * from.height + row) * line;
      out.data.set(from.data.subarray(at, at + line), (top + row) * across * line + left);
    }
  }
  return out;
};
