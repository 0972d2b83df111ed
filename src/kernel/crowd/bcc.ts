/** Bayesian classifier combination by variational Bayes; one subtype per class is IBCC, several are EBCC. */

import type { VoteColumns } from '../ids/voteColumns.js';
import { digamma, logGamma } from '../special/stirling.js';

export interface BccInput extends VoteColumns {
  readonly nAnnotators: number;
  /** Latent subtypes M of each class. */
  readonly subtypes: number;
  /**
   * Writes where a stack starts among the subtypes, numbers ≥ 0 that sum to 1; called once per stack with votes, in
   * order.
   */
  readonly startInto: (out: Float64Array) => void;
  /** Dirichlet counts of the classes, flowing and stalled. */
  readonly classPrior: readonly [number, number];
  /** Dirichlet counts of each confusion row. */
  readonly pseudo: { readonly right: number; readonly wrong: number };
  readonly maxIterations: number;
  /** Stop when no P(stalled) moves by more than this. */
  readonly tolerance: number;
}

export interface BccResult {
  readonly logOdds: Float64Array;
  /** Evidence lower bound of the final q, in nats; more iterations never lower it. */
  readonly bound: number;
  readonly converged: boolean;
}

/** Sum of the Dirichlet counts of a class's subtypes: small, so that unneeded subtypes become empty. */
const SUBTYPE_PRIOR = 0.1;

/** A smaller share of a stack changes no count of votes in double precision. */
const LOG_NEGLIGIBLE = -50;
const NEGLIGIBLE = Math.exp(LOG_NEGLIGIBLE);

/**
 * q(z, g) and Dirichlet posteriors in turn, from vote shares:
 *
 *   ln q(z = k, g = m) ∝ E ln τ_k + E ln π_km + Σ E ln P(label | k, m, a),   E ln θ_i = ψ(counts_i) − ψ(Σ counts)
 *
 * The 2M numbers of an annotator and label stand side by side, flowing subtypes first, because a vote reads them all.
 * Stacks without votes take no part and get the expected prior log-odds.
 */
export const bcc = (input: BccInput): BccResult => {
  const { offsets, annotatorOf, label, nAnnotators, subtypes } = input;
  const nStacks = offsets.length - 1;
  const width = 2 * subtypes;
  const count = new Float64Array(2 * nAnnotators * width);
  const logP = new Float64Array(count.length);
  const mass = new Float64Array(width);
  const logMass = new Float64Array(width);
  const q = new Float64Array(width);
  const stalledOf = new Float64Array(nStacks);
  const logOdds = new Float64Array(nStacks);
  let entropy = 0;

  // Most stacks end in one or two subtypes, and only those are counted: the rest is below the rounding of any count.
  const live = new Uint32Array(width);
  const collect = (s: number): void => {
    let n = 0;
    for (let i = 0; i < width; i++) {
      if (q[i] < NEGLIGIBLE) continue;
      live[n++] = i;
      mass[i] += q[i];
    }
    for (let v = offsets[s]; v < offsets[s + 1]; v++) {
      const cell = (2 * annotatorOf[v] + label[v]) * width;
      for (let j = 0; j < n; j++) count[cell + live[j]] += q[live[j]];
    }
  };

  const start = new Float64Array(subtypes);
  for (let s = 0; s < nStacks; s++) {
    const n = offsets[s + 1] - offsets[s];
    if (n === 0) continue;
    let stalled = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled += label[v];
    stalledOf[s] = stalled / n;
    input.startInto(start);
    for (let m = 0; m < subtypes; m++) {
      q[m] = ((n - stalled) / n) * start[m];
      q[subtypes + m] = (stalled / n) * start[m];
    }
    collect(s);
  }

  let converged = false;
  for (let round = 0; round < input.maxIterations && !converged; round++) {
    expectationsInto(logP, logMass, { count, mass, input });
    count.fill(0);
    mass.fill(0);
    entropy = 0;
    let moved = 0;
    for (let s = 0; s < nStacks; s++) {
      if (offsets[s] === offsets[s + 1]) continue;
      for (let i = 0; i < width; i++) q[i] = logMass[i];
      for (let v = offsets[s]; v < offsets[s + 1]; v++) {
        const cell = (2 * annotatorOf[v] + label[v]) * width;
        for (let i = 0; i < width; i++) q[i] += logP[cell + i];
      }
      const flowing = logSumExp(q, 0, subtypes);
      const stalled = logSumExp(q, subtypes, width);
      const e = Math.exp(-Math.abs(stalled - flowing));
      const all = Math.max(flowing, stalled) + Math.log1p(e);
      for (let i = 0; i < width; i++) {
        const logQ = q[i] - all;
        q[i] = logQ < LOG_NEGLIGIBLE ? 0 : Math.exp(logQ);
        entropy -= q[i] * logQ;
      }
      const p = stalled >= flowing ? 1 / (1 + e) : e / (1 + e);
      moved = Math.max(moved, Math.abs(p - stalledOf[s]));
      stalledOf[s] = p;
      logOdds[s] = stalled - flowing;
      collect(s);
    }
    converged = moved <= input.tolerance;
  }
  const { classPrior } = input;
  const prior = digamma(classPrior[1] + sum(mass, subtypes, width)) - digamma(classPrior[0] + sum(mass, 0, subtypes));
  for (let s = 0; s < nStacks; s++) if (offsets[s] === offsets[s + 1]) logOdds[s] = prior;
  return { logOdds, bound: boundOf({ count, mass, input }) + entropy, converged };
};

