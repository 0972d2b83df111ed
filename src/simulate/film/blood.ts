import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Random, type Seed, splitSeed } from '../../kernel/random/prng.js';

/** Entries per pixel of a train of red cells, and its length: a power of two, so that a mask closes it to a ring. */
const PER_PIXEL = 2;
const ENTRIES = 4096;
const MASK = ENTRIES - 1;

/** Red cells in a row: 1 where a cell keeps the dye out, 0 in plasma. */
export type Train = Float32Array;

/** Cells 5 to 8 pixels long that fill 30 to 50 % of the lumen. */
const drawTrain = (random: Random): Train => {
  const train = new Float32Array(ENTRIES);
  const share = 0.3 + 0.2 * random();
  for (let at = 0; at < ENTRIES; ) {
    const cell = 5 + 3 * random();
    const plasma = cell * (1 / share - 1) * (0.4 + 1.2 * random());
    const start = at + plasma * PER_PIXEL;
    const end = start + cell * PER_PIXEL;
    // Soft edges of one pixel; the last cell may cross the end of the ring.
    for (let i = Math.floor(start); i < end; i++) {
      train[i & MASK] = Math.min(1, (i + 1 - start) / PER_PIXEL, (end - i) / PER_PIXEL);
    }
    at = end;
  }
  return train;
};

/** How the blood of one vessel moves: the place of its train in every frame, and what never moves. */
export interface Flow {
  /** Entries by which the train has moved, by frame. */
  readonly place: Int32Array;
  readonly moving: Train;
  /** Marks of the wall, drawn over the blood with this share of its contrast. */
  readonly marks: { readonly train: Train; readonly share: number };
}

/** Median movement from frame to frame in pixels, half a second at 0.3 mm/s: no cell is seen twice. */
const TYPICAL_RUN = 150;
/** Some vessels are so slow that a cell can be followed. */
const SLOW_SHARE = 0.08;
const SLOW_RUN = 4;

/**
 * Draws the flow of one vessel through `frames` frames.
 *
 * @param standing - half-open range of frames in which the train stands still
 * @param marks - share of the contrast that never moves, in [0, 1]
 */
export const drawFlow = (
  {
    frames,
    standing,
    marks,
  }: { readonly frames: number; readonly standing: readonly [number, number]; readonly marks: number },
  seed: Seed,
): Flow => {
  const random = splitSeed(seed, 'run');
  const deviate = normalDeviates(splitSeed(seed, 'pulse'));
  const isSlow = random() < SLOW_SHARE;
  const run = (isSlow ? SLOW_RUN : TYPICAL_RUN) * Math.exp((isSlow ? 0.3 : 0.7) * deviate());
  const place = new Int32Array(frames);
  let at = ENTRIES * random();
  for (let f = 0; f < frames; f++) {
    const stands = f >= standing[0] && f < standing[1];
    // Pulse while it runs; a stuck cell only trembles.
    if (!stands) at += PER_PIXEL * run * (0.7 + 0.6 * random());
    place[f] = at + (stands ? 0.5 * deviate() : 0);
  }
  return {
    place,
    moving: drawTrain(splitSeed(seed, 'cells')),
    marks: { train: drawTrain(splitSeed(seed, 'wall marks')), share: marks },
  };
};

/** Darkness of the vessel `along` pixels down its path in one frame: 0 plasma, 1 a cell. */
export const darknessAt = (flow: Flow, along: number, f: number): number => {
  const i = (along * PER_PIXEL) | 0;
  const { share, train } = flow.marks;
  const moving = flow.moving[(i + flow.place[f]) & MASK];
  return share === 0 ? moving : (1 - share) * moving + share * train[i & MASK];
};
