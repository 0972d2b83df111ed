/** How a byte x of one channel is scaled for a network: (x / divisor − mean) / deviation. */
export interface Scaling {
  readonly divisor: number;
  /** One value per channel. When `mean` or `deviation` is absent, its step is skipped. */
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
}

/** The 256 scaled values of each channel. Each step rounds to float32 as numpy does, so the table is exact. */
export const scalingTables = (scaling: Scaling, channels: number): readonly Float32Array[] =>
  Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: 256 }, (_, byte) => {
      const share = Math.fround(byte / Math.fround(scaling.divisor));
      const centred = scaling.mean === undefined ? share : Math.fround(share - Math.fround(scaling.mean[c]));
      return scaling.deviation === undefined ? centred : Math.fround(centred / Math.fround(scaling.deviation[c]));
    }),
  );

/** Bytes with channels innermost → float32 in the same order. */
export const normaliseInto = (out: Float32Array, data: Uint8Array, tables: readonly Float32Array[]): void => {
  const channels = tables.length;
  for (let c = 0; c < channels; c++) {
    const table = tables[c];
    for (let i = c; i < data.length; i += channels) out[i] = table[data[i]];
  }
};

/** Bytes with channels innermost → float32 with channels outermost. */
export const normalisePlanarInto = (out: Float32Array, data: Uint8Array, tables: readonly Float32Array[]): void => {
  const channels = tables.length;
  const voxels = data.length / channels;
  for (let c = 0; c < channels; c++) {
    const table = tables[c];
    for (let i = 0, at = c; i < voxels; i++, at += channels) out[c * voxels + i] = table[data[at]];
  }
};
