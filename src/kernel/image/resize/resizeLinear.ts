import type { Size, Volume } from '../volume.js';
import { resizeFixedPoint, tapsOf } from './resizeFixedPoint.js';
import { resizeWholeArea } from './resizeWholeArea.js';

/**
 * `cv2.resize(…, INTER_LINEAR)` of every plane, bit for bit.
 *
 * Equal sizes copy. Halving both sides is the mean of 2 × 2 pixels: OpenCV silently takes its area code there.
 */
export const resizeLinear = (from: Volume, to: Size): Volume => {
  if (from.height === to.height && from.width === to.width) return { ...from, data: from.data.slice() };
  if (from.height === 2 * to.height && from.width === 2 * to.width) return resizeWholeArea(from, to);
  const place = (nIn: number, nOut: number) => {
    // OpenCV keeps the ratio the other way round; the last bit of places depends on it.
    const scale = 1 / (nOut / nIn);
    return (i: number): readonly [number, number] => {
      const at = Math.fround((i + 0.5) * scale - 0.5);
      const floor = Math.floor(at);
      return [floor, Math.fround(at - floor)];
    };
  };
  return resizeFixedPoint(from, to, {
    rows: tapsOf(from.height, to.height, place(from.height, to.height), 'repeat'),
    cols: tapsOf(from.width, to.width, place(from.width, to.width), 'snap'),
  });
};
