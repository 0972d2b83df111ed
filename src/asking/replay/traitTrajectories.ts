import type { ModelEvidence } from '../../domain/evidence.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { logit } from '../../kernel/special/logit.js';
import { fillTrait } from '../../kernel/trait/classPosterior.js';
import { fillVoteTable, TRAIT_NODES } from '../../kernel/trait/traitGrid.js';
import { sighted, type TraitLine, type TraitModel } from '../traitModel.js';
import type { Arrivals } from './arrivals.js';
import { startOf, type Trajectories } from './trajectories.js';

const NODES = TRAIT_NODES.length;

/**
 * The joint posterior of votes and score after each vote.
 *
 * P(y | s, votes) ∝ P(y | s) Σ_g N(θ_g; c_y + slope_y · nats, τ_y²) Π_votes P(vote | θ_g, annotator)
 *
 * @param traitModel - from `Asking.fitTraitModel`
 * @param model - evidence aligned with the arrivals; absent without a model
 * @returns one pass, O(nodes) per vote
 * @example
 * const lab = Simulate.dataset({ stacks: 300, prevalence: 0.01, votes: { perStack: 7 }, gold: { stalled: 100, flowing: 200, chosen: 'stratified' } })(1);
 * const traitModel = Asking.fitTraitModel(Gold.as('fit')(lab.gold), { prevalence: 0.01 })(Simulate.inputs(lab).votes);
 * const path = Replay.traitTrajectories(traitModel)(Replay.arrivals(lab.votes));
 * path.logOdds.length // => 4800
 */
export const traitTrajectories =
  (traitModel: TraitModel, model?: ModelEvidence) =>
  (votes: Arrivals): Trajectories => {
    const n = votes.stackIds.length;
    const table = voteTable(traitModel, votes.annotatorIds);
    const first = startOf(votes);
    const logOdds = new Float64Array(votes.label.length + n);
    const prior = logit(traitModel.prevalence);
    const density = [new Float64Array(NODES), new Float64Array(NODES)];
    const common = [new Float64Array(NODES), new Float64Array(NODES)];
    const at = (line: TraitLine, nats: number) => ({ c: line.c + line.slope * nats, tau: line.tau });
    fillTrait(common[0], traitModel.unscored.flowing);
    fillTrait(common[1], traitModel.unscored.stalled);
    const likelihood = new Float64Array(NODES);
    for (let s = 0; s < n; s++) {
      const isScored = model !== undefined && model.scores[s] > 0;
      let base = prior;
      if (isScored) {
        base += sighted(model.nats[s], traitModel.blind);
        fillTrait(density[0], at(traitModel.scored.flowing, model.nats[s]));
        fillTrait(density[1], at(traitModel.scored.stalled, model.nats[s]));
        // Where the model is blind, people see the stack as they see any stalled stack, whatever its score.
        const seen = (1 - traitModel.blind) * Math.exp(model.nats[s]);
        const share = seen / (seen + traitModel.blind);
        for (let g = 0; g < NODES; g++) density[1][g] = share * density[1][g] + (1 - share) * common[1][g];
      }
      const [flowing, stalled] = isScored ? density : common;
      likelihood.fill(1);
      const [from, to] = [votes.offsets[s], votes.offsets[s + 1]];
      logOdds[from + s] = base;
      for (let v = from; v < to; v++) {
        const row = (2 * votes.annotatorOf[v] + votes.label[v]) * NODES;
        let f = 0;
        let t = 0;
        for (let g = 0; g < NODES; g++) {
          likelihood[g] *= table[row + g];
          f += likelihood[g] * flowing[g];
          t += likelihood[g] * stalled[g];
        }
        logOdds[v + s + 1] = base + Math.log(t / f);
        // Only ratios count, so a common factor prevents underflow.
        if (f + t < 1e-100) for (let g = 0; g < NODES; g++) likelihood[g] *= 1e100;
      }
    }
    return { stackIds: votes.stackIds, first, logOdds, scores: model?.scores ?? new Uint32Array(n) };
  };

