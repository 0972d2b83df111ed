import type { Interval } from '../../../domain/interval.js';
import type { VoteTable } from '../../../domain/voteTable.js';
import { normalCdf } from '../../../kernel/special/normal.js';
import type { AnnotatorTraits } from '../../../kernel/trait/traitGrid.js';

/** Per annotator; row a describes `annotatorIds[a]`. Intervals are 95 %, from the uncertainty of α and β. */
export interface AnnotatorSummary {
  readonly annotatorIds: readonly string[];
  /** α: how strongly the trait of a stack moves this annotator's votes; 1 is the average of the crowd, 0 is a coin. */
  readonly alpha: Float64Array;
  /** β: reluctance to say stalled, in units of one vote's noise; 0 is the average of the crowd. */
  readonly beta: Float64Array;
  /** P(vote stalled | stalled) over all stalled stacks, with its interval. */
  readonly sensitivity: RateColumns;
  /** P(vote flowing | flowing) over all flowing stacks, with its interval. */
  readonly specificity: RateColumns;
  /** Votes the row rests on. */
  readonly support: Uint32Array;
}

export interface RateColumns {
  readonly estimate: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

const Z95 = 1.959963984540054;

const columns = (n: number): RateColumns => ({
  estimate: new Float64Array(n),
  lower: new Float64Array(n),
  upper: new Float64Array(n),
});

/** P(vote stalled | class) = Φ((α c − β) / √(1 + α² τ²)); its interval by the delta method on the probit scale. */
const fillRate = (
  out: RateColumns,
  a: number,
  given: { readonly traits: AnnotatorTraits; readonly classTrait: ClassTrait; readonly sign: 1 | -1 },
): void => {
  const { traits, classTrait, sign } = given;
  const c = classTrait.c.estimate;
  const tau2 = classTrait.tau.estimate ** 2;
  const alpha = traits.alpha[a];
  const beta = traits.beta[a];
  const scale2 = 1 + alpha * alpha * tau2;
  const scale = Math.sqrt(scale2);
  const z = (sign * (alpha * c - beta)) / scale;
  const byAlpha = (c + alpha * tau2 * beta) / (scale2 * scale);
  const byBeta = -1 / scale;
  const variance =
    byAlpha * byAlpha * traits.varAlpha[a] +
    2 * byAlpha * byBeta * traits.covariance[a] +
    byBeta * byBeta * traits.varBeta[a];
  const reach = Z95 * Math.sqrt(Math.max(variance, 0));
  out.estimate[a] = normalCdf(z);
  out.lower[a] = normalCdf(z - reach);
  out.upper[a] = normalCdf(z + reach);
};

/** Annotators as sensitivities and specificities. */
export const summarise = (
  votes: VoteTable,
  traits: AnnotatorTraits,
  classes: { readonly flowing: ClassTrait; readonly stalled: ClassTrait },
): AnnotatorSummary => {
  const n = votes.annotatorIds.length;
  const sensitivity = columns(n);
  const specificity = columns(n);
  const support = new Uint32Array(n);
  for (const a of votes.annotatorOf) support[a]++;
  for (let a = 0; a < n; a++) {
    fillRate(sensitivity, a, { traits, classTrait: classes.stalled, sign: 1 });
    fillRate(specificity, a, { traits, classTrait: classes.flowing, sign: -1 });
  }
  const { alpha, beta } = traits;
  return { annotatorIds: votes.annotatorIds, alpha, beta, sensitivity, specificity, support };
};

/** Mean, standard deviation and central 95 % of weighted values. */
export const estimateOf = (values: readonly number[], weights: Float64Array): ParameterEstimate => {
  let estimate = 0;
  for (let k = 0; k < values.length; k++) estimate += weights[k] * values[k];
  let variance = 0;
  for (let k = 0; k < values.length; k++) variance += weights[k] * (values[k] - estimate) ** 2;
  const order = values.map((_, k) => k).sort((i, j) => values[i] - values[j] || i - j);
  const quantile = (share: number): number => {
    let reached = 0;
    for (const k of order) {
      reached += weights[k];
      if (reached >= share) return values[k];
    }
    return values[order[order.length - 1]];
  };
  const lower = Math.min(quantile(0.025), estimate);
  const upper = Math.max(quantile(0.975), estimate);
  return { estimate, standardError: Math.sqrt(variance), interval: { lower, upper } };
};

/** A fitted number with its standard error and 95 % credible interval. */
export interface ParameterEstimate {
  readonly estimate: number;
  readonly standardError: number;
  readonly interval: Interval;
}
/** The trait θ of the stacks of one class: θ ~ N(c, tau²), in units of one vote's own noise. */
export interface ClassTrait {
  readonly c: ParameterEstimate;
  readonly tau: ParameterEstimate;
}
