import { FLOWING, STALLED } from '../../domain/label.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Random, type Seed, shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import { aliasTable, drawFrom } from '../crowd/alias.js';

/** `stack-000123`: a word and a number padded to at least `digits`. */
export const numberedId = (id: { readonly prefix: string; readonly number: number; readonly digits: number }): string =>
  `${id.prefix}-${String(id.number).padStart(id.digits, '0')}`;

/** The two groups of an Alzheimer study: diseased mice and their healthy siblings. */
export type MouseGroup = 'AD' | 'WT';

/** At least and at most, both included. */
export interface Between {
  readonly least: number;
  readonly most: number;
}

/** How a dataset is made of mice and recordings, and how unlike their prevalences are. */
export interface StrataSetting {
  readonly mice: Between;
  /** More where the mice cannot hold the dataset otherwise: in a large dataset each mouse is recorded more often. */
  readonly recordingsPerMouse: Between;
  readonly stacksPerRecording: Between;
  /** Spread of mice on the logit of prevalence … */
  readonly mouseSd: number;
  /** … and of recordings within a mouse. */
  readonly recordingSd: number;
  /** Odds of a stall in AD mice over those in wild type. */
  readonly oddsRatio: number;
}

/** One recording of one mouse. */
export interface Recording {
  readonly recordingId: string;
  readonly mouseId: string;
  readonly group: MouseGroup;
}

/** Where each stack comes from. */
export interface SimulatedStrata {
  readonly dataset: string;
  /** Stack s was recorded in `recordings[recordingOf[s]]`. Known-answer stacks come last and have no row: they are old. */
  readonly recordingOf: Uint16Array;
  readonly recordings: readonly Recording[];
}

/** Recordings with what only a simulation knows; columns by recording. */
export interface DrawnRecordings {
  readonly recordings: readonly Recording[];
  readonly size: Uint32Array;
  /** P(stalled) in recording r; their mean, weighted by size, is the prevalence of the dataset. */
  readonly prevalence: Float64Array;
}

/** Mice differ by half a logit, recordings by less, and the diseased have 4 to 5 times the stalls. */
export const TYPICAL_STRATA: StrataSetting = {
  mice: { least: 6, most: 12 },
  recordingsPerMouse: { least: 3, most: 8 },
  stacksPerRecording: { least: 200, most: 300 },
  mouseSd: 0.5,
  recordingSd: 0.3,
  oddsRatio: 4.5,
};

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const whole = ({ least, most }: Between, random: Random): number => least + Math.floor(random() * (most - least + 1));
const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** Divides `total` in proportion to `weights`, by rounding the running sum, so that the parts add up. */
const divide = (total: number, weights: readonly number[]): Uint32Array => {
  const sum = weights.reduce((a, b) => a + b, 0);
  let [seen, given] = [0, 0];
  return Uint32Array.from(weights, (weight) => {
    seen += weight;
    const part = Math.round((total * seen) / sum) - given;
    given += part;
    return part;
  });
};

