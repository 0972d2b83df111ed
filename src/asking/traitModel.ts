import type { ModelEvidence } from '../domain/evidence.js';
import type { Gold } from '../domain/gold.js';
import { mapColumns, withJson } from '../domain/present.js';
import type { VoteTable } from '../domain/voteTable.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { maximize } from '../kernel/optimise/maximize.js';
import { fillTrait } from '../kernel/trait/classPosterior.js';
import { traitEm } from '../kernel/trait/itemResponse.js';
import { ANY_TRAIT, fillVoteTable, stackLikelihoodInto, TRAIT_NODES } from '../kernel/trait/traitGrid.js';

/** θ of the stacks of a class ~ N(c + slope · model nats, tau²), in units of one vote's own noise. */
export interface TraitLine {
  readonly c: number;
  readonly slope: number;
  readonly tau: number;
}

/**
 * The joint model of votes and score: both depend on the latent trait θ of a stack, so they are not independent. Plain data.
 *
 * P(vote stalled | θ, a) = Φ(α θ − β); α and β of each annotator, with their variances and covariance.
 */
export interface TraitModel {
  readonly prevalence: number;
  readonly annotatorIds: readonly string[];
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
  readonly varAlpha: Float64Array;
  readonly varBeta: Float64Array;
  readonly covariance: Float64Array;
  /** A new annotator: standard deviation of α around 1 and of β around 0. */
  readonly newcomer: { readonly alpha: number; readonly beta: number };
  /** Share of stalled stacks that the model scores like flowing ones. It bounds what a low score can prove. */
  readonly blind: number;
  readonly scored: { readonly flowing: TraitLine; readonly stalled: TraitLine };
  /** For stacks without a score; slopes are 0. */
  readonly unscored: { readonly flowing: TraitLine; readonly stalled: TraitLine };
}

const NODES = TRAIT_NODES.length;
/** Prior of a class. Fits to public data lie at c −5 to −2.5 (flowing) and −.5 to 1 (stalled), τ .8 to 1.8. */
const PRIOR = { flowing: -2.5, stalled: 0.7, cSd: 2, slopeSd: 0.3, logTau: Math.log(1.1), logTauSd: 0.35 } as const;
/** Prior of the blind share: Beta(1, 30), mean .03; a share above .05 would be a surprise. */
const BLIND_PRIOR = 30;

/**
 * Fits the joint model of votes and score, for asking one vote at a time.
 *
 * P(y, θ | score) = P(y | score) · N(θ; c_y + slope_y · nats, τ_y²),   P(vote stalled | θ, a) = Φ(α_a θ − β_a)
 *
 * Annotators are estimated from all votes, without classes. The lines of the two classes are estimated from gold. The score
 * enters through its calibrator, so its distribution need not be normal. A share `blind` of stalled stacks is assumed to be
 * scored like flowing ones.
 *
 * @param gold - for fitting only
 * @param evidence - prevalence in (0, 1); `model` aligned with the votes, cross-fitted on gold that calibrated it
 * @returns plain data for `Replay.traitTrajectories`
 * @throws RangeError when `prevalence` is outside (0, 1) or `model` belongs to another table
 * @example
 * const lab = Simulate.dataset({ stacks: 300, prevalence: 0.01, votes: { perStack: 7 }, gold: { stalled: 100, flowing: 200, chosen: 'stratified' } })(1);
 * const { votes, gold } = Simulate.inputs(lab);
 * const traitModel = Asking.fitTraitModel(Gold.as('fit')(gold), { prevalence: 0.01 })(votes);
 * traitModel.unscored.flowing.c < traitModel.unscored.stalled.c // => true
 * @see docs/math.md#item-response · Lord & Novick (1968), Statistical Theories of Mental Test Scores, ch. 16
 */
