import { type Random, type Seed, splitSeed } from '../../kernel/random/prng.js';

/** How breathing and heartbeat of the animal displaced one frame while it was scanned. */
export interface Shake {
  readonly dx: number;
  readonly dy: number;
  /** Rows `from` .. `to − 1` are sheared sideways by `dx` more, and dimmed. */
  readonly band: { readonly from: number; readonly to: number; readonly dx: number; readonly gain: number };
}

/** Pixels outside the picture that a displacement can bring in. */
export const REACH = 16;
const LARGEST = 8;
/** About two bouts in 35 frames. */
const BOUT = 2 / 35;

const STILL: Shake = { dx: 0, dy: 0, band: { from: 0, to: 0, dx: 0, gain: 1 } };

const jump = (random: Random): number => (random() < 0.5 ? -1 : 1) * (2 + Math.floor((LARGEST - 1) * random()));

/** One entry per frame. */
export const drawShakes = (frames: number, height: number, seed: Seed): readonly Shake[] => {
  const random = splitSeed(seed, 'shake');
  const shakes: Shake[] = [];
  let left = 0;
  for (let f = 0; f < frames; f++) {
    if (left === 0 && random() < BOUT) left = 1 + Math.floor(3 * random());
    if (left === 0) {
      shakes.push(STILL);
      continue;
    }
    left--;
    const from = Math.floor(height * random());
    shakes.push({
      dx: random() < 0.6 ? jump(random) : 0,
      dy: random() < 0.4 ? jump(random) : 0,
      band: {
        from,
        to: from + Math.floor(height * (0.05 + 0.25 * random())),
        dx: jump(random),
        gain: random() < 0.5 ? 0.4 + 0.3 * random() : 1,
      },
    });
  }
  return shakes;
};
