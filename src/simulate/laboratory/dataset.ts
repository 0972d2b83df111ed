import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import type { Scores } from '../../domain/scores.js';
import type { Seed } from '../../kernel/random/prng.js';
import { withBots } from '../crowd/bots.js';
import { type Annotators, type CrowdOptions, crowdSetting, drawCrowd } from '../crowd/crowd.js';
import { playSetting, playVotes } from '../crowd/play.js';
import { drawVotes, TYPICAL_VOTES } from '../crowd/votes.js';
import type { GoldCounts, GoldSetting, SimulatedVotes, StackOptions, Stacks, VoteSetting } from '../settings.js';
import { crowdScores, drawGold } from './gold.js';
import { drawScores, type ModelSetting, TYPICAL_MODEL } from './scores.js';
import { drawStacks, withKnown } from './stacks.js';
import type { SimulatedStrata } from './strata.js';

/** What to simulate. Whatever a group leaves out is typical. */
export interface DatasetOptions {
  /** Research stacks, as a number or with mice, recordings and flaws; gold stacks come on top. */
  readonly stacks: number | StackOptions;
  /** P(stalled) of a research stack, in [0, 1]; with strata, in the mean over recordings. */
  readonly prevalence: number;
  /** How often stacks are asked, and how they look; by default regime E7. */
  readonly votes?: Partial<VoteSetting>;
  readonly crowd?: CrowdOptions;
  /** Seed of the people, so that the same crowd can vote on several datasets; by default the seed of the dataset. */
  readonly crowdSeed?: Seed;
  /** Without it no stack has a score; `{}` is the typical model. */
  readonly model?: Partial<ModelSetting>;
  /** Without it there is no gold. */
  readonly gold?: GoldSetting;
}

/** What only a simulation knows. */
export interface Simulated {
  /** Difficulty and quality, and which stacks are gold; rows as in `votes.stackIds`. */
  readonly stacks: Stacks;
  /** Skill, bias and kind; rows as in `votes.annotatorIds`, where bots follow the people. */
  readonly annotators: Annotators;
  readonly traits: Pick<VoteSetting, 'flowing' | 'stalled'>;
}

/** What the laboratory sees, and the truth behind it. */
export interface SimulatedDataset {
  readonly votes: SimulatedVotes;
  readonly scores: Scores;
  readonly gold: GoldSet;
  /** 1 stalled, 0 flowing; row s belongs to `votes.stackIds[s]`, gold or not. */
  readonly truth: Uint8Array;
  readonly simulated: Simulated;
  /** Where stacks come from, and 1 where players flagged one as unreadable. With strata only. */
  readonly strata?: SimulatedStrata;
  readonly flagged?: Uint8Array;
  /** Scores of every model of an ensemble, the first being `scores`. */
  readonly models?: readonly Scores[];
}

const NO_GOLD: GoldCounts = { stalled: 0, flowing: 0, chosen: 'stratified' };

const requireCount = (name: string, value: number): void => {
  if (!(Number.isSafeInteger(value) && value >= 0))
    throw new RangeError(`${name}: expected a whole number, got ${value}`);
};

