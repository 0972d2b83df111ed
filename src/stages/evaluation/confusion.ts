import { STALLED } from '../../domain/label.js';

/** How many stacks fell into each cell; stalled is positive. Four non-negative integers. */
export interface Confusion {
  /** Stalled, called stalled. */
  readonly tp: number;
  /** Flowing, called stalled: a false alarm. */
  readonly fp: number;
  /** Stalled, called flowing: a missed stall. */
  readonly fn: number;
  /** Flowing, called flowing. */
  readonly tn: number;
}

/**
 * Counts the four cells of truth against prediction.
 *
 * tp + fp + fn + tn = number of stacks
 *
 * @param labels - `truth` and `predicted`, aligned; 1 stalled, 0 flowing
 * @throws RangeError when the two are not equally long
 * @example
 * Evaluation.confusion({ truth: Uint8Array.of(1, 1, 0, 0, 0), predicted: Uint8Array.of(1, 0, 0, 0, 1) }) // => { tp: 1, fp: 1, fn: 1, tn: 2 }
 */
export const confusion = ({ truth, predicted }: { truth: Uint8Array; predicted: Uint8Array }): Confusion => {
  if (truth.length !== predicted.length) {
    throw new RangeError(`confusion: expected ${truth.length} predictions, got ${predicted.length}`);
  }
  let tp = 0;
  let fp = 0;
  let fn = 0;
  for (let s = 0; s < truth.length; s++) {
    if (predicted[s] === STALLED) {
      if (truth[s] === STALLED) tp++;
      else fp++;
    } else if (truth[s] === STALLED) fn++;
  }
  return { tp, fp, fn, tn: truth.length - tp - fp - fn };
};
