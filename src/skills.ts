/** How good each annotator is: sensitivity P(vote stalled | stalled) and specificity P(vote flowing | flowing). */
import type { VoteTable } from './votes.js';

export {
  type Annotator,
  type AnnotatorFlag,
  type AnnotatorsOptions,
  annotators,
  type Estimate,
} from './skills/annotators.js';
export { type DawidSkene, type DawidSkeneOptions, dawidSkene } from './skills/dawidSkene.js';
export { fromGold, type SkillPrior } from './skills/fromGold.js';
export { type Bounds, intervals, type SkillIntervals } from './skills/intervals.js';
export { type OneCoin, type OneCoinOptions, oneCoin } from './skills/oneCoin.js';

/** Rates of an annotator nobody has measured. */
export interface Newcomer {
  /** In (0, 1). */
  readonly sensitivity: number;
  /** In (0, 1). */
  readonly specificity: number;
}

/** Per-annotator skill; row a describes `annotatorIds[a]`. */
export interface Skills {
  readonly annotatorIds: readonly string[];
  /** P(vote stalled | stack stalled). In (0, 1), unless smoothing was switched off. */
  readonly sensitivity: Float64Array;
  /** P(vote flowing | stack flowing). In (0, 1), unless smoothing was switched off. */
  readonly specificity: Float64Array;
  /** Votes the estimate rests on: gold votes for `fromGold`, all votes for `dawidSkene`. */
  readonly support: Uint32Array;
  /** The crowd's pooled rates, for annotators seen for the first time. */
  readonly newcomer: Newcomer;
}

/** Skills with what they rest on, so that they have intervals and can be had without one stack's own votes. */
export interface MeasuredSkills extends Skills {
  /**
   * Votes behind each rate, per class: own votes (expected ones where truth is not known) and those of the prior.
   * The rate's posterior is Beta(rate · weight, (1 − rate) · weight).
   */
  readonly weight: { readonly stalled: Float64Array; readonly flowing: Float64Array };
}

/**
 * Lines skills up with another vote table: known annotators keep their skill, new ones get the crowd's pooled rates.
 *
 * @param skills - estimated on any table
 * @returns skills whose rows follow `votes.annotatorIds`
 * @example
 * const known = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.9), specificity: Float64Array.of(0.8), support: Uint32Array.of(12), newcomer: { sensitivity: 0.7, specificity: 0.75 } };
 * const votes = Errors.getOrThrow(Votes.index([{ stackId: 's1', annotatorId: 'ann', label: 1 }, { stackId: 's2', annotatorId: 'bob', label: 0 }]));
 * const skills = Skills.alignedTo(votes)(known);
 * [...skills.annotatorIds].sort().map((id) => skills.sensitivity[skills.annotatorIds.indexOf(id)]) // => [0.9, 0.7]
 */
export const alignedTo =
  (votes: VoteTable) =>
  (skills: Skills): Skills => {
    const rowOf = new Map(skills.annotatorIds.map((id, row) => [id, row]));
    const n = votes.annotatorIds.length;
    const sensitivity = new Float64Array(n).fill(skills.newcomer.sensitivity);
    const specificity = new Float64Array(n).fill(skills.newcomer.specificity);
    const support = new Uint32Array(n);
    for (let a = 0; a < n; a++) {
      const row = rowOf.get(votes.annotatorIds[a]);
      if (row === undefined) continue;
      sensitivity[a] = skills.sensitivity[row];
      specificity[a] = skills.specificity[row];
      support[a] = skills.support[row];
    }
    return { annotatorIds: votes.annotatorIds, sensitivity, specificity, support, newcomer: skills.newcomer };
  };
