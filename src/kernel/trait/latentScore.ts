/** The model's score as one more measurement of the trait θ: a line in θ for each class. */
import { FREE } from '../crowd/emVotes.js';
import { fillTrait, type LatentClasses } from './classPosterior.js';
import { TRAIT_NODES } from './traitGrid.js';

/** score | class, θ ~ N(at + slope θ, sd²). */
export interface ScoreLine {
  readonly at: number;
  readonly slope: number;
  readonly sd: number;
}

export interface ScoreModel {
  readonly flowing: ScoreLine;
  readonly stalled: ScoreLine;
  /** Scores of a blind model, which do not depend on the stack. */
  readonly blind: { readonly mean: number; readonly sd: number };
}

/** Share of stacks that the model is blind to; bounds what one score can prove. Winners missed about that share. */
const BLIND = 0.02;
/** Pseudo-stacks that hold each line flat and its spread near that of all scores. */
const FLAT = 5;
const WIDE = 2;
const NODES = TRAIT_NODES.length;

/** P(score | class, θ) at all nodes, up to a factor that is the same for both classes. */
export const scoreFactorInto = (out: Float64Array, line: ScoreLine, model: ScoreModel, score: number): void => {
  const away = (score - model.blind.mean) / model.blind.sd;
  const blind = (BLIND / model.blind.sd) * Math.exp((-away * away) / 2);
  const top = (1 - BLIND) / line.sd;
  for (let g = 0; g < NODES; g++) {
    const z = (score - line.at - line.slope * TRAIT_NODES[g]) / line.sd;
    out[g] = top * Math.exp((-z * z) / 2) + blind;
  }
};

/** Where to start: stalled stacks score high. */
export const startScoreModel = (score: Float64Array): ScoreModel => {
  let sum = 0;
  for (const value of score) sum += value;
  const mean = sum / score.length;
  let squares = 0;
  for (const value of score) squares += (value - mean) ** 2;
  const sd = Math.sqrt(squares / score.length) + 0.1;
  return {
    flowing: { at: mean - sd / 4, slope: 0, sd },
    stalled: { at: mean + 1.5 * sd, slope: 0, sd },
    blind: { mean, sd: 2 * sd },
  };
};

export interface ScoredRows {
  /** P(votes | θ), row r from `r * TRAIT_NODES.length`. */
  readonly likelihood: Float64Array;
  /** Row of each score. */
  readonly row: Uint32Array;
  readonly score: Float64Array;
  /** Per row of `likelihood`: 0, 1 or `FREE`. */
  readonly truth: Uint8Array;
  /** Weight of a row without gold, in (0, 1]. */
  readonly rate: number;
}

/** Weighted sums for one line. */
const sums = () => ({ n: 0, x: 0, xx: 0, s: 0, xs: 0, ss: 0 });
type Sums = ReturnType<typeof sums>;

const fitLine = (t: Sums, blind: ScoreModel['blind']): ScoreLine => {
  const n = t.n + 1e-9;
  const meanX = t.x / n;
  const meanS = t.s / n;
  const slope = (t.xs - n * meanX * meanS) / (t.xx - n * meanX * meanX + FLAT);
  const rest = t.ss - n * meanS * meanS - slope * (t.xs - n * meanX * meanS);
  // One eighth of the blind variance is half the variance of all scores: the share left within a class.
  const sd = Math.sqrt((Math.max(rest, 0) + (WIDE * blind.sd ** 2) / 8) / (n + WIDE));
  return { at: meanS - slope * meanX, slope, sd };
};

/** One EM step for the lines, with the classes held. */
export const improveScoreModel = (model: ScoreModel, rows: ScoredRows, classes: LatentClasses): ScoreModel => {
  const density = [new Float64Array(NODES), new Float64Array(NODES)];
  fillTrait(density[0], classes.flowing);
  fillTrait(density[1], classes.stalled);
  const share = [1 - classes.prevalence, classes.prevalence];
  const lines = [model.flowing, model.stalled];
  const totals = [sums(), sums()];
  const seen = new Float64Array(NODES);
  const at = new Float64Array(NODES);
  for (let i = 0; i < rows.row.length; i++) {
    const r = rows.row[i];
    const score = rows.score[i];
    const known = rows.truth[r];
    // The class comes from gold, or else from the votes alone, so that the model never confirms itself.
    const byVotes = [0, 0];
    for (let y = 0; y < 2; y++) {
      for (let g = 0; g < NODES; g++) byVotes[y] += share[y] * density[y][g] * rows.likelihood[r * NODES + g];
    }
    const away = (score - model.blind.mean) / model.blind.sd;
    const blind = (BLIND / model.blind.sd) * Math.exp((-away * away) / 2);
    for (let y = 0; y < 2; y++) {
      const belongs = known === FREE ? (rows.rate * byVotes[y]) / (byVotes[0] + byVotes[1]) : Number(known === y);
      if (belongs === 0) continue;
      // The place within the class comes from votes and score together, as the likelihood of a line requires.
      const line = lines[y];
      let all = 0;
      for (let g = 0; g < NODES; g++) {
        const z = (score - line.at - line.slope * TRAIT_NODES[g]) / line.sd;
        seen[g] = ((1 - BLIND) / line.sd) * Math.exp((-z * z) / 2);
        at[g] = (seen[g] + blind) * density[y][g] * rows.likelihood[r * NODES + g];
        all += at[g];
      }
      if (!(all > 0)) continue;
      const t = totals[y];
      for (let g = 0; g < NODES; g++) {
        const w = belongs * (at[g] / all) * (seen[g] / (seen[g] + blind));
        t.n += w;
        t.x += w * TRAIT_NODES[g];
        t.xx += w * TRAIT_NODES[g] * TRAIT_NODES[g];
        t.s += w * score;
        t.xs += w * TRAIT_NODES[g] * score;
        t.ss += w * score * score;
      }
    }
  }
  return { ...model, flowing: fitLine(totals[0], model.blind), stalled: fitLine(totals[1], model.blind) };
};
