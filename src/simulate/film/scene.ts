import { type Label, STALLED } from '../../domain/label.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Seed, splitSeed } from '../../kernel/random/prng.js';
import { drawFlow, type Flow } from './blood.js';
import { drawHaze, type Haze } from './haze.js';
import { least, most } from './nearest.js';
import { between, drawPath, moved, type Path, STEP } from './path.js';
import { drawShakes, type Shake } from './shake.js';

/** A bright tube with dark cells in it. */
export interface Vessel {
  readonly path: Path;
  /** In pixels. */
  readonly radius: number;
  /** Grey level in focus. */
  readonly brightness: number;
  /** Share of the brightness that a red cell takes away. */
  readonly contrast: number;
  readonly flow: Flow;
}

/** Everything one film shows, before it is drawn. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** The judged vessel is the first. */
  readonly vessels: readonly Vessel[];
  /** Centre line of the judged segment, and how far round it the outline is drawn. */
  readonly judged: Path;
  readonly margin: number;
  readonly haze: Haze;
  /** Brightness by frame: it falls or rises with depth. */
  readonly gain: Float32Array;
  readonly shakes: readonly Shake[];
  /** Photon noise: variance 4 · grain · signal. */
  readonly grain: number;
  readonly noiseKey: number;
  /** Columns up to this one are masked by hand in the first frames, where the dura is. */
  readonly dura: { readonly frames: number; readonly columns: number };
}

