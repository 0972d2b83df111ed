/** Expectation–maximisation for votes of two labels: one pass over the votes per iteration. */
import { anderson } from '../optimise/anderson.js';
import { logistic } from '../special/logit.js';
import { type EmPrior, emTables, known, maximise, ratios, spread } from './emTables.js';
import { type EmSettled, emVotes, posteriorInto, rejudge } from './emVotes.js';

export interface EmInput extends EmPrior {
  /** Rows of stack s are `offsets[s]` .. `offsets[s + 1] - 1`. */
  readonly offsets: Uint32Array;
  readonly annotatorOf: Uint32Array;
  readonly label: Uint8Array;
  readonly nAnnotators: number;
  /** Per stack: 0 or 1 where truth is known, `FREE` elsewhere. */
  readonly clamp: Uint8Array;
  readonly maxIterations: number;
  /** Stop when the objective gains less than this per vote. */
  readonly tolerance: number;
  /** Between full passes, extrapolate over the undecided stacks alone: the same optimum, sooner. */
  readonly accelerate: boolean;
}

export interface EmResult {
  readonly sensitivity: Float64Array;
  readonly specificity: Float64Array;
  /** Votes of each annotator. */
  readonly support: Uint32Array;
  /** Expected votes on stalled and on flowing stacks behind each rate, pseudo-votes included. */
  readonly weight: { readonly stalled: Float64Array; readonly flowing: Float64Array };
  /** Rates over all annotators. */
  readonly pooled: { readonly sensitivity: number; readonly specificity: number };
  readonly prevalence: number;
  /** Observed-data log-likelihood of these very parameters, in nats. */
  readonly logLikelihood: number;
  /** Log-likelihood plus log-prior after each full pass: never decreases. */
  readonly trace: Float64Array;
  readonly converged: boolean;
}

/** Steps on the undecided stacks between two full passes. */
const INNER_STEPS = 3;

/**
 * Dawid–Skene by EM. Parameters come from expected counts (M), then the stacks are judged (E) and the observed
 * log-likelihood follows from that same pass:
 *
 *   ℓ = Σ_votes ln P(label | flowing, a) + Σ_free ( ln(1 − π) + ln(1 + e^D) ) + Σ_known stalled D
 *
 * with D the log-odds of a stack, π included where it is free. Clamped stacks leave the prevalence alone: gold is often
 * enriched. Stacks without votes take no part.
 *
 * Accelerated: most stacks are decided after two passes, so a few steps are taken with their counts held (EM on part of the
 * stacks still climbs: Neal & Hinton 1998) and with Anderson mixing. Where the next full pass finds a lower objective, the fit
 * returns to the last full pass and takes its plain step, so the trace never falls.
 */
export const em = (input: EmInput): EmResult => {
  const { nAnnotators } = input;
  const counts = { wrong: new Float64Array(2 * nAnnotators), massStalled: 0 };
  const votes = emVotes(input, counts);
  const tables = emTables(nAnnotators);
  const { logOdds } = tables;
  const prevalence = logOdds.length - 1;
  const llr = new Float64Array(2 * nAnnotators);
  const enough = input.tolerance * input.label.length;
  const trace: number[] = [];
  let logLikelihood = 0;
  let converged = false;

  const expect = (settled?: EmSettled): number => {
    const { certain, logPrior } = known(votes, input, tables);
    ratios(tables, llr);
    logLikelihood = certain + posteriorInto(votes, { llr, prior: logOdds[prevalence] }, counts, settled);
    return logLikelihood + logPrior;
  };

  maximise(votes, input, counts, tables);
  if (!input.accelerate) {
    while (trace.length < input.maxIterations && !converged) {
      if (trace.length > 0) maximise(votes, input, counts, tables);
      trace.push(expect());
      converged = trace.length > 1 && trace[trace.length - 1] - trace[trace.length - 2] < enough;
    }
  } else {
    const settled = {
      wrong: new Float64Array(2 * nAnnotators),
      massStalled: 0,
      open: new Uint32Array(votes.free),
      count: 0,
    };
    const mixer = anderson(logOdds.length);
    const at = new Float64Array(logOdds.length);
    const last = { wrong: new Float64Array(2 * nAnnotators), massStalled: 0 };
    while (trace.length < input.maxIterations && !converged) {
      const before = trace.length === 0 ? Number.NEGATIVE_INFINITY : trace[trace.length - 1];
      let objective = expect(settled);
      if (objective < before) {
        // Extrapolated too far: return to the counts of the last full pass, whose plain step cannot lower the objective.
        counts.wrong.set(last.wrong);
        counts.massStalled = last.massStalled;
        mixer.forget();
        maximise(votes, input, counts, tables);
        objective = expect(settled);
      }
      trace.push(objective);
      last.wrong.set(counts.wrong);
      last.massStalled = counts.massStalled;
      at.set(logOdds);
      // A plain step from here gains at most twice this. The returned parameters are those of the last full pass.
      converged = 2 * maximise(votes, input, counts, tables) < enough;
      if (converged || trace.length === input.maxIterations) {
        logOdds.set(at);
        spread(tables);
        break;
      }
      for (let step = 0; step < INNER_STEPS; step++) {
        if (mixer.mix(at, logOdds, logOdds)) spread(tables);
        at.set(logOdds);
        ratios(tables, llr);
        rejudge(votes, { llr, prior: logOdds[prevalence] }, counts, settled);
        maximise(votes, input, counts, tables);
      }
    }
  }
  const result = {
    sensitivity: new Float64Array(nAnnotators),
    specificity: new Float64Array(nAnnotators),
    support: new Uint32Array(nAnnotators),
    weight: { stalled: new Float64Array(nAnnotators), flowing: new Float64Array(nAnnotators) },
  };
  for (let a = 0; a < nAnnotators; a++) {
    result.sensitivity[a] = Math.exp(tables.logP[4 * a + 2]);
    result.specificity[a] = Math.exp(tables.logP[4 * a + 1]);
    result.support[a] = votes.used[2 * a] + votes.used[2 * a + 1];
    result.weight.stalled[a] = tables.weight[2 * a];
    result.weight.flowing[a] = tables.weight[2 * a + 1];
  }
  return {
    ...result,
    pooled: pool(votes.used, counts.wrong),
    prevalence: logistic(logOdds[prevalence]),
    logLikelihood,
    trace: Float64Array.from(trace),
    converged,
  };
};

/** Rates of the whole crowd from expected counts, one pseudo-vote each way. */
const pool = (used: Uint32Array, wrong: Float64Array): { sensitivity: number; specificity: number } => {
  let missed = 0;
  let cleared = 0;
  let caught = 0;
  let alarmed = 0;
  for (let c = 0; c < used.length; c += 2) {
    missed += wrong[c];
    cleared += used[c] - wrong[c];
    caught += used[c + 1] - wrong[c + 1];
    alarmed += wrong[c + 1];
  }
  return {
    sensitivity: (caught + 1) / (caught + missed + 2),
    specificity: (cleared + 1) / (cleared + alarmed + 2),
  };
};