/**
 * The joint posterior of one stack before its votes and after each of them: its entries of `traitTrajectories`, to the last bit.
 * The table of an annotator is computed at their first vote.
 *
 * @param traitModel - from `Asking.fitTraitModel`
 * @returns fills the first n + 1 entries of `path` with log-odds. A vote is the number 2 · row + label, where row is that of its
 *   annotator in the trait model, and one after the last for a newcomer. The first `n` count. `nats` is absent without a score
 */
export const stackTrait = (
  traitModel: TraitModel,
): ((path: Float64Array, votes: ArrayLike<number>, n: number, nats: number | undefined) => void) => {
  const { alpha, beta, varAlpha, varBeta, covariance, newcomer } = traitModel;
  const known = traitModel.annotatorIds.length;
  const prior = logit(traitModel.prevalence);
  const common = [new Float64Array(NODES), new Float64Array(NODES)];
  fillTrait(common[0], traitModel.unscored.flowing);
  fillTrait(common[1], traitModel.unscored.stalled);
  const scored = [new Float64Array(NODES), new Float64Array(NODES)];
  const likelihood = new Float64Array(NODES);
  const tables: (Float64Array | undefined)[] = new Array(known + 1).fill(undefined);

  const tableOf = (row: number): Float64Array => {
    const column = (from: Float64Array, unknown: number) => Float64Array.of(row < known ? from[row] : unknown);
    const table = new Float64Array(2 * NODES);
    fillVoteTable(
      table,
      {
        alpha: column(alpha, 1),
        beta: column(beta, 0),
        varAlpha: column(varAlpha, newcomer.alpha ** 2),
        varBeta: column(varBeta, newcomer.beta ** 2),
        covariance: column(covariance, 0),
      },
      true,
    );
    tables[row] = table;
    return table;
  };

  const fillScored = (nats: number): void => {
    const at = (line: TraitLine) => ({ c: line.c + line.slope * nats, tau: line.tau });
    fillTrait(scored[0], at(traitModel.scored.flowing));
    fillTrait(scored[1], at(traitModel.scored.stalled));
    const seen = (1 - traitModel.blind) * Math.exp(nats);
    const share = seen / (seen + traitModel.blind);
    for (let g = 0; g < NODES; g++) scored[1][g] = share * scored[1][g] + (1 - share) * common[1][g];
  };

  return (path, votes, n, nats) => {
    const base = nats === undefined ? prior : prior + sighted(nats, traitModel.blind);
    path[0] = base;
    if (n === 0) return;
    if (nats !== undefined) fillScored(nats);
    const [flowing, stalled] = nats === undefined ? common : scored;
    likelihood.fill(1);
    for (let v = 0; v < n; v++) {
      const table = tables[votes[v] >>> 1] ?? tableOf(votes[v] >>> 1);
      const from = (votes[v] & 1) * NODES;
      let f = 0;
      let t = 0;
      for (let g = 0; g < NODES; g++) {
        likelihood[g] *= table[from + g];
        f += likelihood[g] * flowing[g];
        t += likelihood[g] * stalled[g];
      }
      path[v + 1] = base + Math.log(t / f);
      if (f + t < 1e-100) for (let g = 0; g < NODES; g++) likelihood[g] *= 1e100;
    }
  };
};

/** P(label | θ, annotator), rows as in `fillVoteTable`; an annotator unknown to the fit counts as a newcomer. */
const voteTable = (traitModel: TraitModel, annotatorIds: readonly string[]): Float64Array => {
  const place = rowOfId(traitModel.annotatorIds);
  const column = (known: Float64Array, unknown: number): Float64Array =>
    Float64Array.from(annotatorIds, (id) => {
      const a = place.get(id);
      return a === undefined ? unknown : known[a];
    });
  const table = new Float64Array(2 * annotatorIds.length * NODES);
  fillVoteTable(
    table,
    {
      alpha: column(traitModel.alpha, 1),
      beta: column(traitModel.beta, 0),
      varAlpha: column(traitModel.varAlpha, traitModel.newcomer.alpha ** 2),
      varBeta: column(traitModel.varBeta, traitModel.newcomer.beta ** 2),
      covariance: column(traitModel.covariance, 0),
    },
    true,
  );
  return table;
};