export interface SceneSetting {
  readonly truth: Label;
  /** Share of the judged vessel's picture that stands still, in [0, 1]. */
  readonly stillness: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Stalled segments are a bit longer, narrower and more tortuous, as in the challenge, where the size of the crop alone
 * reached an MCC of .16. A model may use the size alone, and a test must be able to show it.
 */
const SHAPE = {
  flowing: { length: 62, wiggle: 0.05, radius: 3.3 },
  stalled: { length: 76, wiggle: 0.065, radius: 3 },
} as const;
const LENGTH_LOG_SD = 0.5;
/** The vessel continues on both sides of the judged segment, in points of the path. */
const BEYOND = 12;
/** A vessel is seen about this many frames before and after it is in focus. */
export const FOCUS_REACH = 10;
/** Visible vessels in one frame of 512 × 384, and the number of frames in which each is visible. */
const IN_SIGHT = 30;
const SIGHT_FRAMES = 26;
/** Share of neighbours that are junctions: bright blobs in which no single cell is seen. */
const JUNCTIONS = 0.15;
/** No other vessel passes closer to the judged segment than this, in pixels and in frames. */
const APART = { pixels: 12, frames: 12 };

/** Draws the scene: the judged vessel, its neighbours, haze, motion and noise, each from its own stream. */
export const drawScene = (setting: SceneSetting, seed: Seed): Scene => {
  const { frames, width, height } = setting;
  const own = (name: string): string => `${seed}/${name}`;
  const { vessel, judged, margin } = drawJudged(setting, own('judged'));
  const random = splitSeed(seed, 'scene');
  const deviate = normalDeviates(splitSeed(seed, 'scene deviates'));
  const slope = 0.6 * (random() - 0.5);
  const gain = Float32Array.from({ length: frames }, (_, f) => 1 + slope * (f / frames - 0.5) + 0.03 * deviate());
  const hasDura = random() < 0.04;
  return {
    width,
    height,
    frames,
    vessels: [vessel, ...drawNeighbours(setting, judged, own('neighbours'))],
    judged,
    margin,
    haze: drawHaze({ frames, width, height, level: 16 * Math.exp(0.3 * deviate()) }, own('haze')),
    gain,
    shakes: drawShakes(frames, height, own('motion')),
    grain: 0.9 * Math.exp(0.5 * deviate()),
    noiseKey: Math.floor(2 ** 31 * random()),
    dura: { frames: hasDura ? Math.floor(frames * (0.1 + 0.3 * random())) : 0, columns: Math.floor(width * random()) },
  };
};

const drawJudged = (
  setting: SceneSetting,
  seed: string,
): { readonly vessel: Vessel; readonly judged: Path; readonly margin: number } => {
  const { truth, stillness, frames, width, height } = setting;
  const random = splitSeed(seed, 'shape');
  const deviate = normalDeviates(splitSeed(seed, 'shape deviates'));
  const shape = truth === STALLED ? SHAPE.stalled : SHAPE.flowing;
  const radius = shape.radius * Math.exp(0.15 * deviate());
  const margin = radius + 4 + 4 * random();
  const length = Math.max(14, shape.length * Math.exp(LENGTH_LOG_SD * deviate()));
  const rise = (random() < 0.5 ? -1 : 1) * random() * Math.min(0.4 * frames, 0.5 * length);
  const whole = drawPath({ length: length + 2 * BEYOND * STEP, wiggle: shape.wiggle, rise }, splitSeed(seed, 'path'));
  const segment = between(whole, BEYOND, whole.x.length - BEYOND);
  const by = {
    x: placeOf(segment.x, { room: width, margin: margin + 4 }, random()),
    y: placeOf(segment.y, { room: height, margin: margin + 4 }, random()),
    z: placeOf(whole.z, { room: frames, margin: 4 }, random()),
  };
  const path = moved(whole, by);
  const inFocus = [Math.max(0, least(path.z) - 5), Math.min(frames, most(path.z) + 5)];
  const still = (inFocus[1] - inFocus[0]) * stillness;
  const startsLate = random() < 0.5;
  const late: readonly [number, number] = [inFocus[1] - still, stillness > 0.9 ? frames : inFocus[1]];
  const stalled: readonly [number, number] = startsLate ? late : [0, inFocus[0] + still];
  const standing: readonly [number, number] = truth === STALLED ? stalled : [0, 0];
  const flow = drawFlow({ frames, standing, marks: truth === STALLED ? 0 : stillness }, seed);
  const brightness = 110 * Math.exp(0.3 * deviate());
  return {
    vessel: { path, radius, brightness, contrast: 0.7 + 0.15 * random(), flow },
    judged: moved(segment, by),
    margin,
  };
};

/** Where to put coordinates so that they and a margin fit into 0 .. room, or as nearly as they can. */
const placeOf = (values: Float64Array, fit: { readonly room: number; readonly margin: number }, at: number): number => {
  const low = fit.margin - least(values);
  const high = fit.room - 1 - fit.margin - most(values);
  return low <= high ? low + at * (high - low) : (low + high) / 2;
};

const drawNeighbours = (setting: SceneSetting, judged: Path, seed: string): readonly Vessel[] => {
  const { frames, width, height } = setting;
  const random = splitSeed(seed, 'places');
  const deviate = normalDeviates(splitSeed(seed, 'looks'));
  const wanted = Math.round((IN_SIGHT * width * height * (frames + SIGHT_FRAMES)) / (512 * 384 * SIGHT_FRAMES));
  const vessels: Vessel[] = [];
  for (let v = 0; v < wanted; v++) {
    const isJunction = random() < JUNCTIONS;
    const length = isJunction ? 8 : 120 * Math.exp(0.4 * deviate());
    const path = moved(drawPath({ length, wiggle: 0.06, rise: 14 * deviate() }, random), {
      x: width * random(),
      y: height * random(),
      z: (frames + SIGHT_FRAMES) * random() - SIGHT_FRAMES / 2,
    });
    // Some neighbours stand still, too.
    const standing: readonly [number, number] = random() < 0.02 ? [0, frames] : [0, 0];
    const flow = drawFlow({ frames, standing, marks: 0.1 * random() }, `${seed}/${v}`);
    const radius = (isJunction ? 7 : 3.4) * Math.exp(0.3 * deviate());
    const brightness = 150 * Math.exp(0.45 * deviate());
    const vessel = { path, radius, brightness, contrast: isJunction ? 0 : 0.6 + 0.25 * random(), flow };
    if (!isNear(path, judged)) vessels.push(vessel);
  }
  return vessels;
};

const isNear = (path: Path, judged: Path): boolean => {
  const [left, right] = [least(judged.x) - APART.pixels, most(judged.x) + APART.pixels];
  const [top, bottom] = [least(judged.y) - APART.pixels, most(judged.y) + APART.pixels];
  for (let i = 0; i < path.x.length; i += 2) {
    if (path.x[i] < left || path.x[i] > right || path.y[i] < top || path.y[i] > bottom) continue;
    for (let j = 0; j < judged.x.length; j += 2) {
      if (Math.abs(path.z[i] - judged.z[j]) > APART.frames) continue;
      const dx = path.x[i] - judged.x[j];
      const dy = path.y[i] - judged.y[j];
      if (dx * dx + dy * dy < APART.pixels * APART.pixels) return true;
    }
  }
  return false;
};