/** The intercept at which recordings of these sizes and effects have this prevalence in the mean, by bisection. */
const intercept = (prevalence: number, effects: Float64Array, size: Uint32Array): number => {
  const total = size.reduce((a, b) => a + b, 0);
  const meanAt = (a: number): number => effects.reduce((sum, e, r) => sum + size[r] * logistic(a + e), 0) / total;
  let [low, high] = [-60, 60];
  // 120 / 2^60 is below the spacing of doubles here.
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (meanAt(middle) < prevalence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/**
 * Draws the mice and recordings of a dataset.
 *
 * logit π_r = a + ln(oddsRatio) [AD] + mouse + recording,   a such that the mean over stacks is the stated prevalence
 *
 * Half of the mice (the larger half where odd) are AD.
 */
export const drawRecordings = (
  world: { readonly stacks: number; readonly prevalence: number; readonly setting: StrataSetting },
  seed: Seed,
): DrawnRecordings => {
  const { stacks, prevalence, setting } = world;
  const { stacksPerRecording, recordingsPerMouse } = setting;
  const random = splitSeed(seed, 'recordings');
  const recordingCount = Math.max(1, Math.round((2 * stacks) / (stacksPerRecording.least + stacksPerRecording.most)));
  const size = divide(
    stacks,
    Array.from({ length: recordingCount }, () => whole(stacksPerRecording, random)),
  );
  // As many mice as drawn, unless they would hold too few recordings each, or too many.
  const wanted = clamp(
    whole(setting.mice, random),
    Math.ceil(recordingCount / recordingsPerMouse.most),
    Math.floor(recordingCount / recordingsPerMouse.least),
  );
  const mice = clamp(wanted, Math.min(setting.mice.least, recordingCount), setting.mice.most);
  const perMouse = divide(
    recordingCount - mice,
    Array.from({ length: mice }, () => whole(recordingsPerMouse, random)),
  ).map((n) => n + 1);
  const groups = Array.from({ length: mice }, (_, m): MouseGroup => (m % 2 === 0 ? 'AD' : 'WT'));
  shuffleInPlace(groups, splitSeed(seed, 'groups'));

  const mouseDeviate = normalDeviates(splitSeed(seed, 'mouse effect'));
  const recordingDeviate = normalDeviates(splitSeed(seed, 'recording effect'));
  const recordings: Recording[] = [];
  const effects: number[] = [];
  for (let m = 0; m < mice; m++) {
    const mouse = setting.mouseSd * mouseDeviate() + (groups[m] === 'AD' ? Math.log(setting.oddsRatio) : 0);
    const mouseId = numberedId({ prefix: 'mouse', number: m + 1, digits: 2 });
    for (let k = 0; k < perMouse[m]; k++) {
      effects.push(mouse + setting.recordingSd * recordingDeviate());
      const recordingId = numberedId({ prefix: 'recording', number: recordings.length + 1, digits: 3 });
      recordings.push({ recordingId, mouseId, group: groups[m] });
    }
  }
  const effect = Float64Array.from(effects);
  const a = intercept(prevalence, effect, size);
  return { recordings, size, prevalence: effect.map((e) => logistic(a + e)) };
};

/**
 * Lays stacks out recording by recording: stalls fall where prevalence is high, everything else fills up.
 *
 * @param world - `truth` in random order; places are given anew, the same multiset
 * @returns the recording of each place, and the order in which to take the stacks
 */
export const layOut = (
  world: { readonly truth: Uint8Array; readonly drawn: DrawnRecordings },
  seed: Seed,
): { readonly recordingOf: Uint16Array; readonly order: Uint32Array } => {
  const { truth, drawn } = world;
  const { size, prevalence } = drawn;
  const random = splitSeed(seed, 'where stalls are');
  const room = size.slice();
  const stalls = new Uint32Array(size.length);
  const rows: { readonly [FLOWING]: number[]; readonly [STALLED]: number[] } = { [FLOWING]: [], [STALLED]: [] };
  for (let s = 0; s < truth.length; s++) (truth[s] === STALLED ? rows[STALLED] : rows[FLOWING]).push(s);
  const weights = prevalence.map((p, r) => Math.max(p, Number.MIN_VALUE) * size[r]);
  const table = weights.some((weight) => weight > 0) ? aliasTable(weights) : undefined;
  for (let i = 0; table !== undefined && i < rows[STALLED].length; i++) {
    let r = drawFrom(table, random);
    // A full recording passes the stall on to its neighbour: only where stalls are anything but rare.
    while (room[r] === 0) r = (r + 1) % size.length;
    room[r]--;
    stalls[r]++;
  }
  const recordingOf = new Uint16Array(truth.length);
  const order = new Uint32Array(truth.length);
  let place = 0;
  let [nextStalled, nextFlowing] = [0, 0];
  for (let r = 0; r < size.length; r++) {
    const inside = new Uint32Array(size[r]);
    for (let k = 0; k < size[r]; k++) {
      inside[k] = k < stalls[r] ? rows[STALLED][nextStalled++] : rows[FLOWING][nextFlowing++];
    }
    shuffleInPlace(inside, random);
    recordingOf.fill(r, place, place + size[r]);
    order.set(inside, place);
    place += size[r];
  }
  return { recordingOf, order };
};
