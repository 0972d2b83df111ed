import { normalCdf } from './normal.js';

/** Smallest probability given out, so that a vote in the far tail is unlikely but never impossible. */
export const TAIL_FLOOR = 1e-30;

const PER_UNIT = 32;
/** Φ(−11.5) is about `TAIL_FLOOR`. */
const FAR = 11.5;
const SQRT_2PI = Math.sqrt(2 * Math.PI);

// ln Φ(−z) and its slope φ(z)/Φ(−z) at z = 0, 1/32, … 11.5, from the exact function; between them a Taylor series.
const N = FAR * PER_UNIT + 1;
const LOG_TAIL = new Float64Array(N);
const HAZARD = new Float64Array(N);
for (let i = 0; i < N; i++) {
  const z = i / PER_UNIT;
  const tail = normalCdf(-z);
  LOG_TAIL[i] = Math.log(tail);
  HAZARD[i] = Math.exp((-z * z) / 2) / (SQRT_2PI * tail);
}

/**
 * Φ(−|x|), the smaller tail, to about 1e-9 relative and ten times faster than the exact function.
 *
 * ln Φ(−z) has slope −h and h′ = h (h − z), so that all terms of its Taylor series come from h, the hazard.
 */
export const smallerTail = (x: number): number => {
  const z = Math.abs(x);
  if (!(z < FAR - 0.5 / PER_UNIT)) return TAIL_FLOOR;
  const i = Math.round(z * PER_UNIT);
  const z0 = i / PER_UNIT;
  const d = z - z0;
  const h = HAZARD[i];
  const h1 = h * (h - z0);
  const h2 = h1 * (2 * h - z0) - h;
  return Math.exp(LOG_TAIL[i] - d * (h + d * (h1 / 2 + (d * h2) / 6)));
};

/** φ(x). */
export const normalDensity = (x: number): number => Math.exp((-x * x) / 2) / SQRT_2PI;
