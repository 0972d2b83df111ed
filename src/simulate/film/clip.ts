import { FLOWING, type Label, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Random, type Seed, splitSeed } from '../../kernel/random/prng.js';
import { normalCdf } from '../../kernel/special/normal.js';
import { TYPICAL_VOTES } from '../crowd/votes.js';
import type { Stacks, VoteSetting } from '../settings.js';
import { type Area, least, most } from './nearest.js';
import { areaRound, type Stroke, strokeOf } from './outline.js';
import { between, moved } from './path.js';
import { renderFrames } from './render.js';
import { drawScene, type Scene } from './scene.js';

const FAULTS = ['noOutline', 'flickeringOutline', 'jumpingOutline', 'twoOutlines', 'oneFrame'] as const;

/** What may be wrong with a film; none of these has an answer. */
export type Fault = (typeof FAULTS)[number];

/** What to film. Whatever is left out is typical. */
export interface ClipOptions {
  readonly truth: Label;
  /** u of the stack, as in `Simulate.Stacks`; by default 0. */
  readonly difficulty?: number;
  /** How stacks look to people: traits that are harder for people make harder pictures. */
  readonly traits?: Pick<VoteSetting, 'flowing' | 'stalled'>;
  /** By default drawn as in the challenge: 17 to 434, half of them 49 to 66. */
  readonly frames?: number;
  /** The part to draw: the outline with a rim, or a whole frame of this even size; by default 512 × 384. */
  readonly view?: 'outline' | { readonly width: number; readonly height: number };
  readonly fault?: Fault;
}

/** A film in memory, as `fromFrames` takes it. */
export interface SimulatedClip {
  readonly width: number;
  readonly height: number;
  readonly pixels: { readonly _tag: 'Yuv'; readonly shiftX: 1; readonly shiftY: 1; readonly full: false };
  /** Y, U and V planes of each frame, 4:2:0. */
  readonly frames: readonly Uint8Array[];
  readonly simulated: {
    readonly truth: Label;
    readonly fault?: Fault;
    /** Share of the judged vessel's picture that stands still, in (0, 1). */
    readonly stillness: number;
    /** Where the drawn part begins in the whole frame. */
    readonly area: Area;
    /** Middle of the judged segment: pixels of the whole frame, and the frame in which it is in focus. */
    readonly middle: { readonly x: number; readonly y: number; readonly z: number };
  };
}

const WHOLE = { width: 512, height: 384 } as const;
const I420 = { _tag: 'Yuv', shiftX: 1, shiftY: 1, full: false } as const;
/** Pixels drawn round the outline when nothing else is. */
const RIM = 4;
/** Share of u in what makes one picture misleading; the rest people and models do not share. */
const SHARED = 0.6;
/** Spread of pictures over spread of traits: the evidence is compressed into what can be drawn. */
const SPREAD = 0.7;
/** Frames of the challenge's films and the share of films with no more. */
const FRAMES: readonly (readonly [number, number])[] = [
  [0, 17],
  [0.05, 34],
  [0.25, 49],
  [0.5, 56],
  [0.75, 66],
  [0.95, 94],
  [0.99, 128],
  [1, 434],
];

const drawFrames = (random: Random): number => {
  const at = random();
  const k = FRAMES.findIndex(([share]) => share > at);
  const [[share0, frames0], [share1, frames1]] = [FRAMES[k - 1], FRAMES[k]];
  return Math.round(frames0 * (frames1 / frames0) ** ((at - share0) / (share1 - share0)));
};

/** Share of the picture that stands still: what people call evidence, squeezed into (0, 1). */
const drawStillness = (
  {
    truth,
    difficulty,
    traits,
  }: { readonly truth: Label; readonly difficulty: number; readonly traits: ClipOptions['traits'] },
  seed: Seed,
): number => {
  const { c, tau } = (traits ?? TYPICAL_VOTES)[truth === STALLED ? 'stalled' : 'flowing'];
  const own = normalDeviates(splitSeed(seed, 'picture'))();
  const mislead = SHARED * difficulty + Math.sqrt(1 - SHARED * SHARED) * own;
  return normalCdf(0.7 * (c + SPREAD * tau * mislead) + 1);
};

/**
 * Films one stack: vessels with running or stuck red cells, the orange outline, haze, photon noise, streaks and motion.
 *
 * stillness = Φ(0.7 (c_y + 0.7 τ_y w) + 1), w = 0.6 u + 0.8 ε: pictures mislead where votes do, and a little on their own.
 * A flowing vessel shows marks of its wall with this share of the contrast; a stalled one stands for this share of the
 * time it is in focus.
 *
 * @param options - `truth`; `difficulty` is u of the stack, shared with the votes of `Simulate.dataset`
 * @returns frames in memory: `fromFrames(name, clip)` of `tandem-consensus/model` reads them
 * @throws RangeError when there are no frames, or a view has odd or tiny sides
 * @example
 * const film = Simulate.clip({ truth: 1, frames: 20, view: 'outline' })(7);
 * film.frames.length // => 20
 * film.frames[0].length === (film.width * film.height * 3) / 2 // => true
 */
