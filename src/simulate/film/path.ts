import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import type { Random } from '../../kernel/random/prng.js';

/** Points of a vessel's centre line, one every `STEP` pixels; `z` in frames, because a step down is a step in time. */
export interface Path {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/** Pixels from point to point: short compared with every bend. */
export const STEP = 2;

/** A smooth curve of `length` pixels through (0, 0, 0) at its middle, bending by `wiggle` and rising by `rise` frames. */
export const drawPath = (
  { length, wiggle, rise }: { readonly length: number; readonly wiggle: number; readonly rise: number },
  random: Random,
): Path => {
  const n = Math.max(3, Math.round(length / STEP) + 1);
  const deviate = normalDeviates(random);
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  let [hx, hy] = unit(deviate(), deviate());
  let bend = wiggle * deviate();
  for (let i = 1; i < n; i++) {
    // The bend returns to 0, so that vessels wind but do not curl up.
    bend = 0.9 * bend + 0.44 * wiggle * deviate();
    // Turned without sine and cosine, whose last digits differ between engines.
    [hx, hy] = unit(hx - bend * hy, hy + bend * hx);
    x[i] = x[i - 1] + STEP * hx;
    y[i] = y[i - 1] + STEP * hy;
  }
  const middle = (n - 1) >> 1;
  const [x0, y0] = [x[middle], y[middle]];
  const z = Float64Array.from({ length: n }, (_, i) => rise * (i / (n - 1) - 0.5));
  return { x: x.map((value) => value - x0), y: y.map((value) => value - y0), z };
};

/** The path, displaced. */
export const moved = (path: Path, by: { readonly x: number; readonly y: number; readonly z: number }): Path => ({
  x: path.x.map((value) => value + by.x),
  y: path.y.map((value) => value + by.y),
  z: path.z.map((value) => value + by.z),
});

/** Points `from` .. `to − 1`. */
export const between = ({ x, y, z }: Path, from: number, to: number): Path => ({
  x: x.slice(from, to),
  y: y.slice(from, to),
  z: z.slice(from, to),
});

const unit = (x: number, y: number): readonly [number, number] => {
  const norm = Math.sqrt(x * x + y * y);
  return norm === 0 ? [1, 0] : [x / norm, y / norm];
};
