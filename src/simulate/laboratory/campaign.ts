import { present } from '../../domain/present.js';
import { normalDeviates } from '../../kernel/random/normalDeviate.js';
import { type Seed, splitSeed } from '../../kernel/random/prng.js';
import { aliasTable, drawFrom } from '../crowd/alias.js';
import type { CrowdOptions } from '../crowd/crowd.js';
import type { GoldSetting, VoteSetting } from '../settings.js';
import { type DatasetOptions, drawDataset, type SimulatedDataset } from './dataset.js';
import { PROJECTS, STALLED_TRAITS, type StalledTrait } from './presets.js';
import type { ModelSetting } from './scores.js';

/** A project of the challenge by its letter; L is the set of known answers, which nobody voted on. */
export type ProjectName = keyof typeof PROJECTS | 'L';

/** Which datasets to simulate, and what is the same in all. Whatever is left out is as the challenge was. */
export interface CampaignOptions {
  /** All twelve unless told. */
  readonly projects?: readonly ProjectName[];
  /** A larger project is cut down to so many stacks, 50,000 unless told. */
  readonly stacksAtMost?: number;
  readonly votes?: Partial<VoteSetting>;
  readonly crowd?: CrowdOptions;
  /** Wins over what is drawn for each dataset: separation, temperature and offset. */
  readonly model?: Partial<ModelSetting>;
  readonly gold?: GoldSetting;
}

/** One dataset of a campaign, with everything that was drawn for it. */
export interface CampaignDataset {
  readonly project: ProjectName;
  /** Stacks of the public data that each simulated one stands for. */
  readonly weight: number;
  readonly options: DatasetOptions;
  readonly dataset: SimulatedDataset;
}

const ALL: readonly ProjectName[] = ['A', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M'];
const AT_MOST = 50_000;
/** logit .006, and the spread at which 5 and 95 % of datasets lie near .15 and 2 %. */
const PREVALENCE = { logitMean: -5.109977737428519, logitSd: 0.79 };
const TRAITS: readonly (readonly [StalledTrait, number])[] = [
  ['typical', 0.6],
  ['hardJNoZero', 0.25],
  ['hardJ', 0.15],
];
/** Domain shift: how well the same model separates the classes of one dataset, and how its confidence is off. */
const SEPARATION = { mean: 3.3, sd: 0.45, least: 2 };
const LOG_TEMPERATURE_SD = 0.3;
/** Another laboratory's microscope. One dataset of a campaign is of this kind. */
const STROKE_LIKE = { separation: 2.4, offset: 0.7 };
/** The known-answer set of the challenge. */
const KNOWN = { stacks: 444, stalled: 0.3 };

/** The settings of one project, from streams of its own: another list of projects changes nothing about it. */
const settingOf = (project: ProjectName, options: CampaignOptions, seed: Seed): DatasetOptions => {
  const common = present({ crowd: options.crowd });
  const deviate = normalDeviates(splitSeed(seed, `dataset ${project}`));
  const [prevalenceDeviate, separationDeviate, temperatureDeviate] = [deviate(), deviate(), deviate()];
  const random = splitSeed(seed, 'stroke-like');
  const letters = ALL.filter((name) => name !== 'L');
  const strokeLike = letters[Math.floor(random() * letters.length)] === project;
  const model = {
    separation: Math.max(SEPARATION.least, SEPARATION.mean + SEPARATION.sd * separationDeviate),
    temperature: Math.exp(LOG_TEMPERATURE_SD * temperatureDeviate),
    ...(strokeLike ? STROKE_LIKE : {}),
    ...options.model,
  };
  if (project === 'L') {
    const stalled = Math.round(KNOWN.stalled * KNOWN.stacks);
    return {
      ...common,
      stacks: { count: 0, dataset: project },
      prevalence: KNOWN.stalled,
      // Nobody voted: the public data write 0 here, which is not what a missing score is.
      votes: { perStack: 0 },
      model,
      gold: { stalled, flowing: KNOWN.stacks - stalled, chosen: 'stratified' },
    };
  }
  const { flowing, perStack, stacks } = PROJECTS[project];
  const trait = TRAITS[drawFrom(aliasTable(TRAITS.map(([, share]) => share)), splitSeed(seed, `look ${project}`))][0];
  return present({
    ...common,
    stacks: { count: Math.min(stacks, options.stacksAtMost ?? AT_MOST), dataset: project },
    prevalence: 1 / (1 + Math.exp(-(PREVALENCE.logitMean + PREVALENCE.logitSd * prevalenceDeviate))),
    votes: { flowing, perStack, stalled: STALLED_TRAITS[trait], ...options.votes },
    model,
    gold: options.gold,
  });
};

/** Draws one dataset after the other, each when it is asked for. See `Simulate.campaign`. */
export const drawCampaign = (options: CampaignOptions, seed: number): Iterable<CampaignDataset> => ({
  *[Symbol.iterator]() {
    for (const project of options.projects ?? ALL) {
      const setting = settingOf(project, options, seed);
      const count = typeof setting.stacks === 'number' ? setting.stacks : setting.stacks.count;
      const real = project === 'L' ? KNOWN.stacks : PROJECTS[project].stacks;
      yield {
        project,
        weight: count === 0 ? 1 : real / count,
        options: setting,
        // The same people everywhere, other stacks in each dataset.
        dataset: drawDataset({ ...setting, crowdSeed: seed }, `${seed} ${project}`),
      };
    }
  },
});
