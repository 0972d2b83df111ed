/** Which axes are reversed: planes, rows, columns. */
export interface Turn {
  readonly depth: boolean;
  readonly rows: boolean;
  readonly cols: boolean;
}

interface Shape {
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Writes the flipped volume into `out`. The channels of one voxel are innermost and keep their order. */
export const flipInto = <Samples extends Uint8Array | Float32Array>(
  out: Samples,
  data: Samples,
  { depth, height, width, channels }: Shape,
  turn: Turn,
): void => {
  const line = width * channels;
  for (let d = 0; d < depth; d++) {
    const fromPlane = (turn.depth ? depth - 1 - d : d) * height;
    for (let row = 0; row < height; row++) {
      const from = (fromPlane + (turn.rows ? height - 1 - row : row)) * line;
      const to = (d * height + row) * line;
      if (!turn.cols) {
        out.set(data.subarray(from, from + line), to);
        continue;
      }
      for (let col = 0; col < width; col++) {
        const a = from + (width - 1 - col) * channels;
        const b = to + col * channels;
        for (let c = 0; c < channels; c++) out[b + c] = data[a + c];
      }
    }
  }
};
