/**
 * The measurement half of `Consensus.itemResponse`: the trait θ of each stack, and how each annotator responds
 * to it. It knows no classes, so it cannot drift from "stalled against flowing" to "hard against easy".
 */

import { type Spread, START_SPREAD, updateSpread, updateTraits } from './annotatorTraits.js';
import {
  type AnnotatorTraits,
  fillVoteTable,
  stackLikelihoodInto,
  TRAIT_NODES,
  TRAIT_WIDTHS,
  type TraitVotes,
} from './traitGrid.js';

export interface TraitInput extends TraitVotes {
  readonly nAnnotators: number;
  readonly maxIterations: number;
  /** Stop when the objective gains less than this per vote. */
  readonly tolerance: number;
}

export interface TraitFit extends AnnotatorTraits {
  /** Share of stacks at each node of `TRAIT_NODES`. */
  readonly density: Float64Array;
  /** Fitted spread of α around 1 and of β around 0 over annotators. */
  readonly spread: Spread;
  /** Penalised log-likelihood after each iteration with the spreads held; never decreases. */
  readonly trace: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

const NODES = TRAIT_NODES.length;
/** Share of a stack that is left out of the counts. */
const NEGLIGIBLE = 1e-12;
/** A relative loss this small is rounding, not a step that is too long. */
const ROUNDING = 1e-12;
/** The spreads are fitted during these iterations and then held, so that the objective is one function. */
const SPREAD_ITERATIONS = 40;
/** Pseudo-stacks that keep every node of the density above 0, spread as N(start, 2.2²) with a thin floor. */
const PRIOR_STACKS = 5;
const PRIOR_SD = 2.2;
const startDensity = (label: Uint8Array): Float64Array => {
  let stalled = 0;
  for (const value of label) stalled += value;
  const share = (stalled + 1) / (label.length + 2);
  // Φ(x) ≈ logistic(1.6 x); the trait varies about as much as a vote does, so its mean lies about 1.8 times further out.
  const centre = 1.8 * (Math.log(share / (1 - share)) / 1.6);
  const density = TRAIT_NODES.map((x, g) => TRAIT_WIDTHS[g] * (Math.exp(-(((x - centre) / PRIOR_SD) ** 2) / 2) + 1e-4));
  const sum = density.reduce((total, value) => total + value, 0);
  return density.map((value) => value / sum);
};

/**
 * Probit item response with a free density of the trait, by EM.
 *
 * P(vote stalled | θ, annotator) = Φ(α θ − β),   α ~ N(1, σ_α²), β ~ N(0, σ_β²),   θ ~ any density on `TRAIT_NODES`
 *
 * The prior means fix scale, place and direction of θ: the crowd as a whole calls stalled what is stalled. Spreads are fitted
 * by empirical Bayes, so a newcomer's votes count as those of the average annotator.
 *
 * @see Bock & Aitkin (1981), doi:10.1007/BF02293801 (EM with an empirical latent density)
 */
export const traitEm = (input: TraitInput): TraitFit => {
  const { label, nAnnotators } = input;
  const alpha = new Float64Array(nAnnotators).fill(1);
  const beta = new Float64Array(nAnnotators);
  const traits = {
    alpha,
    beta,
    varAlpha: new Float64Array(nAnnotators).fill(START_SPREAD.alpha ** 2),
    varBeta: new Float64Array(nAnnotators).fill(START_SPREAD.beta ** 2),
    covariance: new Float64Array(nAnnotators),
  };
  const priorDensity = startDensity(label);
  const density = priorDensity.slice();
  const before = { alpha: alpha.slice(), beta: beta.slice(), density: density.slice() };
  const table = new Float64Array(2 * nAnnotators * NODES);
  const count = new Float64Array(2 * nAnnotators * NODES);
  const mass = new Float64Array(NODES);
  const node = new Float64Array(NODES);
  const spread = { ...START_SPREAD };
  const trace: number[] = [];
  let converged = false;
  let iterations = 0;

  while (iterations < input.maxIterations && !converged) {
    iterations++;
    fillVoteTable(table, traits, false);
    let objective = locate(input, { table, density, count, mass, node });
    for (let a = 0; a < nAnnotators; a++) {
      objective -= ((alpha[a] - 1) / spread.alpha) ** 2 / 2 + (beta[a] / spread.beta) ** 2 / 2;
    }
    for (let g = 0; g < NODES; g++) objective += PRIOR_STACKS * priorDensity[g] * Math.log(density[g]);

    const isHeld = iterations > SPREAD_ITERATIONS;
    if (isHeld) {
      const last = trace.length === 0 ? Number.NEGATIVE_INFINITY : trace[trace.length - 1];
      // The surrogate is concave, so steps half way back end in a gain. Therefore the trace never falls.
      if (objective < last) {
        converged = last - objective <= ROUNDING * (1 + Math.abs(last));
        if (converged) break;
        for (let a = 0; a < nAnnotators; a++) {
          alpha[a] = (alpha[a] + before.alpha[a]) / 2;
          beta[a] = (beta[a] + before.beta[a]) / 2;
        }
        for (let g = 0; g < NODES; g++) density[g] = (density[g] + before.density[g]) / 2;
        continue;
      }
      trace.push(objective);
      converged = objective - last <= input.tolerance * label.length;
    }
    before.alpha.set(alpha);
    before.beta.set(beta);
    before.density.set(density);
    // M: one Newton step per annotator; the density in closed form.
    updateTraits(traits, { table, count, spread });
    if (!isHeld) updateSpread(spread, traits);
    let total = 0;
    for (let g = 0; g < NODES; g++) {
      density[g] = mass[g] + PRIOR_STACKS * priorDensity[g];
      total += density[g];
    }
    for (let g = 0; g < NODES; g++) density[g] /= total;
  }
  return { ...traits, density, spread, trace: Float64Array.from(trace), iterations, converged };
};

/**
 * E-step: where the trait of each stack lies, counted per annotator, label and node, and per node.
 *
 * A function of its own, because the optimiser does better on one hot loop called often than on one entered once.
 *
 * @returns log-likelihood of the votes
 */
const locate = (
  votes: TraitVotes,
  {
    table,
    density,
    count,
    mass,
    node,
  }: {
    readonly table: Float64Array;
    readonly density: Float64Array;
    readonly count: Float64Array;
    readonly mass: Float64Array;
    readonly node: Float64Array;
  },
): number => {
  const { offsets, annotatorOf, label, weight } = votes;
  const nodes = node.length;
  let logLikelihood = 0;
  count.fill(0);
  mass.fill(0);
  for (let s = 0; s + 1 < offsets.length; s++) {
    const from = offsets[s];
    const to = offsets[s + 1];
    if (from === to) continue;
    logLikelihood += stackLikelihoodInto(node, table, votes, { s, start: density });
    let total = 0;
    for (let g = 0; g < nodes; g++) total += node[g];
    logLikelihood += Math.log(total);
    const scale = 1 / total;
    // Nodes without a millionth of a millionth of the stack are left out of the counts.
    let first = nodes;
    let last = 0;
    for (let g = 0; g < nodes; g++) {
      const share = node[g] * scale;
      node[g] = share;
      mass[g] += share;
      if (share > NEGLIGIBLE) {
        if (first === nodes) first = g;
        last = g;
      }
    }
    for (let v = from; v < to; v++) {
      const at = (2 * annotatorOf[v] + label[v]) * nodes;
      if (weight === undefined) for (let g = first; g <= last; g++) count[at + g] += node[g];
      else for (let g = first; g <= last; g++) count[at + g] += weight[v] * node[g];
    }
  }
  return logLikelihood;
};
