import { fitLatentShare, SHARE_GRID } from '../../kernel/crowd/latentShare.js';
import { poissonCdf } from '../../kernel/special/poisson.js';
import { type SeenGold, voteCells } from './goldRows.js';

/** Gold against the majority of its own votes. */
export interface VoteCut {
  /** Share of stalled votes that agrees best with the labels as a cut. */
  readonly cut: number;
  /** Gold stacks with votes whose share is not the cut itself. */
  readonly stacks: number;
  /** Of these, labelled against the cut. */
  readonly exceptions: number;
  /** At least so many would be expected of labels that do not come from these votes. */
  readonly expected: number;
  /** Of so few exceptions; 1 where nothing can be told. */
  readonly pValue: number;
}

const CUTS: readonly number[] = [1 / 2, 2 / 5, 3 / 5, 1 / 3, 2 / 3, 3 / 10, 7 / 10, 1 / 4, 3 / 4, 1 / 5, 4 / 5];

/** The density of P(vote stalled) is estimated, too: a part of what it expects is not counted. */
const DISCOUNT = 0.7;

/**
 * Are labels the majority of the very votes? A majority of few votes has chance in it, and an honest label cannot know it.
 *
 *   expected = min over t of Σ_stacks P(p and votes lie on different sides of their cuts t and c | k of n),   p ~ the density that explains all votes best
 *   p-value = P(Poisson(0.7 expected) ≤ exceptions)
 *
 * Given p, the votes of a stack are chance, so no label from elsewhere agrees with them better than p itself cut somewhere. Where a
 * crowd is nearly always unanimous hardly any exception is expected, and nothing is said.
 *
 * @see docs/math.md#gold-that-proves-nothing
 */
export const labelOfVotes = (gold: readonly SeenGold[]): VoteCut => {
  const voted = gold.filter(({ n }) => n > 0);
  const against = (cut: number) =>
    voted.filter(({ n, k, label }) => (label === 1 ? k < cut * n - SAME : k > cut * n + SAME));
  const counts = CUTS.map((cut) => ({ cut, exceptions: against(cut).length }));
  const { cut, exceptions } = counts.reduce((best, one) => (one.exceptions < best.exceptions ? one : best));
  const cells = voteCells(voted);
  const { posterior } = fitLatentShare(cells);
  const nodes = SHARE_GRID.length;
  // other[t]: stacks whose p lies on the other side of node t than their votes lie of the cut.
  const other = new Float64Array(nodes + 1);
  let stacks = 0;
  cells.forEach(({ n, k, stacks: own }, c) => {
    if (Math.abs(k - cut * n) <= SAME) return;
    stacks += own;
    let below = 0;
    for (let t = 0; t <= nodes; t++) {
      other[t] += own * (k > cut * n ? below : 1 - below);
      if (t < nodes) below += posterior[c * nodes + t];
    }
  });
  const expected = Math.max(
    0,
    other.reduce((least, value) => Math.min(least, value), stacks),
  );
  const pValue = stacks === 0 ? 1 : poissonCdf({ k: exceptions, mean: DISCOUNT * expected });
  return { cut, stacks, exceptions, expected, pValue: Math.min(1, CUTS.length * pValue) };
};

/** k and cut · n are the same within rounding. */
const SAME = 1e-9;
