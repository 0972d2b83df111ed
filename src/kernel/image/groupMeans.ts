import { emptyVolume, type Volume } from './volume.js';

/** Means of `groups` equal runs of planes, rounded half up; up to `groups − 1` last planes are left out. */
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
