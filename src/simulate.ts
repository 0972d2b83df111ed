/** Simulated laboratories: stacks, a crowd and a model whose parameters were fitted to published figures. */

import { getOrThrow } from './domain/errors.js';
import type { GoldSet } from './domain/gold.js';
import type { Scores } from './domain/scores.js';
import { type CsvFiles, csvFiles } from './simulate/csv.js';
import { type DatasetOptions, drawDataset, type SimulatedDataset } from './simulate/dataset.js';
import { voteBuilder } from './votes/builder.js';
import type { VoteTable } from './votes.js';

export type { AnnotatorKind, Annotators, CrowdOptions, CrowdSetting } from './simulate/crowd.js';
export { TYPICAL_CROWD } from './simulate/crowd.js';
export type { CsvFiles } from './simulate/csv.js';
export type { DatasetOptions, Simulated, SimulatedDataset } from './simulate/dataset.js';
export type { Project, StalledLook } from './simulate/presets.js';
export { PRESETS, PROJECTS, STALLED_LOOKS } from './simulate/presets.js';
export type { Regime, RegimeName, VoteMix, VotesPerStack } from './simulate/regime.js';
export { REGIMES } from './simulate/regime.js';
export type { ModelSetting } from './simulate/scores.js';
export { TYPICAL_MODEL } from './simulate/scores.js';
export type { GoldSetting, Stacks } from './simulate/stacks.js';
export type { Look, VoteColumns, VoteSetting } from './simulate/votes.js';
export { TYPICAL_VOTES } from './simulate/votes.js';

/**
 * Simulates one dataset: what a laboratory sees (votes, scores, gold) and what it would like to know (truth).
 *
 * P(vote stalled | truth y, difficulty u, annotator i) = Φ(α_i (c_y + τ_y u) − β_i), with u shared by people and model
 *
 * The same options and seed give the same bytes everywhere. Each part draws from its own stream of the seed, so that
 * another model leaves the votes as they were, and another crowd the stacks.
 *
 * @param options - `stacks` research stacks at `prevalence` in [0, 1]; groups `votes`, `crowd`, `model` and `gold`
 *   default, key by key, to the typical setting; without `model` there are no scores, without `gold` no gold
 * @returns columns; `truth` and `simulated.stacks` aligned with `votes.stackIds`
 * @throws RangeError when a share is outside [0, 1], a count is not whole, or a stack wants more votes than accounts
 * @example
 * const lab = Simulate.dataset({
 *   stacks: 1000,
 *   prevalence: 0.01,
 *   votes: { perStack: 3 },
 *   model: { abstain: 1 },
 *   gold: { stalled: 30, flowing: 70, chosen: 'stratified' },
 * })(1);
 * lab.votes.label.length // => 3300
 * lab.gold.stackIds.length // => 100
 * lab.scores.stackIds // => []
 * @see docs/math.md#simulation · Lord & Novick (1968), Statistical Theories of Mental Test Scores, ch. 16 (normal ogive)
 */
export const dataset =
  (options: DatasetOptions) =>
  (seed: number): SimulatedDataset =>
    drawDataset(options, seed);

/**
 * The dataset as the three CSV files that `tandem` reads, without the truth.
 *
 * @param simulated - from `Simulate.dataset`
 * @returns text in chunks, the header first; scores with all their digits, so that reading them back is exact
 * @example
 * const files = Simulate.toCsv(Simulate.dataset({ stacks: 2, prevalence: 0, votes: { perStack: 1 } })(1));
 * [...files.scores] // => ['stackId,score\n']
 * [...files.votes].join('').split('\n').length // => 4
 */
export const toCsv = (simulated: SimulatedDataset): CsvFiles => csvFiles(simulated);

/**
 * The dataset as the stages take it: a vote table, scores and gold.
 *
 * @param simulated - from `Simulate.dataset`
 * @returns what `Policy.fit` wants; `scores` are empty when there was no model
 * @example
 * const { votes } = Simulate.inputs(Simulate.dataset({ stacks: 10, prevalence: 0.1, votes: { perStack: 3 } })(1));
 * Votes.count(votes) // => 30
 */
export const inputs = ({
  votes,
  scores,
  gold,
}: SimulatedDataset): { readonly votes: VoteTable; readonly scores: Scores; readonly gold: GoldSet } => {
  const builder = voteBuilder();
  const stacks = Uint32Array.from(votes.stackIds, (id) => builder.stacks.internString(id));
  const annotators = Uint32Array.from(votes.annotatorIds, (id) => builder.annotators.internString(id));
  const numbered = (column: Uint32Array, numbers: Uint32Array): Uint32Array => column.map((row) => numbers[row]);
  builder.append(
    numbered(votes.stackOf, stacks),
    numbered(votes.annotatorOf, annotators),
    votes.label,
    votes.label.length,
  );
  // Nobody votes twice on a stack here, so every policy gives the same table.
  return { votes: getOrThrow(builder.build('all')), scores, gold };
};
