import type { Box } from './volume.js';

/**
 * YUV → RGB exactly as swscale's default path, hence `cv2.VideoCapture`, does it: products of 16-bit words of which the
 * high half is kept. BT.601 always, whatever the file's tag says, because OpenCV ignores the tag.
 */

/** How planes lie in a frame: Y, then U, then V, without gaps. */
export interface YuvLayout {
  readonly width: number;
  readonly height: number;
  /** Halvings of the chroma planes: 4:2:0 is 1 and 1, 4:2:2 is 1 and 0, 4:4:4 is 0 and 0. */
  readonly shiftX: 0 | 1;
  readonly shiftY: 0 | 1;
  /** Luma 0..255 instead of 16..235. */
  readonly full: boolean;
}

export type Channel = 'red' | 'green' | 'blue';

/** What is added to the luma term, by chroma byte; `red` knows only V, `blue` only U. */
export interface YuvTables {
  readonly luma: Int32Array;
  readonly redV: Int32Array;
  readonly greenU: Int32Array;
  readonly greenV: Int32Array;
  readonly blueU: Int32Array;
}

const table = (of: (byte: number) => number): Int32Array => Int32Array.from({ length: 256 }, (_, byte) => of(byte));
const chroma = (factor: number): Int32Array => table((byte) => ((byte * 8 - 1024) * factor) >> 16);

const LIMITED: YuvTables = {
  luma: table((byte) => ((byte * 8 - 128) * 9539) >> 16),
  redV: chroma(13075),
  greenU: chroma(-3209),
  greenV: chroma(-6660),
  blueU: chroma(16525),
};

const FULL: YuvTables = {
  luma: table((byte) => (byte * 8 * 8192) >> 16),
  redV: chroma(11485),
  greenU: chroma(-2819),
  greenV: chroma(-5850),
  blueU: chroma(14516),
};

export const yuvTables = (full: boolean): YuvTables => (full ? FULL : LIMITED);

/** Where the chroma planes begin and how long their rows are. */
export const chromaPlanes = (
  layout: YuvLayout,
): { readonly u: number; readonly v: number; readonly stride: number; readonly bytes: number } => {
  const stride = (layout.width + layout.shiftX) >> layout.shiftX;
  const rows = (layout.height + layout.shiftY) >> layout.shiftY;
  const u = layout.width * layout.height;
  return { u, v: u + stride * rows, stride, bytes: u + 2 * stride * rows };
};

/** The chroma row of a luma row. swscale reads 4:2:2 as if every second chroma row were not there. */
export const chromaRow = (layout: YuvLayout, row: number): number =>
  layout.shiftX === 1 && layout.shiftY === 0 ? row & ~1 : row >> layout.shiftY;

/**
 * Converts the box of one frame into interleaved channels at `out[offset]` and after.
 *
 * @param wanted - which channels, in which order: OpenCV's order is blue, green, red
 */
export const yuvToPixelsInto = (
  out: Uint8Array,
  offset: number,
  { frame, layout, box }: { readonly frame: Uint8Array; readonly layout: YuvLayout; readonly box: Box },
  wanted: readonly Channel[],
): void => {
  const { luma, redV, greenU, greenV, blueU } = yuvTables(layout.full);
  const planes = chromaPlanes(layout);
  // Stores into a clamped view clamp to 0..255, which is what swscale's packing instruction does.
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.byteLength);
  const nChannels = wanted.length;
  const width = box.col1 - box.col0;
  for (let k = 0; k < nChannels; k++) {
    const channel = wanted[k];
    for (let row = box.row0; row < box.row1; row++) {
      const yRow = row * layout.width;
      const uRow = planes.u + chromaRow(layout, row) * planes.stride;
      const vRow = uRow + planes.v - planes.u;
      let to = offset + (row - box.row0) * width * nChannels + k;
      for (let col = box.col0; col < box.col1; col++, to += nChannels) {
        const at = col >> layout.shiftX;
        const y = luma[frame[yRow + col]];
        if (channel === 'red') clamped[to] = y + redV[frame[vRow + at]];
        else if (channel === 'blue') clamped[to] = y + blueU[frame[uRow + at]];
        else clamped[to] = y + greenU[frame[uRow + at]] + greenV[frame[vRow + at]];
      }
    }
  }
};
