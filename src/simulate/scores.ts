import { STALLED } from '../domain/label.js';
import type { Scores } from '../domain/scores.js';
import { normalDeviates } from '../kernel/normalDeviate.js';
import { type Seed, split } from '../kernel/prng.js';
import type { Stacks } from './stacks.js';

/** How good and how honest the model is. */
export interface ModelSetting {
  /** d: distance of the classes in standard deviations of the latent score; 3.5 is the challenge winner. */
  readonly separation: number;
  /** ρ in [0, 1]: how far the model is misled by the same stacks as people. */
  readonly sharedDifficulty: number;
  /** Prevalence the model was trained at, in (0, 1); its probabilities are right there, not here. */
  readonly trainingPrevalence: number;
  /** Divides the log-odds; below 1 is overconfident. */
  readonly temperature: number;
  /** Added to the latent score of every stack: a microscope the model never saw. */
  readonly offset: number;
  /** Share of stacks without a score, whatever their truth, in [0, 1]. */
  readonly abstain: number;
}

/** The winner of the 2020 challenge on data like its training data. */
export const TYPICAL_MODEL: ModelSetting = {
  separation: 3.5,
  sharedDifficulty: 0.4,
  trainingPrevalence: 0.25,
  temperature: 1,
  offset: 0,
  abstain: 0,
};

/**
 * Draws the model's scores.
 *
 * latent s = d y + ρ u + √(1 − ρ²) ε + offset; score = σ((d (s − d / 2) + logit π_train) / T)
 *
 * @returns rows in the order of `stacks.stackIds`; where the model abstains there is no row
 */
export const drawScores = (world: { readonly stacks: Stacks; readonly model: ModelSetting }, seed: Seed): Scores => {
  const { stackIds, truth, difficulty } = world.stacks;
  const { separation, sharedDifficulty, trainingPrevalence, temperature, offset, abstain } = world.model;
  const ownSd = Math.sqrt(1 - sharedDifficulty * sharedDifficulty);
  const trainingLogOdds = Math.log(trainingPrevalence / (1 - trainingPrevalence));
  const noise = normalDeviates(split(seed, 'model'));
  const random = split(seed, 'abstention');
  const scoredIds: string[] = [];
  const score: number[] = [];
  for (let s = 0; s < stackIds.length; s++) {
    const mean = truth[s] === STALLED ? separation : 0;
    const latent = mean + sharedDifficulty * difficulty[s] + ownSd * noise() + offset;
    const logOdds = (separation * (latent - separation / 2) + trainingLogOdds) / temperature;
    if (random() < abstain) continue;
    scoredIds.push(stackIds[s]);
    score.push(1 / (1 + Math.exp(-logOdds)));
  }
  return { stackIds: scoredIds, score: Float64Array.from(score) };
};
