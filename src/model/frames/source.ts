import type { Pixels } from './clip.js';

/** Where a stack comes from. */
export type StackSource =
  | { readonly _tag: 'File'; readonly stack: string; readonly path: string }
  | { readonly _tag: 'Bytes'; readonly stack: string; readonly bytes: Uint8Array }
  | {
      readonly _tag: 'Frames';
      readonly stack: string;
      readonly width: number;
      readonly height: number;
      readonly pixels: Pixels;
      readonly frames: readonly Uint8Array[];
    };

/** A file: MP4, AVI, Matroska, multi-page TIFF or .npy, recognised by its first bytes. */
export const stackFromFile = (path: string): StackSource => ({ _tag: 'File', stack: path, path });

/** The bytes of such a file, under a name for messages. */
export const stackFromBytes = (stack: string, bytes: Uint8Array): StackSource => ({ _tag: 'Bytes', stack, bytes });

/**
 * Raw frames in memory. The number of bytes per frame is checked later, when the stack is decoded.
 *
 * @throws RangeError when a size is no whole number, the kind of pixels is unknown, or a frame is no array of bytes
 */
export const stackFromFrames = (
  stack: string,
  raw: {
    readonly width: number;
    readonly height: number;
    readonly pixels: Pixels;
    readonly frames: readonly Uint8Array[];
  },
): StackSource => {
  for (const side of ['width', 'height'] as const)
    requireWhole(`${stack}: ${side}`, raw[side], Number.MAX_SAFE_INTEGER);
  requirePixels(stack, raw.pixels);
  if (!Array.isArray(raw.frames)) {
    throw new RangeError(`${stack}: expected a list of frames, got ${kindOf(raw.frames)}`);
  }
  // Loops by index, because `forEach` skips the holes of a sparse array.
  for (let f = 0; f < raw.frames.length; f++) {
    const kind = kindOf(raw.frames[f]);
    if (kind !== 'Uint8Array' && kind !== 'Uint8ClampedArray') {
      throw new RangeError(`${stack}: expected frame ${f} to be a Uint8Array, got ${kind}`);
    }
  }
  return { _tag: 'Frames', stack, ...raw };
};

// Checks the type by name, so that byte arrays from another realm are accepted.
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

const requirePixels = (stack: string, pixels: Pixels): void => {
  switch (pixels?._tag) {
    case 'Grey':
    case 'Rgb':
      return;
    case 'Yuv':
      requireWhole(`${stack}: pixels.shiftX`, pixels.shiftX, 1);
      requireWhole(`${stack}: pixels.shiftY`, pixels.shiftY, 1);
      if (typeof pixels.full === 'boolean') return;
      throw new RangeError(`${stack}: expected pixels.full to be true or false, got ${String(pixels.full)}`);
    default:
      throw new RangeError(`${stack}: expected pixels of Yuv, Rgb or Grey, got ${JSON.stringify(pixels)}`);
  }
};

const requireWhole = (what: string, value: number, most: number): void => {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? 'a whole number, 0 or more' : `0 to ${most}`;
  throw new RangeError(`${what}: expected ${range}, got ${String(value)}`);
};