export const clip =
  (options: ClipOptions) =>
  (seed: Seed): SimulatedClip =>
    drawClip(options, seed);

/**
 * Films the stacks of a simulated dataset one by one, as they are asked for: pixels, votes and truth agree.
 *
 * @param options - as for `clip`; `unreadable` in [0, 1] is the share of stacks with a fault, whatever their truth
 * @returns lazily, in the order of `stackIds`; the same seed and stackId give the same film, whichever others are asked for
 * @example
 * const lab = Simulate.dataset({ stacks: 3, prevalence: 0.5, votes: { perStack: 1 } })(1);
 * const films = Simulate.clips({ seed: 1, view: 'outline', frames: 17 })(lab.simulated.stacks);
 * [...films].map(({ stackId }) => stackId) // => ['stack-000001', 'stack-000002', 'stack-000003']
 */
export const clips =
  ({
    seed,
    unreadable = 0,
    ...options
  }: Pick<ClipOptions, 'traits' | 'frames' | 'view'> & { readonly seed: Seed; readonly unreadable?: number }) =>
  ({
    stackIds,
    truth,
    difficulty,
  }: Pick<Stacks, 'stackIds' | 'truth' | 'difficulty'>): Iterable<SimulatedClip & { readonly stackId: string }> => ({
    *[Symbol.iterator]() {
      for (const [s, stackId] of stackIds.entries()) {
        const own = `${seed}/${stackId}`;
        const random = splitSeed(own, 'unreadable');
        const fault = random() < unreadable ? { fault: FAULTS[Math.floor(FAULTS.length * random())] } : {};
        const label = truth[s] === STALLED ? STALLED : FLOWING;
        yield { stackId, ...drawClip({ ...options, ...fault, truth: label, difficulty: difficulty[s] }, own) };
      }
    },
  });

const drawClip = (options: ClipOptions, seed: Seed): SimulatedClip => {
  const { truth, difficulty = 0, view = WHOLE, fault } = options;
  const frames = fault === 'oneFrame' ? 1 : (options.frames ?? drawFrames(splitSeed(seed, 'frames')));
  const { width, height } = view === 'outline' ? WHOLE : view;
  if (!(Number.isSafeInteger(frames) && frames > 0)) throw new RangeError(`frames: expected 1 or more, got ${frames}`);
  if (!(width % 2 === 0 && height % 2 === 0 && width >= 64 && height >= 64)) {
    throw new RangeError(`view: expected even sides of 64 pixels or more, got ${width} × ${height}`);
  }
  const stillness = drawStillness({ truth, difficulty, traits: options.traits }, seed);
  const scene = drawScene({ truth, stillness, frames, width, height }, seed);
  const area =
    view === 'outline'
      ? areaRound({ path: scene.judged, margin: scene.margin }, { width, height, rim: fault === undefined ? RIM : 64 })
      : { col0: 0, row0: 0, width, height };
  const middle = scene.judged.x.length >> 1;
  return {
    width: area.width,
    height: area.height,
    pixels: I420,
    frames: renderFrames(scene, area, strokesOf(scene, area, fault, splitSeed(seed, 'fault'))),
    simulated: present({
      truth,
      fault,
      stillness,
      area,
      middle: { x: scene.judged.x[middle], y: scene.judged.y[middle], z: scene.judged.z[middle] },
    }),
  };
};

/** Pixels by which a faulty outline is elsewhere: more than any motion left in a stack. */
const ELSEWHERE = 40;

const strokesOf = (
  { judged, margin, frames, width }: Scene,
  area: Area,
  fault: Fault | undefined,
  random: Random,
): ((f: number) => readonly Stroke[]) => {
  const one = [strokeOf({ path: judged, margin }, area)];
  if (fault === undefined || fault === 'oneFrame') return () => one;
  if (fault === 'noOutline') return () => [];
  const when = Math.floor(frames * (0.2 + 0.6 * random()));
  if (fault === 'flickeringOutline') return (f) => (f === when ? [] : one);
  const x = judged.x[judged.x.length >> 1] < width / 2 ? 1 : -1;
  if (fault === 'jumpingOutline') {
    const there = [strokeOf({ path: moved(judged, { x: x * ELSEWHERE, y: 0, z: 0 }), margin }, area)];
    return (f) => (f < when ? one : there);
  }
  // The end of a second vessel, beside the first and clear of it.
  const end = between(judged, 0, 10);
  const clear = x > 0 ? most(judged.x) - least(end.x) : least(judged.x) - most(end.x);
  const beside = moved(end, { x: clear + x * (2 * margin + 8), y: 0, z: 0 });
  const two = [...one, strokeOf({ path: beside, margin }, area)];
  return () => two;
};
