import type { GoldSet } from '../../domain/gold.js';
import type { Posterior } from '../../domain/posterior.js';
import { present } from '../../domain/present.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { logistic } from '../../kernel/special/logit.js';
import * as Evaluation from '../../stages/evaluation/index.js';
import { evenly, type ReliabilitySeries, type SourceCurve, type VotesPart } from '../figures/index.js';
import type { CountsAround, ThresholdTable, TwoThresholds } from './data.js';

/** Positions of a threshold: enough for a slider, few enough for a page. */
const POSITIONS = 320;

/**
 * Counts around every threshold worth trying, for the sliders of a page. At most 320 thresholds, whatever the number of
 * stacks: evenly among the gold of each class and among the batch, with the thresholds in use as they are.
 *
 * @param gold - truth that the posterior never saw
 * @param keep - thresholds in log-odds that must be among them
 * @param posterior - of gold and batch; stacks outside gold are the batch
 * @example
 * const posterior = { stackIds: ['a', 'b', 'c'], logOdds: Float64Array.of(-3, 1, 4), votes: new Uint32Array(3), scores: Uint32Array.of(1, 1, 1) };
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 'a', label: 0 }, { stackId: 'c', label: 1 }]);
 * const table = Page.thresholdTable({ gold })(posterior);
 * table.at // => [-3, 1, 4]
 * table.stalled // => { all: 1, below: [0, 0, 0], upTo: [0, 0, 1] }
 */
export const thresholdTable =
  ({ gold, keep = {} }: { readonly gold: GoldSet; readonly keep?: TwoThresholds }) =>
  (posterior: Posterior): ThresholdTable => {
    const { stalled, flowing, batch } = divided(posterior, gold);
    const share = Math.floor(POSITIONS / (batch.length > 0 ? 3 : 2));
    const at = [
      ...new Set([
        ...evenly(distinct(stalled), share),
        ...evenly(distinct(flowing), share),
        ...evenly(distinct(batch), share),
        ...[keep.flowingBelow, keep.stalledAbove].filter((z) => z !== undefined),
      ]),
    ].sort((a, b) => a - b);
    return present({
      at,
      stalled: countsAround(stalled, at),
      flowing: countsAround(flowing, at),
      batch: batch.length === 0 ? undefined : countsAround(batch, at),
    });
  };

/** Log-odds of stalled gold, of flowing gold, and of all other stacks, each sorted. Stacks without evidence take no part. */
const divided = ({ stackIds, logOdds, votes, scores }: Posterior, gold: GoldSet) => {
  const labelOf = new Map(gold.stackIds.map((stackId, g) => [stackId, gold.label[g]]));
  const groups: Record<'stalled' | 'flowing' | 'batch', number[]> = { stalled: [], flowing: [], batch: [] };
  for (let s = 0; s < stackIds.length; s++) {
    if (votes[s] + scores[s] === 0) continue;
    const label = labelOf.get(stackIds[s]);
    groups[label === undefined ? 'batch' : label === 1 ? 'stalled' : 'flowing'].push(logOdds[s]);
  }
  return {
    stalled: Float64Array.from(groups.stalled).sort(),
    flowing: Float64Array.from(groups.flowing).sort(),
    batch: Float64Array.from(groups.batch).sort(),
  };
};

const distinct = (sorted: Float64Array): readonly number[] =>
  Array.from(sorted).filter((z, i) => Number.isFinite(z) && z !== sorted[i - 1]);

const countsAround = (sorted: Float64Array, at: readonly number[]): CountsAround => {
  const below: number[] = [];
  const upTo: number[] = [];
  let row = 0;
  for (const z of at) {
    while (row < sorted.length && sorted[row] < z) row++;
    below.push(row);
    while (row < sorted.length && sorted[row] === z) row++;
    upTo.push(row);
  }
  return { all: sorted.length, below, upTo };
};

/** Points of one curve: enough to look smooth. */
const CURVE_POINTS = 160;

/**
 * All thresholds of one source against gold, for ROC and precision–recall.
 *
 * @param options - `source` names it; `shown`: thresholds of a posterior as probabilities, which is the default, or scores as
 *   they are
 * @param scored - log-odds or scores, with the truth
 * @example
 * const curve = Page.sourceCurve({ source: 'model', shown: 'score' })({ score: Float64Array.of(0.9, 0.2), label: Uint8Array.of(1, 0) });
 * curve.points.length // => 3
 * curve.points[1] // => { threshold: 0.9, tp: 1, fp: 0 }
 */
