import { type Area, least, most, pixelsNear } from './nearest.js';
import type { Path } from './path.js';

/** The orange line round the judged segment, as it lies on one area. */
export interface Stroke {
  /** Pixels, and how much of each is covered, in (0, 1]. */
  readonly at: Int32Array;
  readonly cover: Float32Array;
}

/** Width of the line in pixels at 512 × 384. */
const WIDTH = 3.8;
const HALF = WIDTH / 2;

/** Y, U and V of RGB (250, 101, 3), BT.601. */
export const ORANGE = { y: 132, u: 63, v: 200 } as const;

/** A closed smooth line `margin` pixels round a path, over an area. */
export const strokeOf = ({ path, margin }: { readonly path: Path; readonly margin: number }, area: Area): Stroke => {
  const near = pixelsNear(path, margin + HALF + 0.5, area);
  const cover = near.distance.map((distance) => Math.max(0, Math.min(1, HALF + 0.5 - Math.abs(distance - margin))));
  const kept = Array.from(cover.keys()).filter((i) => cover[i] > 0);
  return { at: Int32Array.from(kept, (i) => near.at[i]), cover: Float32Array.from(kept, (i) => cover[i]) };
};

/** The whole pixels that an outline and `rim` pixels round it need, on even places because chroma comes in pairs. */
export const areaRound = (
  { path, margin }: { readonly path: Path; readonly margin: number },
  { width, height, rim }: { readonly width: number; readonly height: number; readonly rim: number },
): Area => {
  const reach = margin + HALF + 1 + rim;
  const even = (value: number): number => 2 * Math.floor(value / 2);
  const col0 = even(Math.max(0, least(path.x) - reach));
  const row0 = even(Math.max(0, least(path.y) - reach));
  const col1 = Math.min(width, even(most(path.x) + reach) + 2);
  const row1 = Math.min(height, even(most(path.y) + reach) + 2);
  return { col0, row0, width: col1 - col0, height: row1 - row0 };
};