export const fitTraitModel =
  (gold: Gold<'fit'>, { prevalence, model }: { readonly prevalence: number; readonly model?: ModelEvidence }) =>
  (votes: VoteTable): TraitModel => {
    if (!(prevalence > 0 && prevalence < 1))
      throw RangeError(`prevalence: expected a number in (0, 1), got ${prevalence}`);
    if (model !== undefined && model.nats.length !== votes.stackIds.length) {
      throw RangeError(`model: expected evidence for ${votes.stackIds.length} stacks, got ${model.nats.length}`);
    }
    const nAnnotators = votes.annotatorIds.length;
    const fit = traitEm({ ...votes, nAnnotators, maxIterations: 100, tolerance: 1e-5 });
    const table = new Float64Array(2 * nAnnotators * NODES);
    fillVoteTable(table, fit, true);
    const place = rowOfId(votes.stackIds);
    const rows = gold.stackIds.flatMap((id, g) => {
      const s = place.get(id);
      return s === undefined ? [] : [{ s, y: gold.label[g] }];
    });
    const known = rows.filter(({ s }) => votes.offsets[s] < votes.offsets[s + 1]);
    const likelihood = new Float64Array(known.length * NODES);
    known.forEach(({ s }, r) => {
      stackLikelihoodInto(likelihood.subarray(r * NODES, (r + 1) * NODES), table, votes, { s, start: ANY_TRAIT });
    });
    const lineOf = (y: number, nats: Float64Array | undefined): TraitLine => {
      const mine = known.flatMap(({ s, y: label }, r) =>
        label === y && (nats === undefined || (model?.scores[s] ?? 0) > 0)
          ? [{ at: r * NODES, nats: nats?.[s] ?? 0 }]
          : [],
      );
      return fitLine(likelihood, mine, { c: y === 1 ? PRIOR.stalled : PRIOR.flowing, sloped: nats !== undefined });
    };
    const { alpha, beta, varAlpha, varBeta, covariance } = fit;
    const unscored = { flowing: lineOf(0, undefined), stalled: lineOf(1, undefined) };
    return withTraitModelJson({
      prevalence,
      annotatorIds: votes.annotatorIds,
      alpha,
      beta,
      varAlpha,
      varBeta,
      covariance,
      newcomer: fit.spread,
      blind:
        model === undefined
          ? 0
          : blindShare(rows.flatMap(({ s, y }) => (y === 1 && model.scores[s] > 0 ? [model.nats[s]] : []))),
      scored: model === undefined ? unscored : { flowing: lineOf(0, model.nats), stalled: lineOf(1, model.nats) },
      unscored,
    });
  };

/** The JSON form of a trait model, alone or inside other data: every column as `{ "float64": [ … ] }`. */
export const traitModelJson = (value: unknown): unknown => mapColumns(value, (float64) => ({ float64 }));

const withTraitModelJson = (traitModel: TraitModel): TraitModel => withJson(traitModel, traitModelJson);

/** The same trait model without −0, because JSON has no −0. */
export const plainTraitModel = (traitModel: TraitModel): TraitModel =>
  withTraitModelJson({
    ...traitModel,
    ...Object.fromEntries(
      Object.entries(traitModel).flatMap(([name, value]) =>
        value instanceof Float64Array ? [[name, value.map((number) => number + 0)]] : [],
      ),
    ),
  });

/** Evidence of a score in nats, when a share `blind` of stalled stacks is scored like flowing ones: P(s | 1)/P(s | 0) = (1 − blind) e^nats + blind. */
export const sighted = (nats: number, blind: number): number => Math.log((1 - blind) * Math.exp(nats) + blind);

/** Posterior mean of the blind share, on a grid; from stalled gold alone. */
const blindShare = (nats: readonly number[]): number => {
  let total = 0;
  let mean = 0;
  let top = Number.NEGATIVE_INFINITY;
  const grid = Array.from({ length: 60 }, (_, i) => Math.exp(-9 + i * 0.12));
  const logs = grid.map((blind) => {
    // d blind on a logarithmic grid is blind.
    const value =
      Math.log(blind) +
      (BLIND_PRIOR - 1) * Math.log1p(-blind) +
      // Less the nats themselves, which are the same for all shares.
      nats.reduce((sum, z) => sum + Math.log(1 - blind + blind * Math.exp(-z)), 0);
    top = Math.max(top, value);
    return value;
  });
  grid.forEach((blind, i) => {
    const weight = Math.exp(logs[i] - top);
    total += weight;
    mean += weight * blind;
  });
  return mean / total;
};

/** Maximum of the penalised likelihood of one class. */
const fitLine = (
  likelihood: Float64Array,
  rows: readonly { readonly at: number; readonly nats: number }[],
  prior: { readonly c: number; readonly sloped: boolean },
): TraitLine => {
  const mean = rows.reduce((sum, { nats }) => sum + nats, 0) / Math.max(1, rows.length);
  const density = new Float64Array(NODES);
  const objective = ([c, slope, logTau]: readonly number[]): number => {
    if (Math.abs(logTau) > 1.5) return Number.NEGATIVE_INFINITY;
    const tau = Math.exp(logTau);
    let sum =
      -(
        ((c - prior.c) / PRIOR.cSd) ** 2 +
        (slope / PRIOR.slopeSd) ** 2 +
        ((logTau - PRIOR.logTau) / PRIOR.logTauSd) ** 2
      ) / 2;
    if (!prior.sloped) fillTrait(density, { c, tau });
    for (const { at, nats } of rows) {
      if (prior.sloped) fillTrait(density, { c: c + slope * (nats - mean), tau });
      let p = 0;
      for (let g = 0; g < NODES; g++) p += likelihood[at + g] * density[g];
      sum += Math.log(p + Number.MIN_VALUE);
    }
    return sum;
  };
  // Without a slope its coordinate is flat but for the prior, whose top is 0.
  const { x } = maximize(objective, [prior.c, 0, PRIOR.logTau], { tolerance: 1e-3, maxSteps: 40 });
  const slope = prior.sloped ? x[1] : 0;
  return { c: x[0] - slope * mean, slope, tau: Math.exp(x[2]) };
};