export const sourceCurve =
  ({ source, shown = 'probability' }: { readonly source: string; readonly shown?: 'probability' | 'score' }) =>
  (scored: Evaluation.ScoredLabels): SourceCurve => {
    const { threshold, tp, fp } = Evaluation.sweep(scored);
    const last = threshold.length - 1;
    const value = (z: number): number => (shown === 'score' || z === Number.POSITIVE_INFINITY ? z : logistic(z));
    return present({
      source,
      stalled: tp[last],
      flowing: fp[last],
      points: turningPoints(tp, fp).map((row) => ({ threshold: value(threshold[row]), tp: tp[row], fp: fp[row] })),
      auc: Evaluation.auc(scored),
    });
  };

/** Rows where the curve turns, evenly thinned: between two turns it is a straight line. */
const turningPoints = (tp: Uint32Array, fp: Uint32Array): readonly number[] => {
  const last = tp.length - 1;
  const turns: number[] = [0];
  for (let row = 1; row < last; row++) {
    const goesUp = tp[row] > tp[row - 1];
    const goesRight = fp[row] > fp[row - 1];
    const onUp = tp[row + 1] > tp[row];
    const onRight = fp[row + 1] > fp[row];
    if (goesUp !== onUp || goesRight !== onRight || (goesUp && goesRight)) turns.push(row);
  }
  if (last > 0) turns.push(last);
  return evenly(turns, CURVE_POINTS);
};

const BINS = 10;

/**
 * Observed shares in bins of equal counts, with exact intervals.
 *
 * @param options - `name` of the series; confidence of the intervals, default .95
 * @param probable - probabilities with the truth
 * @example
 * const series = Page.reliabilitySeries({ name: 'after' })({ probability: Float64Array.of(0.1, 0.9), label: Uint8Array.of(0, 1) });
 * series.bins.map(({ meanProbability }) => meanProbability) // => [0.1, 0.9]
 * series.brier // => 0.01
 */
export const reliabilitySeries =
  ({ name, confidence = 0.95 }: { readonly name: string; readonly confidence?: number }) =>
  (probable: Evaluation.ProbableLabels): ReliabilitySeries => {
    const { ece, bins } = Evaluation.ece({ ...probable, bins: BINS });
    return present({
      name,
      bins: bins.map(({ count, meanProbability, stalledRate }) => ({
        meanProbability,
        stalled: Evaluation.rate({ hits: Math.round(count * stalledRate), n: count, confidence }),
      })),
      ece,
      brier: Evaluation.brier(probable),
    });
  };

/** Stacks with more votes than this share one bar. */
const MOST_VOTES = 25;

/**
 * How many stacks have how many votes, and the mean.
 *
 * @param votes - stacks without votes count too
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'a', label: 0 }, { stackId: 's1', annotatorId: 'b', label: 1 }]));
 * Page.voteCounts(votes).histogram // => [{ votes: 0, stacks: 0 }, { votes: 1, stacks: 0 }, { votes: 2, stacks: 1 }]
 */
export const voteCounts = ({ offsets }: VoteTable): Pick<VotesPart, 'histogram' | 'spent'> => {
  const stacks = offsets.length - 1;
  const counts = new Array<number>(MOST_VOTES + 1).fill(0);
  let most = 0;
  for (let s = 0; s < stacks; s++) {
    const votes = Math.min(MOST_VOTES, offsets[s + 1] - offsets[s]);
    counts[votes]++;
    most = Math.max(most, votes);
  }
  return {
    histogram: counts
      .slice(0, most + 1)
      .map((count, votes) => present({ votes, stacks: count, orMore: votes === MOST_VOTES ? true : undefined })),
    spent: stacks === 0 ? 0 : offsets[stacks] / stacks,
  };
};

/**
 * Truth and log-odds of the gold stacks about which something is known, for `sourceCurve` and `reliabilitySeries`.
 *
 * @param gold - truth that the posterior never saw
 * @example
 * const posterior = { stackIds: ['a', 'b'], logOdds: Float64Array.of(-3, 1), votes: Uint32Array.of(2, 0), scores: new Uint32Array(2) };
 * const gold = Gold.from({ chosen: 'random' })([{ stackId: 'a', label: 0 }, { stackId: 'b', label: 1 }]);
 * Page.onGold(gold)(posterior).score // => Float64Array [-3]
 */
export const onGold =
  (gold: GoldSet) =>
  ({ stackIds, logOdds, votes, scores }: Posterior): Evaluation.ScoredLabels & Evaluation.ProbableLabels => {
    const rowById = rowOfId(stackIds);
    const rows = gold.stackIds.map((stackId) => rowById.get(stackId));
    const known = [...rows.keys()].filter((g) => {
      const s = rows[g];
      return s !== undefined && votes[s] + scores[s] > 0;
    });
    const score = Float64Array.from(known, (g) => logOdds[rows[g] ?? 0]);
    return { score, probability: score.map(logistic), label: Uint8Array.from(known, (g) => gold.label[g]) };
  };
