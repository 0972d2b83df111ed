import { type ScoredLabels, sweep } from './sweep.js';

/**
 * Area under the ROC curve: the probability that a stalled stack scores above a flowing one, ties counting half.
 *
 * P(s⁺ > s⁻) + ½ P(s⁺ = s⁻), which is the rank-sum statistic with midranks
 *
 * @param scored - scores and labels, aligned
 * @returns `undefined` when one of the classes is missing
 * @throws RangeError when scores and labels are not equally long
 * @example
 * Evaluation.auc({ score: Float64Array.of(0.1, 0.4, 0.35, 0.8), label: Uint8Array.of(0, 0, 1, 1) }) // => 0.75
 * @see Hanley & McNeil (1982), doi:10.1148/radiology.143.1.7063747
 */
export const auc = (scored: ScoredLabels): number | undefined => {
  const { tp, fp } = sweep(scored);
  const last = tp.length - 1;
  const pairs = tp[last] * fp[last];
  if (pairs === 0) return undefined;
  // Twice the pairs won: an integer, so the order of adding does not matter.
  let won = 0;
  for (let row = 1; row <= last; row++) won += (fp[row] - fp[row - 1]) * (tp[row] + tp[row - 1]);
  return won / (2 * pairs);
};

/**
 * Average precision: the mean, over stalled stacks, of the precision where each is found. It depends on prevalence.
 *
 * Σ (recallₖ − recallₖ₋₁) · precisionₖ over distinct thresholds, without interpolation
 *
 * @param scored - scores and labels, aligned
 * @returns `undefined` when no stack is stalled
 * @throws RangeError when scores and labels are not equally long
 * @example
 * Evaluation.averagePrecision({ score: Float64Array.of(0.1, 0.4, 0.35, 0.8), label: Uint8Array.of(0, 0, 1, 1) }) // => 0.833333
 */
export const averagePrecision = (scored: ScoredLabels): number | undefined => {
  const { tp, fp } = sweep(scored);
  const stalled = tp[tp.length - 1];
  if (stalled === 0) return undefined;
  let sum = 0;
  for (let row = 1; row < tp.length; row++) {
    sum += (tp[row] - tp[row - 1]) * (tp[row] / (tp[row] + fp[row]));
  }
  return sum / stalled;
};
