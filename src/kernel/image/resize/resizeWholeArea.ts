import { emptyVolume, type Size, type Volume } from '../volume.js';
import { roundHalfEven } from './resizeFixedPoint.js';

/** OpenCV's area mean when both sides shrink by whole numbers: (sum + 2) >> 2 for 2 × 2, else a float32 product. */
export const resizeWholeArea = (from: Volume, to: Size): Volume => {
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
