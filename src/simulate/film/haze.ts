import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Seed, splitSeed } from '../../kernel/random/prng.js';
import type { Area } from './nearest.js';

/** Pixels between knots of the haze, and frames between its layers. */
const CELL = 22;
const LAYER = 18;

/** Light from out of focus: a log-normal field, smooth across the frame, that changes slowly with depth. */
export interface Haze {
  /** Knots of layer l, row by row. */
  readonly layers: readonly Float32Array[];
  readonly across: number;
}

export const drawHaze = (
  {
    frames,
    width,
    height,
    level,
  }: { readonly frames: number; readonly width: number; readonly height: number; readonly level: number },
  seed: Seed,
): Haze => {
  const deviate = normalDeviates(splitSeed(seed, 'haze'));
  // Two more knots on either side, for displaced frames.
  const across = Math.ceil(width / CELL) + 4;
  const down = Math.ceil(height / CELL) + 4;
  const shape = Float32Array.from({ length: across * down }, deviate);
  const layers = Array.from({ length: Math.ceil(frames / LAYER) + 1 }, () =>
    shape.map((constant) => level * Math.exp(1.25 * (0.8 * constant + 0.6 * deviate()))),
  );
  return { layers, across };
};

/** Interpolation with slope 0 at the knots, so that the grid does not show. */
const eased = (t: number): number => t * t * (3 - 2 * t);

/** One layer over an area, smooth between knots. */
const layerOf = ({ across }: Haze, knots: Float32Array, area: Area): Float32Array => {
  const out = new Float32Array(area.width * area.height);
  for (let row = 0, at = 0; row < area.height; row++) {
    const y = (area.row0 + row) / CELL + 2;
    const above = Math.floor(y) * across;
    const v = eased(y - Math.floor(y));
    for (let col = 0; col < area.width; col++, at++) {
      const x = (area.col0 + col) / CELL + 2;
      const i = above + Math.floor(x);
      const u = eased(x - Math.floor(x));
      out[at] =
        (1 - v) * ((1 - u) * knots[i] + u * knots[i + 1]) +
        v * ((1 - u) * knots[i + across] + u * knots[i + across + 1]);
    }
  }
  return out;
};

/** Writes the haze of one frame after another; frames must come in order. */
export const hazeWriter = (haze: Haze, area: Area): ((out: Float32Array, f: number) => void) => {
  let layer = -1;
  let near: Float32Array = new Float32Array(0);
  let far = near;
  return (out, f) => {
    const l = Math.floor(f / LAYER);
    if (l !== layer) {
      near = l === layer + 1 && layer >= 0 ? far : layerOf(haze, haze.layers[l], area);
      far = layerOf(haze, haze.layers[l + 1], area);
      layer = l;
    }
    const part = f / LAYER - l;
    for (let i = 0; i < out.length; i++) out[i] = (1 - part) * near[i] + part * far[i];
  };
};
