import { FLOWING, STALLED } from '../domain/label.js';
import { normalDeviates } from '../kernel/normalDeviate.js';
import { type Seed, shuffleInPlace, split } from '../kernel/prng.js';
import { numberedId } from './numberedId.js';

/**
 * Stacks whose truth an expert told: extra ones, voted on and scored like all others.
 *
 * - `stratified`: `stalled` stalled and `flowing` flowing stacks, each class like that class of the population.
 * - `random`: `stalled + flowing` stacks at the population's prevalence; how many are stalled is left to chance.
 */
export interface GoldSetting {
  readonly stalled: number;
  readonly flowing: number;
  readonly chosen: 'stratified' | 'random';
}

/** The stacks as nature made them; row s belongs to `stackIds[s]`. Research and gold stacks in one random order. */
export interface Stacks {
  readonly stackIds: readonly string[];
  /** 1 stalled, 0 flowing. */
  readonly truth: Uint8Array;
  /** 1 where the truth is known to the laboratory. */
  readonly isGold: Uint8Array;
  /** u, N(0, 1) over stacks: a high u makes a flowing stack look stalled and a stalled one obvious, to people and models. */
  readonly difficulty: Float64Array;
  /** The part of u that the stacks of one recording share; row r belongs to stacks `250 r` .. `250 r + 249`. */
  readonly quality: Float64Array;
}

/** A recording is cut into 200 to 300 stacks. */
const STACKS_PER_RECORDING = 250;
/** "Grainy movies in a row": the share of a recording in the difficulty of its stacks. */
const QUALITY_SD = 0.3;
/** What is left to the stack itself, so that u keeps variance 1, at which the vote parameters were fitted. */
const OWN_SD = Math.sqrt(1 - QUALITY_SD * QUALITY_SD);

const truths = (
  setting: { readonly stacks: number; readonly prevalence: number; readonly gold: GoldSetting },
  seed: Seed,
): Uint8Array => {
  const { stacks, prevalence, gold } = setting;
  const truth = new Uint8Array(stacks + gold.stalled + gold.flowing);
  const random = split(seed, 'truth');
  const drawn = gold.chosen === 'random' ? truth.length : stacks;
  for (let s = 0; s < drawn; s++) truth[s] = random() < prevalence ? STALLED : FLOWING;
  if (gold.chosen === 'stratified') truth.fill(STALLED, stacks, stacks + gold.stalled);
  return truth;
};

/**
 * Draws truth and difficulty of `stacks` research stacks and of the gold stacks.
 *
 * @param setting - `stacks` is the number of research stacks; `prevalence` in [0, 1]
 */
export const drawStacks = (
  setting: { readonly stacks: number; readonly prevalence: number; readonly gold: GoldSetting },
  seed: Seed,
): Stacks => {
  const truth = truths(setting, seed);
  const n = truth.length;
  const isGold = new Uint8Array(n).fill(1, setting.stacks);
  // The same stream twice is the same permutation: rows stay together, and no id tells gold from research.
  shuffleInPlace(truth, split(seed, 'stack order'));
  shuffleInPlace(isGold, split(seed, 'stack order'));

  const qualityDeviate = normalDeviates(split(seed, 'quality'));
  const quality = Float64Array.from(
    { length: Math.ceil(n / STACKS_PER_RECORDING) },
    () => QUALITY_SD * qualityDeviate(),
  );
  const ownDeviate = normalDeviates(split(seed, 'difficulty'));
  const difficulty = new Float64Array(n);
  const stackIds: string[] = [];
  for (let s = 0; s < n; s++) {
    difficulty[s] = OWN_SD * ownDeviate() + quality[Math.floor(s / STACKS_PER_RECORDING)];
    stackIds.push(numberedId({ prefix: 'stack', number: s + 1, digits: 6 }));
  }
  return { stackIds, truth, isGold, difficulty, quality };
};
