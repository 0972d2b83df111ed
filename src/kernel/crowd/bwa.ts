/** Bayesian weighted average: votes are noisy measurements of P(stalled); votes of precise annotators have more weight. */

import { type VoteColumns, votesPerAnnotator } from '../ids/voteColumns.js';

export interface BwaInput extends VoteColumns {
  readonly nAnnotators: number;
  /** Pseudo-votes behind each annotator's variance. */
  readonly strength: number;
  readonly maxIterations: number;
  /** Stop when no stack's share moves by more than this part of itself and of its complement. */
  readonly tolerance: number;
}

export interface BwaResult {
  /** ln z/(1 − z) of each stack; the prior mean where there are no votes. */
  readonly logOdds: Float64Array;
  /** Precision of each annotator's votes. */
  readonly weight: Float64Array;
  readonly converged: boolean;
}

/** Smaller moves count as 0, because shares near 0 have no more digits. */
const ABSOLUTE = 1e-12;

/**
 * Fixed point of
 *
 *   μ = mean z,   w[a] = (A + n[a]) / (b + Σ (z − y)²),   z[s] = (μ + Σ w y) / (1 + Σ w)
 *
 * from vote shares, which also give the constant b = 2 A · mean over votes of z (1 − z). Without disagreement b and the
 * squares are 0, so the weights have no scale; where all votes have one label, μ is 0 or 1. Half a vote and half a stack
 * are the least disagreement and the least distance of μ from its ends. Data with more than that are not changed.
 */
export const bwaEm = (input: BwaInput): BwaResult => {
  const { offsets, annotatorOf, label, nAnnotators, strength } = input;
  const nStacks = offsets.length - 1;
  const nVotes = label.length;
  const cast = votesPerAnnotator(annotatorOf, nAnnotators);
  const z = new Float64Array(nStacks);
  const rest = new Float64Array(nStacks);
  let seen = 0;
  let spread = 0;
  for (let s = 0; s < nStacks; s++) {
    const n = offsets[s + 1] - offsets[s];
    if (n === 0) continue;
    let stalled = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled += label[v];
    z[s] = stalled / n;
    rest[s] = (n - stalled) / n;
    spread += n * z[s] * rest[s];
    seen += 1;
  }
  const b = 2 * strength * Math.max(spread / Math.max(nVotes, 1), 1 / (4 * (nVotes + 1)));
  const least = 1 / (2 * (seen + 1));
  const weight = new Float64Array(nAnnotators);
  const squares = new Float64Array(nAnnotators);
  let logitMean = 0;
  let converged = false;
  for (let round = 0; round < input.maxIterations && !converged; round++) {
    let stalledMass = 0;
    let flowingMass = 0;
    squares.fill(0);
    for (let s = 0; s < nStacks; s++) {
      if (offsets[s] === offsets[s + 1]) continue;
      stalledMass += z[s];
      flowingMass += rest[s];
      const missed = rest[s] * rest[s];
      const alarmed = z[s] * z[s];
      for (let v = offsets[s]; v < offsets[s + 1]; v++) squares[annotatorOf[v]] += label[v] === 1 ? missed : alarmed;
    }
    const mean = seen === 0 ? 0.5 : Math.max(stalledMass / seen, least);
    const complement = seen === 0 ? 0.5 : Math.max(flowingMass / seen, least);
    logitMean = Math.log(mean) - Math.log(complement);
    for (let a = 0; a < nAnnotators; a++) weight[a] = (strength + cast[a]) / (b + squares[a]);

    converged = true;
    for (let s = 0; s < nStacks; s++) {
      if (offsets[s] === offsets[s + 1]) continue;
      let stalled = mean;
      let flowing = complement;
      for (let v = offsets[s]; v < offsets[s + 1]; v++) {
        if (label[v] === 1) stalled += weight[annotatorOf[v]];
        else flowing += weight[annotatorOf[v]];
      }
      const next = stalled / (stalled + flowing);
      const other = flowing / (stalled + flowing);
      const enough = ABSOLUTE + input.tolerance * Math.min(next, other);
      if (!(Math.abs(next - z[s]) <= enough)) converged = false;
      z[s] = next;
      rest[s] = other;
    }
  }
  const logOdds = new Float64Array(nStacks);
  for (let s = 0; s < nStacks; s++) {
    logOdds[s] = offsets[s] === offsets[s + 1] ? logitMean : Math.log(z[s]) - Math.log(rest[s]);
  }
  return { logOdds, weight, converged };
};
