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
export const fromFile = (path: string): StackSource => ({ _tag: 'File', stack: path, path });

/** The bytes of such a file, under a name for messages. */
export const fromBytes = (stack: string, bytes: Uint8Array): StackSource => ({ _tag: 'Bytes', stack, bytes });

/** Raw frames in memory. */
export const fromFrames = (
  stack: string,
  raw: {
    readonly width: number;
    readonly height: number;
    readonly pixels: Pixels;
    readonly frames: readonly Uint8Array[];
  },
): StackSource => ({ _tag: 'Frames', stack, ...raw });
