import type { EmCounts, EmVotes } from './emVotes.js';

/** Pseudo-votes that stand behind every rate before any vote is read. */
export interface EmPrior {
  /** For the right and the wrong cell of each confusion row; `wrong` also counts once for each class. */
  readonly pseudo: { readonly right: number; readonly wrong: number };
  /** Votes of an earlier batch on top, four per annotator: missed, cleared, caught, alarmed. */
  readonly carried?: Float64Array;
  /** Fixed P(stalled); estimated from the free stacks when absent. */
  readonly prevalence?: number;
}

/** Parameters in the two forms that EM needs; annotator a has cells 2a (votes flowing) and 2a + 1 (votes stalled). */
export interface EmTables {
  /** Log-probabilities, four per annotator: missed, cleared, caught, alarmed. */
  readonly logP: Float64Array;
  /** Log-odds of each annotator's sensitivity and specificity, and last of P(stalled). */
  readonly logOdds: Float64Array;
  /** Expected votes behind each rate, two per annotator: on stalled, on flowing stacks. */
  readonly weight: Float64Array;
}

export const emTables = (nAnnotators: number): EmTables => ({
  logP: new Float64Array(4 * nAnnotators),
  logOdds: new Float64Array(2 * nAnnotators + 1),
  weight: new Float64Array(2 * nAnnotators),
});

/**
 * Smallest expected count of a cell whose label the annotator has used, so that without pseudo-votes one such vote is
 * worth at most 23 nats. A label that was never used keeps its exact 0, which no vote reads.
 */
const FLOOR = 1e-10;

/**
 * M: parameters from expected counts.
 *
 * @returns the gain of expected log-likelihood in this step, Σ count · (ln P − ln P before): at least half of the gain of
 *   the objective
 */
export const maximise = (votes: EmVotes, prior: EmPrior, counts: EmCounts, out: EmTables): number => {
  const { used } = votes;
  const { wrong } = counts;
  const { pseudo, carried } = prior;
  const { logP, logOdds, weight } = out;
  let gain = 0;
  for (let c = 0; c < used.length; c += 2) {
    const t = 2 * c;
    const saidFlowing = used[c] > 0 ? FLOOR : 0;
    const saidStalled = used[c + 1] > 0 ? FLOOR : 0;
    let missed = wrong[c] + pseudo.wrong;
    let cleared = used[c] - wrong[c] + pseudo.right;
    let caught = used[c + 1] - wrong[c + 1] + pseudo.right;
    let alarmed = wrong[c + 1] + pseudo.wrong;
    if (carried !== undefined) {
      missed += carried[t];
      cleared += carried[t + 1];
      caught += carried[t + 2];
      alarmed += carried[t + 3];
    }
    missed = Math.max(missed, saidFlowing);
    cleared = Math.max(cleared, saidFlowing);
    caught = Math.max(caught, saidStalled);
    alarmed = Math.max(alarmed, saidStalled);
    const stalled = caught + missed;
    const flowing = cleared + alarmed;
    const lnMissed = Math.log(missed / stalled);
    const lnCleared = Math.log(cleared / flowing);
    const lnCaught = Math.log(caught / stalled);
    const lnAlarmed = Math.log(alarmed / flowing);
    gain +=
      missed * (lnMissed - logP[t]) +
      cleared * (lnCleared - logP[t + 1]) +
      caught * (lnCaught - logP[t + 2]) +
      alarmed * (lnAlarmed - logP[t + 3]);
    weight[c] = stalled;
    weight[c + 1] = flowing;
    logP[t] = lnMissed;
    logP[t + 1] = lnCleared;
    logP[t + 2] = lnCaught;
    logP[t + 3] = lnAlarmed;
    logOdds[c] = lnCaught - lnMissed;
    logOdds[c + 1] = lnCleared - lnAlarmed;
  }
  const share = prior.prevalence ?? shareOf(counts.massStalled + pseudo.wrong, votes.free + 2 * pseudo.wrong);
  logOdds[used.length] = Math.log(share / (1 - share));
  return gain;
};

/** Log-probabilities from log-odds, where parameters did not come from counts. */
export const spread = ({ logP, logOdds }: EmTables): void => {
  for (let i = 0; i + 1 < logOdds.length; i++) {
    const z = logOdds[i];
    const tail = Math.log1p(Math.exp(-Math.abs(z)));
    const t = 4 * (i >> 1);
    logP[(i & 1) === 0 ? t + 2 : t + 1] = Math.min(z, 0) - tail;
    logP[(i & 1) === 0 ? t : t + 3] = Math.min(-z, 0) - tail;
  }
};

/** Log-likelihood ratios of the cells, in nats: the evidence of one vote. */
export const ratios = ({ logP }: EmTables, llr: Float64Array): void => {
  // Cells 2a and 2a + 1 stand at 4a: [missed, cleared] and [caught, alarmed], stalled before flowing in both.
  for (let c = 0; c < llr.length; c++) llr[c] = logP[2 * c] - logP[2 * c + 1];
};

/** The part of the objective that does not belong to single stacks. */
export const known = (
  { used, free }: EmVotes,
  { pseudo, carried, prevalence }: EmPrior,
  { logP, logOdds }: EmTables,
): { readonly certain: number; readonly logPrior: number } => {
  const z = logOdds[used.length];
  const logFlowing = -Math.max(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
  let certain = free * logFlowing;
  let logPrior = prevalence === undefined ? pseudo.wrong * (2 * logFlowing + z) : 0;
  for (let c = 0; c < used.length; c += 2) {
    const t = 2 * c;
    // A cell without votes may have probability 0, and 0 · −∞ is NaN.
    if (used[c] > 0) certain += used[c] * logP[t + 1];
    if (used[c + 1] > 0) certain += used[c + 1] * logP[t + 3];
    if (pseudo.right > 0) logPrior += pseudo.right * (logP[t + 2] + logP[t + 1]);
    if (pseudo.wrong > 0) logPrior += pseudo.wrong * (logP[t] + logP[t + 3]);
    if (carried !== undefined) for (let k = t; k < t + 4; k++) if (carried[k] > 0) logPrior += carried[k] * logP[k];
  }
  return { certain, logPrior };
};

/** P(stalled), kept away from 0 and 1, where its logarithm is infinite; ½ without free stacks. */
const shareOf = (stalled: number, all: number): number =>
  all === 0 ? 0.5 : Math.min(Math.max(stalled / all, FLOOR), 1 - FLOOR);
