/** Simulated laboratories: stacks, a crowd and a model whose parameters were fitted to published figures. */

export type { AnnotatorKind, Annotators, CrowdOptions, CrowdSetting } from './crowd/crowd.js';
export { TYPICAL_CROWD } from './crowd/crowd.js';
export { TYPICAL_PLAY } from './crowd/play.js';
export type { Regime, RegimeName, VoteMix, VotesPerStack } from './crowd/regime.js';
export { REGIMES } from './crowd/regime.js';
export { TYPICAL_VOTES } from './crowd/votes.js';
export { type ClipOptions, clip, clips, type Fault, type SimulatedClip } from './film/clip.js';
export type { CampaignDataset, CampaignOptions, ProjectName } from './laboratory/campaign.js';
export type { CsvFiles } from './laboratory/csv.js';
export type { DatasetOptions, Simulated, SimulatedDataset } from './laboratory/dataset.js';
export type { Project, StalledTrait } from './laboratory/presets.js';
export { PRESETS, PROJECTS, STALLED_TRAITS } from './laboratory/presets.js';
export type { EnsembleSetting, ModelSetting } from './laboratory/scores.js';
export { TYPICAL_BOTS, TYPICAL_MODEL } from './laboratory/scores.js';
export type { Between, MouseGroup, Recording, SimulatedStrata, StrataSetting } from './laboratory/strata.js';
export { TYPICAL_STRATA } from './laboratory/strata.js';
export type {
  GoldCounts,
  GoldSetting,
  KnownSetting,
  PlayOptions,
  PlaySetting,
  SimulatedVotes,
  StackOptions,
  Stacks,
  TraitSetting,
  VoteSetting,
} from './settings.js';
export { FLAWS } from './settings.js';
export { campaign, dataset, inputs, toCsv } from './simulate.js';
