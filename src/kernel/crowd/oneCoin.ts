import { type VoteColumns, votesPerAnnotator } from '../ids/voteColumns.js';
import { FREE } from './emVotes.js';

/** Expectation–maximisation with one accuracy per annotator, whatever the truth. */

/** Smallest accuracy and smallest error rate; without pseudo-votes it bounds one vote at 23 nats. */
const FLOOR = 1e-10;

export interface OneCoinInput extends VoteColumns {
  readonly nAnnotators: number;
  /** Per stack: 0 or 1 where truth is known, `FREE` elsewhere. */
  readonly clamp: Uint8Array;
  /** Pseudo-votes of each annotator; `wrong` also counts once for each class. */
  readonly pseudo: { readonly right: number; readonly wrong: number };
  /** Fixed P(stalled); estimated from the free stacks when absent. */
  readonly prevalence?: number;
  readonly maxIterations: number;
  /** Stop when the objective gains less than this per vote. */
  readonly tolerance: number;
}

export interface OneCoinResult {
  readonly accuracy: Float64Array;
  /** Expected right votes among all votes of the crowd. */
  readonly pooled: number;
  readonly prevalence: number;
  /** Observed-data log-likelihood of these very parameters, in nats. */
  readonly logLikelihood: number;
  /** Log-likelihood plus log-prior after each iteration: never decreases. */
  readonly trace: Float64Array;
  readonly converged: boolean;
}

/**
 * One-coin Dawid–Skene by EM from vote shares, with the objective summed in the expectation pass:
 *
 *   S1[s] = ln π + Σ ln( r if vote stalled else 1 − r ),   S0[s] = ln(1 − π) + Σ ln( r if vote flowing else 1 − r )
 *   ℓ = Σ ln(exp S1 + exp S0)   over free stacks,   Σ S of the known class, without the prior, over clamped ones
 *
 * Clamped stacks leave the prevalence alone: gold is often enriched. Stacks without votes take no part.
 */
export const oneCoinEm = (input: OneCoinInput): OneCoinResult => {
  const { offsets, annotatorOf, label, nAnnotators, clamp, pseudo } = input;
  const nStacks = offsets.length - 1;
  const cast = votesPerAnnotator(annotatorOf, nAnnotators);
  const right = new Float64Array(nAnnotators);
  const wrong = new Float64Array(nAnnotators);
  const accuracy = new Float64Array(nAnnotators);
  const logRight = new Float64Array(nAnnotators);
  const logWrong = new Float64Array(nAnnotators);
  const trace: number[] = [];
  let massStalled = 0;
  let massFree = 0;
  for (let s = 0; s < nStacks; s++) {
    const from = offsets[s];
    const to = offsets[s + 1];
    if (from === to) continue;
    let stalledVotes = 0;
    for (let v = from; v < to; v++) stalledVotes += label[v];
    const p = clamp[s] === FREE ? stalledVotes / (to - from) : clamp[s];
    if (clamp[s] === FREE) {
      massStalled += p;
      massFree += 1;
    }
    for (let v = from; v < to; v++) {
      right[annotatorOf[v]] += label[v] === 1 ? p : 1 - p;
      wrong[annotatorOf[v]] += label[v] === 1 ? 1 - p : p;
    }
  }

  let pooled = 0.5;
  let prevalence = 0.5;
  let logLikelihood = 0;
  let converged = false;
  while (trace.length < input.maxIterations && !converged) {
    // M: parameters from expected counts.
    prevalence = input.prevalence ?? share(massStalled + pseudo.wrong, massFree + 2 * pseudo.wrong);
    let logPrior = input.prevalence === undefined ? pseudo.wrong * (Math.log(prevalence) + Math.log1p(-prevalence)) : 0;
    let allRight = 0;
    for (let a = 0; a < nAnnotators; a++) {
      const total = cast[a] + pseudo.right + pseudo.wrong;
      const rate = share(right[a] + pseudo.right, total);
      accuracy[a] = rate;
      logRight[a] = Math.log(rate);
      // From its own count, because 1 − rate loses the digits of a good annotator's errors.
      logWrong[a] = Math.log(share(wrong[a] + pseudo.wrong, total));
      if (pseudo.right > 0) logPrior += pseudo.right * logRight[a];
      if (pseudo.wrong > 0) logPrior += pseudo.wrong * logWrong[a];
      allRight += right[a];
    }
    pooled = (allRight + 1) / (label.length + 2);

    // E: judge every stack and collect the next counts in the same pass.
    const logStalled = Math.log(prevalence);
    const logFlowing = Math.log1p(-prevalence);
    right.fill(0);
    wrong.fill(0);
    massStalled = 0;
    logLikelihood = 0;
    for (let s = 0; s < nStacks; s++) {
      const from = offsets[s];
      const to = offsets[s + 1];
      if (from === to) continue;
      let stalled = 0;
      let flowing = 0;
      for (let v = from; v < to; v++) {
        const a = annotatorOf[v];
        stalled += label[v] === 1 ? logRight[a] : logWrong[a];
        flowing += label[v] === 1 ? logWrong[a] : logRight[a];
      }
      let p = 1;
      let q = 0;
      if (clamp[s] === FREE) {
        stalled += logStalled;
        flowing += logFlowing;
        const e = Math.exp(-Math.abs(stalled - flowing));
        const major = 1 / (1 + e);
        p = stalled >= flowing ? major : e * major;
        q = stalled >= flowing ? e * major : major;
        massStalled += p;
        logLikelihood += Math.max(stalled, flowing) + Math.log1p(e);
      } else {
        p = clamp[s];
        q = 1 - p;
        logLikelihood += p === 1 ? stalled : flowing;
      }
      for (let v = from; v < to; v++) {
        const a = annotatorOf[v];
        right[a] += label[v] === 1 ? p : q;
        wrong[a] += label[v] === 1 ? q : p;
      }
    }
    const objective = logLikelihood + logPrior;
    const previous = trace.length === 0 ? Number.NEGATIVE_INFINITY : trace[trace.length - 1];
    trace.push(objective);
    converged = objective - previous < input.tolerance * label.length;
  }
  return { accuracy, pooled, prevalence, logLikelihood, trace: Float64Array.from(trace), converged };
};

/** A rate kept away from 0 and 1, where its logarithm is infinite; ½ without votes. */
const share = (part: number, all: number): number =>
  all === 0 ? 0.5 : Math.min(Math.max(part / all, FLOOR), 1 - FLOOR);
