import type { Scores } from '../../domain/scores.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Seed, splitSeed } from '../../kernel/random/prng.js';
import type { Stacks } from '../settings.js';

/** How well the model separates the classes, and how far its probabilities are wrong. */
export interface ModelSetting {
  /** d: distance of the classes in standard deviations of the latent score; 3.5 is the challenge winner. */
  readonly separation: number;
  /** ρ in [0, 1]: how far the model is misled by the same stacks as people. */
  readonly sharedDifficulty: number;
  /** Prevalence of the training data, in (0, 1); probabilities are right at that prevalence. */
  readonly trainingPrevalence: number;
  /** Divides the log-odds; below 1 is overconfident. */
  readonly temperature: number;
  /** Added to the latent score of every stack, as on a new microscope. */
  readonly offset: number;
  /** Share of stacks without a score, whatever their truth, in [0, 1]. */
  readonly abstain: number;
  /**
   * How far the model learned the errors of the crowd's labels (stalled at half of the votes or more), in [0, 1]. Truth
   * made by the crowd then overrates the model.
   */
  readonly circularity: number;
  /** Several similar models; `scores` are those of the first. */
  readonly ensemble?: EnsembleSetting;
}

/** Similar models, whose errors are correlated beyond what difficulty explains. */
export interface EnsembleSetting {
  readonly models: number;
  /** Correlation of the scores of any two models, given truth and difficulty, in [0, 1]. */
  readonly correlation: number;
  /** If present, the models also vote, as bots among the players: stalled at this probability or more. */
  readonly voteAt?: number;
}

/** The three winners of the challenge as players: on corrupt stacks (`abstain`) a bot votes flowing and marks an error. */
export const TYPICAL_BOTS = { models: 3, correlation: 0.7, voteAt: 0.8 } satisfies EnsembleSetting;

/** The winner of the 2020 challenge on data like its training data. */
export const TYPICAL_MODEL: ModelSetting = {
  separation: 3.5,
  sharedDifficulty: 0.4,
  trainingPrevalence: 0.25,
  temperature: 1,
  offset: 0,
  abstain: 0,
  circularity: 0,
};

/**
 * Draws the model's scores.
 *
 * latent s = d y + ρ u + √(1 − ρ²) ε + offset; score = σ((d (s − d / 2) + logit π_train) / T)
 *
 * Models of an ensemble have ε_k = √r c + √(1 − r) e_k with one c for all, so that any two have correlation r; the first model
 * is the same with and without the others. Circularity moves d y by that share towards d · (crowd's label).
 *
 * @param world - `crowdLabel` by stack, `undefined` where nobody voted; needed where circularity is not 0
 * @returns one column pair per model, rows in the order of `stacks.stackIds`; where the models abstain, or nobody can read
 *   the stack, there is no row
 */
export const drawScores = (
  world: {
    readonly stacks: Stacks;
    readonly model: ModelSetting;
    readonly crowdLabel: (s: number) => number | undefined;
  },
  seed: Seed,
): readonly Scores[] => {
  const { stackIds, truth, difficulty, flaw } = world.stacks;
  const { separation, sharedDifficulty, trainingPrevalence, temperature, offset, abstain, circularity } = world.model;
  const { models, correlation } = world.model.ensemble ?? { models: 1, correlation: 0 };
  const ownSd = Math.sqrt(1 - sharedDifficulty * sharedDifficulty);
  const trainingLogOdds = Math.log(trainingPrevalence / (1 - trainingPrevalence));
  const noise = normalDeviates(splitSeed(seed, 'model'));
  const random = splitSeed(seed, 'abstention');
  const common = normalDeviates(splitSeed(seed, 'ensemble'));
  const own = Array.from({ length: models - 1 }, (_, k) => normalDeviates(splitSeed(seed, `model ${k + 2}`)));
  const scoredIds: string[] = [];
  const score: number[][] = Array.from({ length: models }, () => []);
  const [rootShared, rootOwn] = [Math.sqrt(correlation), Math.sqrt(1 - correlation)];
  for (let s = 0; s < stackIds.length; s++) {
    const label = circularity === 0 ? truth[s] : (world.crowdLabel(s) ?? truth[s]);
    const taught = truth[s] + circularity * (label - truth[s]);
    const mean = taught * separation + sharedDifficulty * difficulty[s];
    const first = noise();
    // The noise of the first model is given. The common part follows from it, plus a part of its own.
    const c = models > 1 ? rootShared * first + rootOwn * common() : 0;
    const residuals = [first, ...own.map((deviate) => rootShared * c + rootOwn * deviate())];
    if (random() < abstain || (flaw?.[s] ?? 0) > 0) continue;
    scoredIds.push(stackIds[s]);
    for (let k = 0; k < models; k++) {
      const latent = mean + ownSd * residuals[k] + offset;
      const logOdds = (separation * (latent - separation / 2) + trainingLogOdds) / temperature;
      score[k].push(1 / (1 + Math.exp(-logOdds)));
    }
  }
  return score.map((column) => ({ stackIds: scoredIds, score: Float64Array.from(column) }));
};
