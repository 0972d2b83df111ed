import { STALLED } from '../../domain/label.js';

/** Probabilities of being stalled with the truth, aligned. */
export interface ProbableLabels {
  /** In [0, 1]. */
  readonly probability: Float64Array;
  /** 1 stalled, 0 flowing. */
  readonly label: Uint8Array;
}

/** Smallest probability the log loss charges for: one certain mistake costs 36 nats, not infinity. */
const CLIP = 2 ** -52;

const requireAligned = ({ probability, label }: ProbableLabels): void => {
  if (probability.length !== label.length) {
    throw new RangeError(`calibrationError: expected ${probability.length} labels, got ${label.length}`);
  }
};

/**
 * Mean negative log-likelihood of the truth, in nats.
 *
 * −1/n Σ [y ln p + (1 − y) ln(1 − p)], p clipped to [2⁻⁵², 1 − 2⁻⁵²]
 *
 * @param probable - probabilities and labels, aligned
 * @returns `undefined` when there are no stacks
 * @throws RangeError when the two are not equally long
 * @example
 * Evaluation.logLoss({ probability: Float64Array.of(0.9, 0.2), label: Uint8Array.of(1, 0) }) // => 0.164252
 */
export const logLoss = (probable: ProbableLabels): number | undefined => {
  requireAligned(probable);
  const { probability, label } = probable;
  let sum = 0;
  for (let s = 0; s < label.length; s++) {
    const p = Math.min(1 - CLIP, Math.max(CLIP, probability[s]));
    sum -= label[s] === STALLED ? Math.log(p) : Math.log1p(-p);
  }
  return label.length === 0 ? undefined : sum / label.length;
};

/**
 * Brier score: mean squared distance of probability and truth.
 *
 * 1/n Σ (p − y)²
 *
 * @param probable - probabilities and labels, aligned
 * @returns `undefined` when there are no stacks
 * @throws RangeError when the two are not equally long
 * @example
 * Evaluation.brier({ probability: Float64Array.of(0.9, 0.2), label: Uint8Array.of(1, 0) }) // => 0.025
 * @see Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
 */
export const brier = (probable: ProbableLabels): number | undefined => {
  requireAligned(probable);
  const { probability, label } = probable;
  let sum = 0;
  for (let s = 0; s < label.length; s++) sum += (probability[s] - label[s]) ** 2;
  return label.length === 0 ? undefined : sum / label.length;
};

/** One bin of a reliability table. */
export interface CalibrationBin {
  readonly count: number;
  readonly meanProbability: number;
  /** Share of the bin that is stalled. */
  readonly stalledRate: number;
}

/** How far probabilities lie from the observed shares. */
export interface CalibrationError {
  /** Expected calibration error in [0, 1]; absent when there are no stacks. */
  readonly ece?: number;
  /** Rising in probability; none is empty. */
  readonly bins: readonly CalibrationBin[];
}

/**
 * Expected calibration error on bins of equal mass, with its table.
 *
 * Σ count/n · |meanProbability − stalledRate|
 *
 * Bins of equal width would put a population with 1 % stalls into one bin. Ties are split in row order; when n is not a
 * multiple of `bins`, the first bins hold one more.
 *
 * @param options - probabilities and labels, aligned; `bins` >= 1, fewer are made when there are fewer stacks
 * @throws RangeError when the two are not equally long, or `bins` is not a positive integer
 * @example
 * const table = Evaluation.ece({ probability: Float64Array.of(0.1, 0.3, 0.6, 0.8), label: Uint8Array.of(0, 0, 1, 1), bins: 2 });
 * table.ece // => 0.25
 * table.bins[0] // => { count: 2, meanProbability: 0.2, stalledRate: 0 }
 */
export const ece = (options: ProbableLabels & { readonly bins: number }): CalibrationError => {
  requireAligned(options);
  const { probability, label } = options;
  if (!Number.isSafeInteger(options.bins) || options.bins < 1) {
    throw new RangeError(`ece: expected a positive integer number of bins, got ${options.bins}`);
  }
  const n = label.length;
  if (n === 0) return { bins: [] };
  const order = Uint32Array.from(label.keys()).sort((i, j) => probability[i] - probability[j] || i - j);
  const nBins = Math.min(options.bins, n);
  const size = Math.floor(n / nBins);
  const larger = n % nBins;
  const bins: CalibrationBin[] = [];
  let error = 0;
  let rank = 0;
  for (let bin = 0; bin < nBins; bin++) {
    const count = size + (bin < larger ? 1 : 0);
    let sum = 0;
    let stalled = 0;
    for (const end = rank + count; rank < end; rank++) {
      sum += probability[order[rank]];
      stalled += label[order[rank]];
    }
    bins.push({ count, meanProbability: sum / count, stalledRate: stalled / count });
    error += Math.abs(sum - stalled);
  }
  return { ece: error / n, bins };
};
