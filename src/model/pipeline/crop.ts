import { emptyVolume, type Volume } from '../../kernel/image/volume.js';
import { type Channel, yuvToPixelsInto } from '../../kernel/image/yuv.js';
import { type Clip, layoutOf } from '../frames/clip.js';
import type { Outline } from './outline.js';

const PLACE: Readonly<Record<Channel, number>> = { red: 0, green: 1, blue: 2 };

/** The box of every frame as interleaved channels, the outside blackened where the outline says so. */
export const cropOf = (clip: Clip, { box, inside }: Outline, channels: readonly Channel[]): Volume => {
  const height = box.row1 - box.row0;
  const width = box.col1 - box.col0;
  const out = emptyVolume({ depth: clip.frames.length, height, width, channels: channels.length });
  const plane = height * width * channels.length;
  for (const [d, frame] of clip.frames.entries()) {
    if (clip.pixels._tag === 'Yuv') {
      yuvToPixelsInto(out.data, d * plane, { frame, layout: layoutOf(clip, clip.pixels), box }, channels);
      continue;
    }
    const isGrey = clip.pixels._tag === 'Grey';
    let to = d * plane;
    for (let row = box.row0; row < box.row1; row++) {
      for (let col = box.col0; col < box.col1; col++) {
        const at = row * clip.width + col;
        for (const channel of channels) out.data[to++] = isGrey ? frame[at] : frame[3 * at + PLACE[channel]];
      }
    }
  }
  if (inside === undefined) return out;
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      if (inside[(box.row0 + row) * clip.width + box.col0 + col] === 1) continue;
      const at = (row * width + col) * channels.length;
      for (let d = 0; d < out.depth; d++) out.data.fill(0, d * plane + at, d * plane + at + channels.length);
    }
  }
  return out;
};

/** Every n-th row of every plane, from the first. */
export const everyRow = (from: Volume, step: number): Volume => {
  const out = emptyVolume({ ...from, height: Math.ceil(from.height / step) });
  const line = from.width * from.channels;
  for (let d = 0; d < from.depth; d++) {
    for (let row = 0; row < out.height; row++) {
      const at = (d * from.height + row * step) * line;
      out.data.set(from.data.subarray(at, at + line), (d * out.height + row) * line);
    }
  }
  return out;
};