interface Counts {
  readonly count: Float64Array;
  readonly mass: Float64Array;
  readonly input: BccInput;
}

/** Expected log-probabilities under the Dirichlet posteriors that the counts give. */
const expectationsInto = (logP: Float64Array, logMass: Float64Array, { count, mass, input }: Counts): void => {
  const { subtypes, nAnnotators, pseudo, classPrior } = input;
  const width = 2 * subtypes;
  for (let k = 0; k < 2; k++) {
    const inClass = sum(mass, k * subtypes, (k + 1) * subtypes);
    const logClass = digamma(classPrior[k] + inClass);
    const logAll = digamma(SUBTYPE_PRIOR + inClass);
    for (let i = k * subtypes; i < (k + 1) * subtypes; i++) {
      logMass[i] = logClass + digamma(SUBTYPE_PRIOR / subtypes + mass[i]) - logAll;
    }
  }
  for (let i = 0; i < width; i++) {
    const flowingPrior = i < subtypes ? pseudo.right : pseudo.wrong;
    const stalledPrior = i < subtypes ? pseudo.wrong : pseudo.right;
    // Most subtypes become empty early, and an empty one needs no ψ per annotator.
    const empty = mass[i] === 0;
    const emptyAll = empty ? digamma(flowingPrior + stalledPrior) : 0;
    const emptyFlowing = empty ? digamma(flowingPrior) - emptyAll : 0;
    const emptyStalled = empty ? digamma(stalledPrior) - emptyAll : 0;
    for (let a = 0; a < nAnnotators; a++) {
      const flowing = 2 * a * width + i;
      const stalled = flowing + width;
      const all = empty ? 0 : digamma(count[flowing] + flowingPrior + count[stalled] + stalledPrior);
      logP[flowing] = empty ? emptyFlowing : digamma(count[flowing] + flowingPrior) - all;
      logP[stalled] = empty ? emptyStalled : digamma(count[stalled] + stalledPrior) - all;
    }
  }
};

/** Σ ln B(posterior counts) − ln B(prior counts) over all Dirichlets: the bound, but for the entropy of q. */
const boundOf = ({ count, mass, input }: Counts): number => {
  const { subtypes, nAnnotators, pseudo, classPrior } = input;
  const width = 2 * subtypes;
  const inClass = [sum(mass, 0, subtypes), sum(mass, subtypes, width)];
  const classes = logBeta(classPrior[0] + inClass[0], classPrior[1] + inClass[1]) - logBeta(...classPrior);
  let bound = classes;
  const each = SUBTYPE_PRIOR / subtypes;
  for (let k = 0; k < 2; k++) {
    bound += logGamma(SUBTYPE_PRIOR) - logGamma(SUBTYPE_PRIOR + inClass[k]);
    for (let i = k * subtypes; i < (k + 1) * subtypes; i++) bound += logGamma(each + mass[i]) - logGamma(each);
  }
  const rowPrior = logBeta(pseudo.right, pseudo.wrong);
  for (let i = 0; i < width; i++) {
    // The rows of an empty subtype are those of the prior.
    if (mass[i] === 0) continue;
    const flowingPrior = i < subtypes ? pseudo.right : pseudo.wrong;
    const stalledPrior = i < subtypes ? pseudo.wrong : pseudo.right;
    for (let a = 0; a < nAnnotators; a++) {
      const cell = 2 * a * width + i;
      bound += logBeta(count[cell] + flowingPrior, count[cell + width] + stalledPrior) - rowPrior;
    }
  }
  return bound;
};

const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);

const sum = (values: Float64Array, from: number, to: number): number => {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i];
  return total;
};

const logSumExp = (values: Float64Array, from: number, to: number): number => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) largest = Math.max(largest, values[i]);
  let total = 0;
  for (let i = from; i < to; i++) total += Math.exp(values[i] - largest);
  return largest + Math.log(total);
};
