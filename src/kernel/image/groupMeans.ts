import { emptyVolume, type Volume } from './volume.js';

/** Lays out all planes as tiles of one plane: `across` tiles per row, the first row filled first. */
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

/** Means of `groups` equal runs of planes, rounded half up. The last planes that fill no run are not used. */
export const groupMeans = (from: Volume, groups: number): Volume => {
  const each = Math.floor(from.depth / groups);
  const out = emptyVolume({ ...from, depth: groups });
  const plane = from.height * from.width * from.channels;
  const sum = new Float64Array(plane);
  for (let g = 0; g < groups; g++) {
    sum.fill(0);
    for (let d = g * each; d < (g + 1) * each; d++) {
      for (let i = 0, at = d * plane; i < plane; i++) sum[i] += from.data[at + i];
    }
    for (let i = 0, at = g * plane; i < plane; i++) out.data[at + i] = Math.floor(sum[i] / each + 0.5);
  }
  return out;
};
