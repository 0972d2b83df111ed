import type { Gold } from '../../domain/gold.js';
import type { Posterior } from '../../domain/posterior.js';
import { present } from '../../domain/present.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';
import { logistic } from '../../kernel/special/logit.js';
import { ece } from './calibrationError.js';
import { sweep } from './sweep.js';

/** One point of a curve. */
export interface CurvePoint {
  readonly curve: 'roc' | 'precision-recall' | 'reliability';
  /**
   * roc and precision-recall: stacks with these log-odds or more are called stalled. Absent where nothing is called
   * stalled, and on a reliability curve.
   */
  readonly threshold?: number;
  /** roc: 1 − specificity; precision-recall: sensitivity (recall); reliability: mean posterior of the bin. In [0, 1]. */
  readonly x: number;
  /** roc: sensitivity; precision-recall: precision (PPV); reliability: share of the bin that is stalled. In [0, 1]. */
  readonly y: number;
  /** Exact interval of y. Absent where precision is stated at another prevalence than that of gold. */
  readonly lower?: number;
  readonly upper?: number;
  /** Gold stacks behind y. */
  readonly n: number;
}

/** Gold, and how curves are drawn. */
export interface CurveOptions {
  /** Gold for testing: it neither fitted nor tuned the posterior. */
  readonly gold: Gold<'test'>;
  /** P(stalled) at which precision is stated, in (0, 1); default that of gold. */
  readonly prevalence?: number | undefined;
  /** Of every interval, in (0, 1); default .95. */
  readonly confidence?: number | undefined;
  /** Of the reliability curve, of equal mass; default 10. */
  readonly bins?: number | undefined;
}

/**
 * ROC, precision–recall and reliability of one source on gold, with the threshold of each point.
 *
 * Curves have one point for each distinct log-odds. Reliability needs gold that is random: elsewhere the share of stalls
 * is what experts chose, and no posterior can agree with it.
 *
 * @param options - gold for testing
 * @returns points in the order of the curves, thresholds falling; none where gold has no stack with votes or scores
 * @example
 * const posterior = { stackIds: ['s1', 's2', 's3'], logOdds: Float64Array.of(-3, 0.5, 2), votes: Uint32Array.of(5, 5, 5), scores: new Uint32Array(3) };
 * const gold = Gold.as('test')(Gold.from({ chosen: 'stratified' })([{ stackId: 's1', label: 0 }, { stackId: 's2', label: 0 }, { stackId: 's3', label: 1 }]));
 * const points = Evaluation.curvePoints({ gold })(posterior);
 * points.filter(({ curve }) => curve === 'roc').map(({ x, y }) => [x, y]) // => [[0, 0], [0, 1], [0.5, 1], [1, 1]]
 * points.filter(({ curve }) => curve === 'precision-recall').map(({ threshold, x, y }) => [threshold, x, y]) // => [[2, 1, 1], [0.5, 1, 0.5], [-3, 1, 0.333333]]
 */
export const curvePoints =
  ({ gold, prevalence, confidence = 0.95, bins = 10 }: CurveOptions) =>
  ({ stackIds, logOdds, votes, scores }: Posterior): readonly CurvePoint[] => {
    const rowById = rowOfId(stackIds);
    const seen = gold.stackIds.flatMap((id, g) => {
      const s = rowById.get(id);
      return s === undefined || votes[s] + scores[s] === 0 ? [] : [{ s, g }];
    });
    if (seen.length === 0) return [];
    const score = Float64Array.from(seen, ({ s }) => logOdds[s]);
    const label = Uint8Array.from(seen, ({ g }) => gold.label[g]);
    const { threshold, tp, fp } = sweep({ score, label });
    const last = tp.length - 1;
    const [stalled, flowing] = [tp[last], fp[last]];
    const ends = (hits: number, n: number) => clopperPearson({ hits, n, delta: (1 - confidence) / 2 });
    const thresholdAt = (row: number): number | undefined => (row === 0 ? undefined : threshold[row]);
    const roc = Array.from(
      tp,
      (hits, row): CurvePoint =>
        present({
          curve: 'roc',
          threshold: thresholdAt(row),
          x: fp[row] / flowing,
          y: hits / stalled,
          ...ends(hits, stalled),
          n: stalled,
        }),
    );
    const precision = Array.from(tp, (hits, row): CurvePoint => {
      const called = hits + fp[row];
      const recall = hits / stalled;
      const right = (prevalence ?? 0) * recall;
      const wrong = (1 - (prevalence ?? 0)) * (fp[row] / flowing);
      return present({
        curve: 'precision-recall',
        threshold: thresholdAt(row),
        x: recall,
        y: prevalence === undefined ? hits / called : right / (right + wrong),
        ...(prevalence === undefined ? ends(hits, called) : {}),
        n: called,
      });
    }).slice(1);
    const reliability = (): readonly CurvePoint[] =>
      ece({ probability: score.map(logistic), label, bins }).bins.map(({ count, meanProbability, stalledRate }) => ({
        curve: 'reliability',
        x: meanProbability,
        y: stalledRate,
        ...ends(Math.round(stalledRate * count), count),
        n: count,
      }));
    return [
      ...(stalled > 0 && flowing > 0 ? [...roc, ...precision] : []),
      ...(gold.chosen === 'random' ? reliability() : []),
    ];
  };
