import type { YuvLayout } from '../../kernel/image/yuv.js';

/** Decoded frames of one stack, in the order they are shown. */
export interface Clip {
  /** File name, or the name that the caller gave. */
  readonly stack: string;
  readonly width: number;
  readonly height: number;
  readonly pixels: Pixels;
  /** One array per frame: Y, U and V planes without gaps, or interleaved red, green, blue, or grey. */
  readonly frames: readonly Uint8Array[];
}

/** The layout of a frame's bytes. */
export type Pixels =
  | ({ readonly _tag: 'Yuv' } & Pick<YuvLayout, 'shiftX' | 'shiftY' | 'full'>)
  | { readonly _tag: 'Rgb' }
  | { readonly _tag: 'Grey' };

/** Number of bytes in one frame. */
export const frameBytes = (width: number, height: number, pixels: Pixels): number => {
  if (pixels._tag === 'Grey') return width * height;
  if (pixels._tag === 'Rgb') return 3 * width * height;
  const chroma = ((width + pixels.shiftX) >> pixels.shiftX) * ((height + pixels.shiftY) >> pixels.shiftY);
  return width * height + 2 * chroma;
};

export const layoutOf = (clip: Clip, pixels: Pixels & { readonly _tag: 'Yuv' }): YuvLayout => ({
  width: clip.width,
  height: clip.height,
  shiftX: pixels.shiftX,
  shiftY: pixels.shiftY,
  full: pixels.full,
});
