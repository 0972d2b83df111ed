/** GLAD: abilities of annotators and easiness of stacks, by a minorising ascent that needs no step size. */

import type { VoteColumns } from '../ids/voteColumns.js';

export interface GladInput extends VoteColumns {
  readonly nAnnotators: number;
  /** Fixed P(stalled); estimated, with one pseudo-stack of each class, when absent. */
  readonly prevalence?: number;
  readonly maxIterations: number;
  /** Stop when the objective gains less than this per vote. */
  readonly tolerance: number;
}

export interface GladResult {
  readonly logOdds: Float64Array;
  readonly ability: Float64Array;
  readonly easiness: Float64Array;
  readonly prevalence: number;
  /** Log-likelihood plus log-prior after each iteration; never decreases. */
  readonly trace: Float64Array;
  readonly converged: boolean;
}

/** Mean of the priors N(1, 1) on ability and on easiness, where both start. */
const PRIOR_MEAN = 1;

/**
 * With t = α[a] e^β[s], c the chance that a vote is right and w(t) = tanh(t/2)/(2t), every step raises
 *
 *   Σ_s ln( π Π P(vote | stalled) + (1 − π) Π P(vote | flowing) ) − ½ Σ (α − 1)² − ½ Σ (β − 1)²,   P(right vote) = σ(t)
 *
 * because ln of its likelihood is at least Σ (c − ½) t − ½ w t² + constant (EM over z, Jaakkola and Jordan's bound over
 * σ), which is quadratic in α and a function of one variable in each β. One pass over the votes per iteration: β of a
 * stack as it is visited, α of all annotators afterwards.
 */
export const gladEm = (input: GladInput): GladResult => {
  const { offsets, annotatorOf, label, nAnnotators } = input;
  const nStacks = offsets.length - 1;
  const ability = new Float64Array(nAnnotators).fill(PRIOR_MEAN);
  const easiness = new Float64Array(nStacks).fill(PRIOR_MEAN);
  const logOdds = new Float64Array(nStacks);
  const pull = new Float64Array(nAnnotators);
  const curvature = new Float64Array(nAnnotators);
  const trace: number[] = [];
  let prevalence = input.prevalence ?? 0.5;
  let converged = false;

  while (trace.length < input.maxIterations && !converged) {
    const logStalled = Math.log(prevalence);
    const logFlowing = Math.log1p(-prevalence);
    let objective = input.prevalence === undefined ? logStalled + logFlowing : 0;
    for (let a = 0; a < nAnnotators; a++) objective -= 0.5 * (ability[a] - PRIOR_MEAN) ** 2;
    pull.fill(0);
    curvature.fill(0);
    let mass = 0;
    let seen = 0;
    for (let s = 0; s < nStacks; s++) {
      const from = offsets[s];
      const to = offsets[s + 1];
      if (from === to) continue;
      let u = Math.exp(easiness[s]);
      let forStalled = 0;
      let forFlowing = 0;
      let squares = 0;
      for (let v = from; v < to; v++) {
        const alpha = ability[annotatorOf[v]];
        if (label[v] === 1) forStalled += alpha;
        else forFlowing += alpha;
        const size = Math.abs(alpha * u);
        squares += slackness(size, Math.exp(-size)) * alpha * alpha;
      }
      const lead = forStalled - forFlowing;
      // (c − ½) α over the votes of one stack is (p − ½) · lead, and p − ½ = ½ tanh(log-odds / 2).
      const linear = 0.5 * Math.tanh((logStalled - logFlowing + u * lead) / 2) * lead;
      easiness[s] = easier(easiness[s], linear, squares);
      u = Math.exp(easiness[s]);

      const z = logStalled - logFlowing + u * lead;
      const half = 0.5 * Math.tanh(z / 2);
      const wrongIfStalled = logStalled - u * forFlowing;
      const wrongIfFlowing = logFlowing - u * forStalled;
      objective += Math.max(wrongIfStalled, wrongIfFlowing) + Math.log1p(Math.exp(-Math.abs(z)));
      objective -= 0.5 * (easiness[s] - PRIOR_MEAN) ** 2;
      for (let v = from; v < to; v++) {
        const a = annotatorOf[v];
        const t = ability[a] * u;
        const size = Math.abs(t);
        const e = Math.exp(-size);
        objective += Math.min(t, 0) - Math.log1p(e);
        pull[a] += label[v] === 1 ? half * u : -half * u;
        curvature[a] += slackness(size, e) * u * u;
      }
      logOdds[s] = z;
      mass += 0.5 + half;
      seen += 1;
    }
    const previous = trace.length === 0 ? Number.NEGATIVE_INFINITY : trace[trace.length - 1];
    trace.push(objective);
    converged = objective - previous < input.tolerance * label.length;
    // The log-odds belong to the parameters of this pass, so the last pass leaves them as they are.
    if (converged || trace.length === input.maxIterations) break;
    for (let a = 0; a < nAnnotators; a++) ability[a] = (PRIOR_MEAN + pull[a]) / (1 + curvature[a]);
    if (input.prevalence === undefined) prevalence = (mass + 1) / (seen + 2);
  }
  const prior = Math.log(prevalence) - Math.log1p(-prevalence);
  for (let s = 0; s < nStacks; s++) if (offsets[s] === offsets[s + 1]) logOdds[s] = prior;
  return { logOdds, ability, easiness, prevalence, trace: Float64Array.from(trace), converged };
};

/** Below this |t| two terms of the series of w(t) are exact to rounding, and the quotient would cancel. */
const SMALL = 1e-3;

/**
 * w(t) = tanh(t/2)/(2t) from |t| and e^−|t|: the curvature of the sharpest quadratic under ln σ that touches it at ±t.
 */
const slackness = (size: number, e: number): number =>
  size < SMALL ? 0.25 - (size * size) / 48 : (1 - e) / ((1 + e) * 2 * size);

const MAX_NEWTON = 20;
const MAX_STEP = 1;

/** A β with no smaller A e^β − ½ B e^2β − ½ (β − 1)² than at `start`: Newton uphill, halved until it is. */
const easier = (start: number, linear: number, squares: number): number => {
  const value = (beta: number): number => {
    const u = Math.exp(beta);
    return linear * u - 0.5 * squares * u * u - 0.5 * (beta - PRIOR_MEAN) ** 2;
  };
  let beta = start;
  let height = value(beta);
  for (let newton = 0; newton < MAX_NEWTON; newton++) {
    const u = Math.exp(beta);
    const slope = u * (linear - squares * u) - (beta - PRIOR_MEAN);
    // Where it is convex, curvature tells nothing of the distance.
    const bend = Math.max(1 - u * (linear - 2 * squares * u), Math.abs(slope));
    let step = Math.min(Math.max(slope / bend, -MAX_STEP), MAX_STEP);
    let next = value(beta + step);
    while (next < height && Math.abs(step) > 1e-12) {
      step /= 2;
      next = value(beta + step);
    }
    if (!(next >= height)) return beta;
    beta += step;
    height = next;
    if (Math.abs(step) < 1e-9) return beta;
  }
  return beta;
};
