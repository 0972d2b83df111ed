import { FLOWING, STALLED } from '../../domain/label.js';
import { present } from '../../domain/present.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Seed, shuffleInPlace, splitSeed } from '../../kernel/random/prng.js';
import type { GoldCounts, KnownSetting, StackOptions, Stacks } from '../settings.js';
import { drawRecordings, layOut, numberedId, TYPICAL_STRATA } from './strata.js';

/** A recording is cut into 200 to 300 stacks. */
const STACKS_PER_RECORDING = 250;
/** 1 to 3 % of movies are flagged by players. */
const TYPICAL_UNREADABLE = 0.02;
/** Players report "grainy movies in a row": the share of a recording in the difficulty of its stacks. */
const QUALITY_SD = 0.3;
/** The share of the stack itself: u keeps variance 1, for which the vote parameters were fitted. */
const OWN_SD = Math.sqrt(1 - QUALITY_SD * QUALITY_SD);

const truths = (
  setting: { readonly stacks: number; readonly prevalence: number; readonly gold: GoldCounts },
  seed: Seed,
): Uint8Array => {
  const { stacks, prevalence, gold } = setting;
  const truth = new Uint8Array(stacks + gold.stalled + gold.flowing);
  const random = splitSeed(seed, 'truth');
  const drawn = gold.chosen === 'random' ? truth.length : stacks;
  for (let s = 0; s < drawn; s++) truth[s] = random() < prevalence ? STALLED : FLOWING;
  if (gold.chosen === 'stratified') truth.fill(STALLED, stacks, stacks + gold.stalled);
  return truth;
};

/** Half of the flaws are of the video, the others divided between the two faults of an outline. Never on gold. */
const flaws = (share: number, isGold: Uint8Array, seed: Seed): Uint8Array => {
  const random = splitSeed(seed, 'flaws');
  return isGold.map((gold) => {
    const x = random();
    if (gold === 1 || x >= share) return 0;
    if (x < share / 2) return 1;
    return x < (3 * share) / 4 ? 2 : 3;
  });
};

/**
 * Draws truth and difficulty of `stacks` research stacks and of the gold stacks.
 *
 * @param setting - `stacks` is the number of research stacks; `prevalence` in [0, 1]; without `study` no strata
 */
export const drawStacks = (
  setting: {
    readonly stacks: number;
    readonly prevalence: number;
    readonly gold: GoldCounts;
    readonly study?: StackOptions | undefined;
  },
  seed: Seed,
): Stacks => {
  const { study } = setting;
  let truth = truths(setting, seed);
  const n = truth.length;
  let isGold = new Uint8Array(n).fill(1, setting.stacks);
  // The same stream twice is the same permutation: rows stay together, and ids do not show which stacks are gold.
  shuffleInPlace(truth, splitSeed(seed, 'stack order'));
  shuffleInPlace(isGold, splitSeed(seed, 'stack order'));

  let recordingOf: Uint16Array | undefined;
  let drawn: ReturnType<typeof drawRecordings> | undefined;
  if (study !== undefined) {
    const strata = { ...TYPICAL_STRATA, ...study.strata };
    drawn = drawRecordings({ stacks: n, prevalence: setting.prevalence, setting: strata }, seed);
    const placed = layOut({ truth, drawn }, seed);
    recordingOf = placed.recordingOf;
    [truth, isGold] = [truth, isGold].map((column) => Uint8Array.from(placed.order, (row) => column[row]));
  }

  const qualityDeviate = normalDeviates(splitSeed(seed, 'quality'));
  const quality = Float64Array.from(
    { length: drawn?.recordings.length ?? Math.ceil(n / STACKS_PER_RECORDING) },
    () => QUALITY_SD * qualityDeviate(),
  );
  const ownDeviate = normalDeviates(splitSeed(seed, 'difficulty'));
  const difficulty = new Float64Array(n);
  const stackIds: string[] = [];
  for (let s = 0; s < n; s++) {
    difficulty[s] = OWN_SD * ownDeviate() + quality[recordingOf?.[s] ?? Math.floor(s / STACKS_PER_RECORDING)];
    stackIds.push(stackId(s, study));
  }
  const bare = { stackIds, truth, isGold, difficulty, quality };
  if (study === undefined || recordingOf === undefined || drawn === undefined) return bare;
  return {
    ...bare,
    recordingOf,
    recordings: drawn.recordings,
    prevalence: drawn.prevalence,
    flaw: flaws(study.unreadable ?? TYPICAL_UNREADABLE, isGold, seed),
  };
};
/** Adds the known-answer stacks, after all others and with numbers that go on. */
export const withKnown = (
  world: { readonly stacks: Stacks; readonly known: KnownSetting; readonly study?: StackOptions | undefined },
  seed: Seed,
): Stacks => {
  const { stacks, known, study } = world;
  const n = stacks.stackIds.length;
  const truth = new Uint8Array(known.stacks).fill(STALLED, 0, Math.round(known.stalled * known.stacks));
  shuffleInPlace(truth, splitSeed(seed, 'known answers'));
  const deviate = normalDeviates(splitSeed(seed, 'known difficulty'));
  const pool = Array.from({ length: known.stacks }, (_, k) => stackId(n + k, study));
  return present({
    ...stacks,
    stackIds: [...stacks.stackIds, ...pool],
    truth: joined(stacks.truth, truth),
    isGold: joined(stacks.isGold, new Uint8Array(known.stacks).fill(1)),
    difficulty: Float64Array.from({ length: n + known.stacks }, (_, s) => (s < n ? stacks.difficulty[s] : deviate())),
    flaw: stacks.flaw === undefined ? undefined : joined(stacks.flaw, new Uint8Array(known.stacks)),
    isKnown: joined(new Uint8Array(n), new Uint8Array(known.stacks).fill(1)),
  });
};

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> => {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
};

const stackId = (s: number, study: StackOptions | undefined): string =>
  numberedId({ prefix: study?.dataset === undefined ? 'stack' : `${study.dataset}-stack`, number: s + 1, digits: 6 });
