import type { GoldSet } from '../domain/gold.js';
import type { Scores } from '../domain/scores.js';
import { type Annotators, type CrowdOptions, crowdSetting, drawCrowd } from './crowd.js';
import { drawScores, type ModelSetting, TYPICAL_MODEL } from './scores.js';
import { drawStacks, type GoldSetting, type Stacks } from './stacks.js';
import { drawVotes, TYPICAL_VOTES, type VoteColumns, type VoteSetting } from './votes.js';

/** What to simulate. Whatever a group leaves out is typical. */
export interface DatasetOptions {
  /** Research stacks; gold stacks come on top. */
  readonly stacks: number;
  /** P(stalled) of a research stack, in [0, 1]. */
  readonly prevalence: number;
  /** How often stacks are asked, and how they look; by default regime E7. */
  readonly votes?: Partial<VoteSetting>;
  readonly crowd?: CrowdOptions;
  /** Without it no stack has a score; `{}` is the typical model. */
  readonly model?: Partial<ModelSetting>;
  /** Without it there is no gold. */
  readonly gold?: GoldSetting;
}

/** What only a simulation knows. */
export interface Simulated {
  /** Difficulty and quality, and which stacks are gold; rows as in `votes.stackIds`. */
  readonly stacks: Stacks;
  /** Skill, bias and kind; rows as in `votes.annotatorIds`. */
  readonly annotators: Annotators;
  readonly looks: Pick<VoteSetting, 'flowing' | 'stalled'>;
}

/** What the laboratory sees, and the truth behind it. */
export interface SimulatedDataset {
  readonly votes: VoteColumns;
  readonly scores: Scores;
  readonly gold: GoldSet;
  /** 1 stalled, 0 flowing; row s belongs to `votes.stackIds[s]`, gold or not. */
  readonly truth: Uint8Array;
  readonly simulated: Simulated;
}

const NO_GOLD: GoldSetting = { stalled: 0, flowing: 0, chosen: 'stratified' };

const requireCount = (name: string, value: number): void => {
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw new RangeError(`${name}: expected a whole number, got ${value}`);
};

const requireShare = (name: string, value: number): void => {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name}: expected a number in [0, 1], got ${value}`);
};

const goldSet = (stacks: Stacks, chosen: GoldSetting['chosen']): GoldSet => {
  const rows = Array.from(stacks.isGold.keys()).filter((s) => stacks.isGold[s] === 1);
  return {
    stackIds: rows.map((s) => stacks.stackIds[s]),
    label: Uint8Array.from(rows, (s) => stacks.truth[s]),
    chosen,
  };
};

/** Draws stacks, crowd, votes, scores and gold, each from its own streams of the seed. See `Simulate.dataset`. */
export const drawDataset = (options: DatasetOptions, seed: number): SimulatedDataset => {
  const gold = options.gold ?? NO_GOLD;
  const model = { ...TYPICAL_MODEL, ...options.model };
  const setting = { ...TYPICAL_VOTES, ...options.votes };
  const crowdOptions = crowdSetting(options.crowd ?? {});
  requireCount('stacks', options.stacks);
  requireCount('gold.stalled', gold.stalled);
  requireCount('gold.flowing', gold.flowing);
  requireCount('crowd.annotators', crowdOptions.annotators);
  requireShare('crowd.novices.accounts', crowdOptions.novices.accounts);
  requireShare('prevalence', options.prevalence);
  requireShare('model.abstain', model.abstain);
  requireShare('model.sharedDifficulty', model.sharedDifficulty);
  if (!(model.temperature > 0)) throw new RangeError(`model.temperature: expected above 0, got ${model.temperature}`);
  if (!(model.trainingPrevalence > 0 && model.trainingPrevalence < 1)) {
    throw new RangeError(`model.trainingPrevalence: expected inside (0, 1), got ${model.trainingPrevalence}`);
  }

  const stacks = drawStacks({ stacks: options.stacks, prevalence: options.prevalence, gold }, seed);
  const crowd = drawCrowd(crowdOptions, seed);
  const { annotatorIds, kind, skill, bias } = crowd;
  return {
    votes: drawVotes({ stacks, crowd, setting }, seed),
    scores:
      options.model === undefined ? { stackIds: [], score: new Float64Array(0) } : drawScores({ stacks, model }, seed),
    gold: goldSet(stacks, gold.chosen),
    truth: stacks.truth,
    simulated: {
      stacks,
      annotators: { annotatorIds, kind, skill, bias },
      looks: { flowing: setting.flowing, stalled: setting.stalled },
    },
  };
};
