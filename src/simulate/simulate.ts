import { getOrThrow } from '../domain/errors.js';
import type { GoldSet } from '../domain/gold.js';
import type { Scores } from '../domain/scores.js';
import type { VoteTable } from '../domain/voteTable.js';
import type { Seed } from '../kernel/random/prng.js';
import { voteBuilder } from '../stages/votes/index.js';
import { type CampaignDataset, type CampaignOptions, drawCampaign } from './laboratory/campaign.js';
import { type CsvFiles, csvFiles } from './laboratory/csv.js';
import { type DatasetOptions, drawDataset, type SimulatedDataset } from './laboratory/dataset.js';

/**
 * Simulates one dataset: what a laboratory sees (votes, scores, gold) and what it would like to know (truth).
 *
 * P(vote stalled | truth y, difficulty u, annotator i) = Φ(α_i (c_y + τ_y u) − β_i), with u shared by people and model
 *
 * The same options and seed give the same bytes everywhere. Each part draws from its own stream of the seed: another model
 * does not change the votes, and another crowd does not change the stacks.
 *
 * A bare number of `stacks` is one homogeneous recording after another. `{ count }` adds what studies have: mice of two
 * groups, recordings with their own quality and prevalence, stacks that nobody can read. Likewise `votes.play` adds time,
 * beginners, drift, fatigue and known-answer stacks, and `model.ensemble` adds similar models that may vote as bots. An
 * unreadable stack has no score and no votes of people who look; it is flagged, never flowing.
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
 * const study = Simulate.dataset({
 *   stacks: { count: 3000, dataset: 'A' },
 *   prevalence: 0.01,
 *   votes: { play: {} },
 *   model: { abstain: 0.01, ensemble: Simulate.TYPICAL_BOTS },
 *   gold: { chosen: 'known' },
 * })(1);
 * study.gold.stackIds.length // => 444
 * study.votes.annotatorIds.slice(-3) // => ['bot-1', 'bot-2', 'bot-3']
 * study.strata.recordings[0] // => { recordingId: 'recording-001', mouseId: 'mouse-01', group: 'WT' }
 * @see docs/math.md#simulation · Lord & Novick (1968), Statistical Theories of Mental Test Scores, ch. 16 (normal ogive)
 */
export const dataset =
  (options: DatasetOptions) =>
  (seed: Seed): SimulatedDataset =>
    drawDataset(options, seed);

/**
 * Simulates the challenge: twelve datasets of one crowd, each with its own prevalence, stalls, mice and microscope.
 *
 * logit π_p ~ N(logit .006, .79²);   d_p ~ N(3.3, .45²), at least 2;   temperature_p ~ exp(N(0, .3²));   one dataset
 * stroke-like (d = 2.4, offset .7);   stalls typical in .6, easier than project J in .25, like project J in .15 of datasets
 *
 * Project L is the known-answer set: 444 gold stacks, 30 % stalled, without votes. Datasets are drawn when they are asked
 * for, and a dataset is the same in every list of projects.
 *
 * @param options - which projects, at most how many stacks each; `votes`, `crowd`, `model` and `gold` win over what is drawn
 * @returns datasets one by one; `options` hold what was drawn, `weight` how many public stacks each simulated one stands for
 * @throws RangeError as `Simulate.dataset`
 * @example
 * const [j, l] = Simulate.campaign({ projects: ['J', 'L'], stacksAtMost: 2000 })(1);
 * [j.project, j.weight, j.dataset.truth.length] // => ['J', 2.5185, 2000]
 * [l.dataset.votes.label.length, l.dataset.gold.stackIds.length] // => [0, 444]
 * @see docs/math.md#simulation · docs/simulation.md
 */
export const campaign =
  (options: CampaignOptions) =>
  (seed: number): Iterable<CampaignDataset> =>
    drawCampaign(options, seed);

/**
 * The dataset as the CSV files that `tandem` reads, without the truth.
 *
 * @param simulated - from `Simulate.dataset`
 * @returns text in chunks, the header first; scores with all their digits, so that reading them back is exact
 * @example
 * const files = Simulate.toCsv(Simulate.dataset({ stacks: 2, prevalence: 0, votes: { perStack: 1 } })(1));
 * [...files.scores] // => ['stackId,score\n']
 * [...files.votes].join('').split('\n').length // => 4
 * const study = Simulate.dataset({ stacks: { count: 2, unreadable: 1 }, prevalence: 0 })(1);
 * [...Simulate.toCsv(study).strata].join('').split('\n')[1] // => 'stack-000001,dataset,mouse-01,AD,recording-001,1'
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
  return { votes: getOrThrow(builder.build('all', 'rows')), scores, gold };
};
