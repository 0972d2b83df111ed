/** The latent trait θ of a stack: how stalled it looks, as one number on a fixed grid; and the likelihood of votes there. */
import { smallerTail, TAIL_FLOOR } from '../special/normalTails.js';

/** How annotators respond to the trait of a stack; row a describes annotator a. */
export interface AnnotatorTraits {
  /** α, discrimination. */
  readonly alpha: Float64Array;
  /** β, reluctance to say stalled. */
  readonly beta: Float64Array;
  /** Posterior variances of α and β, and their covariance. */
  readonly varAlpha: Float64Array;
  readonly varBeta: Float64Array;
  readonly covariance: Float64Array;
}

/** Votes by stack, perhaps weighted. */
export interface TraitVotes {
  /** Rows of stack s are `offsets[s]` .. `offsets[s + 1] - 1`. */
  readonly offsets: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
  /** Weight of each row in (0, 1]; all are 1 when absent. */
  readonly weight?: Float32Array | undefined;
}

/** θ = −1 + 3 sinh(k / 5.5): 0.55 apart in the middle, where votes distinguish traits; wider where all votes agree. */
const REACH = 9;
const CENTRE = -1;
const SCALE = 3;
const PER_UNIT = 5.5;
const steps = Float64Array.from({ length: 2 * REACH + 1 }, (_, g) => (g - REACH) / PER_UNIT);

/**
 * Nodes of the trait θ, −8.4 to 6.4, in units of one vote's own noise; flowing stacks of the public data lie around −3 to −5.
 *
 * The trapezoidal rule on them converges geometrically for anything smooth; adaptive Gauss–Hermite nodes would differ
 * from stack to stack, and with them the tables that make a vote a mere look-up.
 */
export const TRAIT_NODES = steps.map((t) => CENTRE + SCALE * Math.sinh(t));
/** What each node stands for. */
export const TRAIT_WIDTHS = steps.map((t) => (SCALE * Math.cosh(t)) / PER_UNIT);
const NODES = TRAIT_NODES.length;

/** Product of probabilities above `TAIL_FLOOR` that cannot underflow. */
const SAFE_RUN = 8;

/**
 * `start` times the likelihood of one stack's votes, at every node; rescaled where there are many votes.
 *
 * @param start - what to begin with: a density of the trait, or ones
 * @returns the logarithm of the scale taken out
 */
export const stackLikelihoodInto = (
  out: Float64Array,
  table: Float64Array,
  votes: TraitVotes,
  { s, start }: { readonly s: number; readonly start: Float64Array },
): number => {
  const { annotatorOf, label, weight } = votes;
  const nodes = out.length;
  const from = votes.offsets[s];
  const to = votes.offsets[s + 1];
  let logScale = 0;
  for (let g = 0; g < nodes; g++) out[g] = start[g];
  for (let v = from; v < to; ) {
    const run = Math.min(to, v + SAFE_RUN);
    if (weight === undefined) {
      // Two votes at a time: half as many loads and stores of `out`.
      for (; v + 1 < run; v += 2) {
        const at = (2 * annotatorOf[v] + label[v]) * nodes;
        const next = (2 * annotatorOf[v + 1] + label[v + 1]) * nodes;
        for (let g = 0; g < nodes; g++) out[g] *= table[at + g] * table[next + g];
      }
    }
    for (; v < run; v++) {
      const at = (2 * annotatorOf[v] + label[v]) * nodes;
      const w = weight === undefined ? 1 : weight[v];
      if (w === 1) for (let g = 0; g < nodes; g++) out[g] *= table[at + g];
      else for (let g = 0; g < nodes; g++) out[g] *= table[at + g] ** w;
    }
    // Rescaled now and then instead of summing logarithms: no exponential per node and stack.
    if (v < to) {
      let max = 0;
      for (let g = 0; g < nodes; g++) if (out[g] > max) max = out[g];
      const scale = 1 / max;
      for (let g = 0; g < nodes; g++) out[g] *= scale;
      logScale += Math.log(max);
    }
  }
  return logScale;
};

/** The density that excludes nothing: 1 at every node. */
export const ANY_TRAIT = new Float64Array(NODES).fill(1);

/**
 * P(label | θ, annotator) for all nodes, rows `2 a + label`.
 *
 * Φ(±(α θ − β)), or with `predictive` that probability averaged over the uncertainty of α and β, which has the
 * closed form Φ(±(α θ − β) / √(1 + Var(α θ − β))).
 */
export const fillVoteTable = (table: Float64Array, traits: AnnotatorTraits, predictive: boolean): void => {
  const { alpha, beta, varAlpha, varBeta, covariance } = traits;
  for (let a = 0; a < alpha.length; a++) {
    const flowing = 2 * a * NODES;
    const stalled = flowing + NODES;
    for (let g = 0; g < NODES; g++) {
      let eta = alpha[a] * TRAIT_NODES[g] - beta[a];
      if (predictive)
        eta /= Math.sqrt(
          1 + TRAIT_NODES[g] * TRAIT_NODES[g] * varAlpha[a] - 2 * TRAIT_NODES[g] * covariance[a] + varBeta[a],
        );
      const tail = Math.max(smallerTail(eta), TAIL_FLOOR);
      table[flowing + g] = eta > 0 ? tail : 1 - tail;
      table[stalled + g] = eta > 0 ? 1 - tail : tail;
    }
  }
};
