import { logit } from '../../../kernel/special/logit.js';
import { fillTrait, type LatentClasses } from '../../../kernel/trait/classPosterior.js';
import { type ScoreModel, scoreFactorInto } from '../../../kernel/trait/latentScore.js';
import { ANY_TRAIT, stackLikelihoodInto, TRAIT_NODES, type TraitVotes } from '../../../kernel/trait/traitGrid.js';

const NODES = TRAIT_NODES.length;
/** Probabilities of 0 and 1 are rounding, not certainty. */
const CERTAIN = 1e-6;

/** Scores as the score model wants them: log-odds when all of them can be probabilities, as they are otherwise. */
export const scoreScale = (score: Float64Array): Float64Array => {
  for (const value of score) if (!(value >= 0 && value <= 1)) return score;
  return score.map((value) => logit(Math.min(1 - CERTAIN, Math.max(CERTAIN, value))));
};

/**
 * Judges every stack: the mean of P(stalled | votes, score) over members of the class posterior, as log-odds.
 *
 * logOdds[s] = ln Σ_k P_k(stalled | s) − ln Σ_k P_k(flowing | s)
 */
export const judgeInto = (
  logOdds: Float64Array,
  given: {
    readonly traitVotes: TraitVotes;
    readonly table: Float64Array;
    readonly members: readonly LatentClasses[];
    readonly score: Float64Array;
    readonly scoreCount: Uint32Array;
    readonly scoreModel: ScoreModel | undefined;
  },
): void => {
  const { traitVotes, table, members, score, scoreCount, scoreModel } = given;
  const n = members.length;
  const flowing = new Float64Array(n * NODES);
  const stalled = new Float64Array(n * NODES);
  for (let k = 0; k < n; k++) {
    const { prevalence } = members[k];
    const f = flowing.subarray(k * NODES, (k + 1) * NODES);
    const t = stalled.subarray(k * NODES, (k + 1) * NODES);
    fillTrait(f, members[k].flowing);
    fillTrait(t, members[k].stalled);
    for (let g = 0; g < NODES; g++) {
      f[g] *= 1 - prevalence;
      t[g] *= prevalence;
    }
  }
  const likelihood = new Float64Array(NODES);
  const scored = new Float64Array(NODES);
  const ifFlowing = new Float64Array(NODES);
  const ifStalled = new Float64Array(NODES);
  for (let s = 0; s < logOdds.length; s++) {
    stackLikelihoodInto(likelihood, table, traitVotes, { s, start: ANY_TRAIT });
    ifFlowing.set(likelihood);
    ifStalled.set(likelihood);
    if (scoreModel !== undefined && scoreCount[s] > 0) {
      scoreFactorInto(scored, scoreModel.flowing, scoreModel, score[s]);
      for (let g = 0; g < NODES; g++) ifFlowing[g] *= scored[g];
      scoreFactorInto(scored, scoreModel.stalled, scoreModel, score[s]);
      for (let g = 0; g < NODES; g++) ifStalled[g] *= scored[g];
    }
    let pFlowing = 0;
    let pStalled = 0;
    for (let k = 0, at = 0; k < n; k++, at += NODES) {
      let f = 0;
      let t = 0;
      for (let g = 0; g < NODES; g++) {
        f += ifFlowing[g] * flowing[at + g];
        t += ifStalled[g] * stalled[at + g];
      }
      pFlowing += f / (f + t);
      pStalled += t / (f + t);
    }
    logOdds[s] = Math.log(pStalled) - Math.log(pFlowing);
  }
};

/**
 * The cut in log-odds whose labels have the largest expected Matthews correlation, if the posteriors are right.
 *
 * With the k largest called stalled: tp = Σ of their p, and from it fp, fn and tn. MCC does not decompose over stacks,
 * so ½ is not its best cut where stalled stacks are rare or hard to tell.
 *
 * @returns half way between the last stack called stalled and the first that is not; 0 where there is no choice
 */
export const expectedMccCut = (logOdds: Float64Array): number => {
  const sorted = logOdds.slice().sort().reverse();
  const n = sorted.length;
  const p = sorted.map((z) => 1 / (1 + Math.exp(-z)));
  let stalled = 0;
  for (let i = 0; i < n; i++) stalled += p[i];
  let tp = 0;
  let best = 0;
  let cut = 0;
  for (let k = 1; k < n; k++) {
    tp += p[k - 1];
    // A cut between equal posteriors would part the indistinguishable.
    if (!(sorted[k - 1] > sorted[k])) continue;
    const mcc = (tp * n - k * stalled) / Math.sqrt(k * (n - k) * stalled * (n - stalled));
    if (mcc > best) {
      best = mcc;
      cut = (sorted[k - 1] + sorted[k]) / 2;
    }
  }
  return cut;
};
