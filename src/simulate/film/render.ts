import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { splitSeed } from '../../kernel/random/prng.js';
import { hazeWriter } from './haze.js';
import type { Area } from './nearest.js';
import { ORANGE, type Stroke } from './outline.js';
import type { Scene } from './scene.js';
import { REACH } from './shake.js';
import { tubeAdder } from './tubes.js';

/** Grey level to luma of limited range. */
const LUMA_SCALE = 219 / 255;
const LUMA_ZERO = 16;
const NO_CHROMA = 128;
/** Share of rows with a raster streak, and how much brighter it is at most. */
const STREAKS = 0.02;
const STREAK_GAIN = 1.2;

const DEVIATES = 4096;

/** Standard normal deviates, found by place: the noise of a pixel does not depend on what else is drawn. */
const deviateTable: Float32Array = Float32Array.from({ length: DEVIATES }, normalDeviates(splitSeed('grain', 'table')));

/** Start of the noise of one row. */
const rowKey = (key: number, row: number, f: number): number => {
  const z = Math.imul((key ^ Math.imul(row + 1, 0x9e3779b1)) + Math.imul(f + 1, 0x85ebca6b), 0x2c1b3c6d);
  return Math.imul(z ^ (z >>> 15), 0x297a2d39);
};

/** Entry of the table for column `col` of a row: two rounds of multiply and shift are enough for noise. */
const deviateIndex = (row: number, col: number): number => {
  const z = Math.imul(row + Math.imul(col + 1, 0x9e3779b1), 0x2c1b3c6d);
  return Math.imul(z ^ (z >>> 15), 0x297a2d39) >>> 20;
};

/**
 * Draws the frames of a scene over one area as I420 planes: a pixel is the same whatever else is drawn.
 *
 * @param strokes - outline of every frame; none where it is missing
 */
export const renderFrames = (
  scene: Scene,
  area: Area,
  strokes: (f: number) => readonly Stroke[],
): readonly Uint8Array[] => {
  const wide: Area = {
    col0: area.col0 - REACH,
    row0: area.row0 - REACH,
    width: area.width + 2 * REACH,
    height: area.height + 2 * REACH,
  };
  const signal = new Float32Array(wide.width * wide.height);
  const writeHaze = hazeWriter(scene.haze, wide);
  const addTubes = tubeAdder(scene, wide);
  return Array.from({ length: scene.frames }, (_, f) => {
    writeHaze(signal, f);
    addTubes(signal, f);
    const frame = new Uint8Array((area.width * area.height * 3) / 2).fill(NO_CHROMA, area.width * area.height);
    expose(frame, { scene, area, wide, signal, f });
    for (const stroke of strokes(f)) paint(frame, area, stroke);
    return frame;
  });
};

/** Luma of one frame: the signal at the shaken place, with photon noise, streaks and the mask of the dura. */
const expose = (
  frame: Uint8Array,
  {
    scene,
    area,
    wide,
    signal,
    f,
  }: {
    readonly scene: Scene;
    readonly area: Area;
    readonly wide: Area;
    readonly signal: Float32Array;
    readonly f: number;
  },
): void => {
  const { grain, noiseKey, dura, shakes, gain } = scene;
  const { dx, dy, band } = shakes[f];
  const spread = Math.sqrt(grain);
  const black = f < dura.frames ? dura.columns - area.col0 : 0;
  for (let row = 0, at = 0; row < area.height; row++) {
    const y = row + area.row0;
    const inBand = y >= band.from && y < band.to;
    const key = rowKey(noiseKey, y, f);
    const isStreak = (key >>> 8) / 2 ** 24 < STREAKS;
    const bright = gain[f] * (inBand ? band.gain : 1) * (isStreak ? 1 + STREAK_GAIN * ((key & 255) / 255) : 1);
    const from = (row + REACH + dy) * wide.width + REACH + dx + (inBand ? band.dx : 0);
    for (let col = 0; col < area.width; col++, at++) {
      // The square root of a photon count has constant variance, so noise is added there.
      const root = Math.sqrt(bright * signal[from + col]) + spread * deviateTable[deviateIndex(key, col + area.col0)];
      const grey = root > 0 ? root * root : 0;
      frame[at] = LUMA_ZERO + LUMA_SCALE * (col < black ? 0 : Math.min(255, grey)) + 0.5;
    }
  }
};

/** Paints the line, luma by pixel and chroma by blocks of four. */
const paint = (frame: Uint8Array, { width, height }: Area, { at, cover }: Stroke): void => {
  const half = width >> 1;
  const u = width * height;
  const v = u + half * (height >> 1);
  for (let i = 0; i < at.length; i++) {
    const row = Math.floor(at[i] / width);
    const chroma = (row >> 1) * half + ((at[i] - row * width) >> 1);
    frame[at[i]] += (ORANGE.y - frame[at[i]]) * cover[i];
    frame[u + chroma] += ((ORANGE.u - NO_CHROMA) * cover[i]) / 4;
    frame[v + chroma] += ((ORANGE.v - NO_CHROMA) * cover[i]) / 4;
  }
};
