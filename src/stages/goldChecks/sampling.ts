import { fitLatentShare } from '../../kernel/crowd/latentShare.js';
import {
  countMark,
  DRAWN_VOTE,
  fisher,
  type GoldRows,
  type MarkCount,
  type SeenGold,
  type StackMark,
  scoreAbove,
  scorePlaces,
  voteCells,
} from './goldRows.js';

/** Flowing gold against all stacks that are not gold. */
export interface FlowingContrast {
  readonly mark: StackMark;
  readonly gold: MarkCount;
  readonly others: MarkCount;
  /** Of flowing gold that looks no more stalled than all other stacks do. */
  readonly pValue: number;
}

const SHARES: readonly number[] = [0.5, 0.9];

/**
 * Is flowing gold a random part of flowing stacks? All other stacks are flowing ones and a few stalled ones, so they look at least as
 * stalled as honest flowing gold does. The false alarms of candidates look more stalled. Fisher's exact test, for one vote of each stack and
 * for scores; the smallest p-value times the number of tests.
 */
export const flowingContrast = ({ gold, others }: GoldRows): FlowingContrast => {
  const flowing = gold.filter(({ label }) => label === 0);
  const marks = [DRAWN_VOTE, ...scorePlaces(others, SHARES).map(scoreAbove)];
  const tests = marks.map((mark): FlowingContrast => {
    const counts = { gold: countMark(mark)(flowing), others: countMark(mark)(others) };
    return { mark, ...counts, pValue: Math.min(1, marks.length * fisher(counts.gold, counts.others).atLeast) };
  });
  return tests.reduce((best, one) => (one.pValue < best.pValue ? one : best));
};

/** Stalled gold at a cut of the vote share. */
export interface StalledTruncation {
  /** No stalled gold lies below this share of stalled votes. */
  readonly cut: number;
  readonly stalled: number;
  /** How many stalled stacks lie exactly between the cut and one more stalled vote. */
  readonly nextToCut: number;
  /** ln of the likelihood of "there was a cut" over "there was none". */
  readonly logRatio: number;
}

const CUTS: readonly number[] = [1 / 4, 3 / 10, 1 / 3, 2 / 5, 1 / 2, 3 / 5, 2 / 3];

/**
 * Was there a cut below which nobody looked for stalls? Where stalls divide a crowd, some of them fall below every cut by chance.
 *
 *   ln L(votes | no fewer than the cut) − ln L(votes),   each with the density of P(vote stalled) that explains stalled gold best
 */
export const stalledTruncation = (gold: readonly SeenGold[]): StalledTruncation => {
  const stalled = gold.filter(({ label, n }) => label === 1 && n > 0);
  const least = stalled.reduce((min, { n, k }) => Math.min(min, k / n), 1);
  const cut = CUTS.reduce((best, one) => (one <= least + SAME ? one : best), 0);
  const cells = voteCells(stalled);
  const nextToCut = stalled.filter(({ n, k }) => k - 1 < cut * n - SAME).length;
  if (cut === 0 || stalled.length === 0) return { cut, stalled: stalled.length, nextToCut: 0, logRatio: 0 };
  const truncated = fitLatentShare(cells, (n) => Math.ceil(cut * n - SAME));
  const free = fitLatentShare(cells);
  return { cut, stalled: stalled.length, nextToCut, logRatio: truncated.logLikelihood - free.logLikelihood };
};

const SAME = 1e-9;
