import { STALLED } from '../../domain/label.js';

/** Raw scores with the truth, aligned; a stack without a score is not among them. */
export interface ScoredLabels {
  /** Finite; higher means more likely stalled. */
  readonly score: Float64Array;
  /** 1 stalled, 0 flowing. */
  readonly label: Uint8Array;
}

/** Counts at every distinct threshold, falling; row 0 is +Infinity, which calls nothing stalled. */
export interface Sweep {
  readonly threshold: Float64Array;
  /** Stalled stacks with score >= threshold. */
  readonly tp: Uint32Array;
  /** Flowing stacks with score >= threshold. */
  readonly fp: Uint32Array;
}

/**
 * Every way to cut the scores in two, each once: tied scores fall on one side together.
 *
 * @param scored - scores and labels, aligned
 * @throws RangeError when they are not equally long
 * @example
 * const { threshold, tp, fp } = Evaluation.sweep({ score: Float64Array.of(0.9, 0.2, 0.9), label: Uint8Array.of(1, 0, 0) });
 * threshold // => Float64Array [Infinity, 0.9, 0.2]
 * [tp[1], fp[1], fp[2]] // => [1, 1, 2]
 */
export const sweep = ({ score, label }: ScoredLabels): Sweep => {
  const n = score.length;
  if (label.length !== n) throw new RangeError(`sweep: expected ${n} labels, got ${label.length}`);
  const order = Uint32Array.from(score.keys()).sort((i, j) => score[j] - score[i]);
  const threshold = new Float64Array(n + 1);
  const tp = new Uint32Array(n + 1);
  const fp = new Uint32Array(n + 1);
  threshold[0] = Number.POSITIVE_INFINITY;
  let row = 0;
  for (let rank = 0; rank < n; rank++) {
    const s = order[rank];
    if (score[s] !== threshold[row]) {
      row++;
      threshold[row] = score[s];
      tp[row] = tp[row - 1];
      fp[row] = fp[row - 1];
    }
    if (label[s] === STALLED) tp[row]++;
    else fp[row]++;
  }
  const rows = row + 1;
  return { threshold: threshold.subarray(0, rows), tp: tp.subarray(0, rows), fp: fp.subarray(0, rows) };
};