const requireShare = (name: string, value: number): void => {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name}: expected a number in [0, 1], got ${value}`);
};

const CROWD_CUT = 0.5;

/** The crowd's own label of each stack, from the votes of people; not worked out where no model was taught by it. */
const crowdLabels = (votes: SimulatedVotes, circularity: number): ((s: number) => number | undefined) => {
  if (circularity === 0) return () => undefined;
  const scores = crowdScores(votes);
  return (s) => {
    const score = scores[s];
    return score === undefined ? undefined : Number(score >= CROWD_CUT);
  };
};

const check = (options: DatasetOptions, model: ModelSetting): void => {
  const { gold = NO_GOLD, stacks } = options;
  if (typeof stacks === 'number') requireCount('stacks', stacks);
  else {
    requireCount('stacks.count', stacks.count);
    requireShare('stacks.unreadable', stacks.unreadable ?? 0);
  }
  if ('stalled' in gold) {
    requireCount('gold.stalled', gold.stalled);
    requireCount('gold.flowing', gold.flowing);
  }
  if (gold.chosen === 'known' && options.votes?.play === undefined) {
    throw new RangeError('gold: known-answer stacks come with votes.play, which is missing');
  }
  requireShare('prevalence', options.prevalence);
  requireShare('model.abstain', model.abstain);
  requireShare('model.circularity', model.circularity);
  requireShare('model.sharedDifficulty', model.sharedDifficulty);
  if (!(model.temperature > 0)) throw new RangeError(`model.temperature: expected above 0, got ${model.temperature}`);
  if (!(model.trainingPrevalence > 0 && model.trainingPrevalence < 1)) {
    throw new RangeError(`model.trainingPrevalence: expected inside (0, 1), got ${model.trainingPrevalence}`);
  }
  if (model.ensemble !== undefined) {
    requireCount('model.ensemble.models', model.ensemble.models);
    if (model.ensemble.models < 1) throw new RangeError('model.ensemble.models: expected at least 1, got 0');
    requireShare('model.ensemble.correlation', model.ensemble.correlation);
  }
};

/** Draws the votes of people, on stacks that get the known-answer ones on the way where people play. */
const drawPeople = (
  world: { readonly options: DatasetOptions; readonly research: Stacks; readonly setting: VoteSetting },
  seed: Seed,
) => {
  const { options, research, setting } = world;
  const { crowdSeed = seed } = options;
  const playing = setting.play === undefined ? undefined : playSetting(setting.play);
  const crowdOptions = crowdSetting(options.crowd ?? {});
  requireCount('crowd.annotators', crowdOptions.annotators);
  requireShare('crowd.novices.accounts', crowdOptions.novices.accounts);
  if (playing === undefined) {
    const crowd = drawCrowd(crowdOptions, crowdSeed);
    return { crowd, stacks: research, votes: drawVotes({ stacks: research, crowd, setting }, seed) };
  }
  if (!(playing.known.share >= 0 && playing.known.share < 1)) {
    throw new RangeError(`votes.play.known.share: expected a number in [0, 1), got ${playing.known.share}`);
  }
  requireCount('votes.play.known.stacks', playing.known.stacks);
  requireCount('votes.play.events', playing.events);
  if (!(playing.answersPerDay > 0)) {
    throw new RangeError(`votes.play.answersPerDay: expected above 0, got ${playing.answersPerDay}`);
  }
  // Everybody who looks begins as a novice, so no account is one forever.
  const { factor } = crowdOptions.novices;
  const crowd = drawCrowd({ ...crowdOptions, novices: { accounts: 0, votes: 0, factor } }, crowdSeed);
  const study = typeof options.stacks === 'number' ? undefined : options.stacks;
  const stacks = withKnown({ stacks: research, known: playing.known, study }, seed);
  return { crowd, stacks, votes: playVotes({ stacks, crowd, setting, play: playing, noviceFactor: factor }, seed) };
};

/**
 * Draws stacks, crowd, votes, scores and gold, each from its own streams of the seed. See `Simulate.dataset`.
 */
export const drawDataset = (options: DatasetOptions, seed: Seed): SimulatedDataset => {
  const gold = options.gold ?? NO_GOLD;
  const model = { ...TYPICAL_MODEL, ...options.model };
  const setting = { ...TYPICAL_VOTES, ...options.votes };
  check(options, model);
  const study = typeof options.stacks === 'number' ? undefined : options.stacks;
  const count = typeof options.stacks === 'number' ? options.stacks : options.stacks.count;
  const research = drawStacks(
    { stacks: count, prevalence: options.prevalence, gold: 'stalled' in gold ? gold : NO_GOLD, study },
    seed,
  );
  const { crowd, stacks, votes: people } = drawPeople({ options, research, setting }, seed);
  const models =
    options.model === undefined
      ? []
      : drawScores({ stacks, model, crowdLabel: crowdLabels(people, model.circularity) }, seed);
  const { voteAt } = model.ensemble ?? {};
  const votes = voteAt === undefined ? people : withBots({ votes: people, stacks, models, cut: voteAt }, seed);
  const labelled = drawGold({ stacks, votes: people }, gold);
  const { annotatorIds, kind, skill, bias } = crowd;
  return present({
    votes,
    scores: models[0] ?? { stackIds: [], score: new Float64Array(0) },
    gold: labelled.gold,
    truth: stacks.truth,
    simulated: {
      stacks: { ...stacks, isGold: labelled.isGold },
      annotators: { annotatorIds, kind, skill, bias },
      traits: { flowing: setting.flowing, stalled: setting.stalled },
    },
    ...strataOf(stacks, study),
    models: model.ensemble === undefined ? undefined : models,
  });
};

const strataOf = (
  { recordingOf, recordings, flaw }: Stacks,
  study: StackOptions | undefined,
): Pick<SimulatedDataset, 'strata' | 'flagged'> =>
  recordingOf === undefined || recordings === undefined || flaw === undefined
    ? {}
    : {
        strata: { dataset: study?.dataset ?? 'dataset', recordingOf, recordings },
        flagged: flaw.map((code) => Number(code > 0)),
      };
