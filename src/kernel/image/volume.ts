/** Eight-bit pixels of one stack. Plane d, channel c is at `((d * height + row) * width + col) * channels + c`. */
export interface Volume {
  readonly data: Uint8Array;
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Half-open rows and columns: `row0 <= row < row1`. */
export interface Box {
  readonly row0: number;
  readonly row1: number;
  readonly col0: number;
  readonly col1: number;
}

/** Target height and width of a resize. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A volume of zeros. */
export const emptyVolume = (shape: Omit<Volume, 'data'>): Volume => ({
  ...shape,
  data: new Uint8Array(shape.depth * shape.height * shape.width * shape.channels),
});
