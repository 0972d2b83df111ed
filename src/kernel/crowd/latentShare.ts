import { logMassAt } from '../special/stirling.js';

/** Stacks with the same number of votes, `k` of `n` stalled. */
export interface VoteCell {
  readonly n: number;
  readonly k: number;
  readonly stacks: number;
}

/** P(vote stalled) of a stack, at the middles of equal bins of [0, 1]. */
export const SHARE_GRID = Float64Array.from({ length: 40 }, (_, g) => (g + 0.5) / 40);

const NODES = SHARE_GRID.length;
const ROUNDS = 400;

/** A free density of P(vote stalled) over stacks. */
export interface LatentShare {
  /** Sums to 1; aligned with `SHARE_GRID`. */
  readonly weights: Float64Array;
  readonly logLikelihood: number;
  /** Cell by cell, the posterior of its stacks on `SHARE_GRID`. */
  readonly posterior: Float64Array;
}

/**
 * The density of P(vote stalled) that explains the votes best, whatever its shape; no labels are needed.
 *
 *   maximise Σ stacks · ln Σ_g w_g P(k | n, p_g),   by EM from a flat density
 *
 * @param cells - votes; `fewest` says how many stalled votes a stack with n votes must have to be in the sample at all, and
 *   P(k | n, p) is then given that
 * @see Laird (1978), doi:10.1080/01621459.1978.10480103
 */
export const fitLatentShare = (cells: readonly VoteCell[], fewest: (n: number) => number = () => 0): LatentShare => {
  const mass = new Float64Array(cells.length * NODES);
  cells.forEach(({ n, k }, c) => {
    for (let g = 0; g < NODES; g++) {
      const p = SHARE_GRID[g];
      let admitted = 0;
      for (let j = fewest(n); j <= n; j++) admitted += Math.exp(logMassAt({ k: j, n, p }));
      mass[c * NODES + g] = Math.exp(logMassAt({ k, n, p })) / Math.max(admitted, Number.MIN_VALUE);
    }
  });
  const weights = new Float64Array(NODES).fill(1 / NODES);
  const posterior = new Float64Array(mass.length);
  const total = cells.reduce((sum, { stacks }) => sum + stacks, 0);
  let logLikelihood = 0;
  for (let round = 0; round < ROUNDS; round++) {
    logLikelihood = 0;
    const next = new Float64Array(NODES);
    for (let c = 0; c < cells.length; c++) {
      let sum = Number.MIN_VALUE;
      for (let g = 0; g < NODES; g++) sum += weights[g] * mass[c * NODES + g];
      logLikelihood += cells[c].stacks * Math.log(sum);
      for (let g = 0; g < NODES; g++) {
        const share = (weights[g] * mass[c * NODES + g]) / sum;
        posterior[c * NODES + g] = share;
        next[g] += cells[c].stacks * share;
      }
    }
    for (let g = 0; g < NODES; g++) weights[g] = total === 0 ? weights[g] : next[g] / total;
  }
  return { weights, logLikelihood, posterior };
};
