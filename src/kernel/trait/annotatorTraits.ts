import { normalDensity } from '../special/normalTails.js';
import { type AnnotatorTraits, TRAIT_NODES } from './traitGrid.js';

/** Standard deviations of α and of β over annotators. */
export interface Spread {
  readonly alpha: number;
  readonly beta: number;
}

/** Where spreads start, and what they shrink to when there are few annotators: `PRIOR_ANNOTATORS` of them. */
export const START_SPREAD: Spread = { alpha: 0.35, beta: 0.5 };
const PRIOR_ANNOTATORS = 4;
/** A Newton step in α or β is at most this long. */
const LONGEST_STEP = 1;

const NODES = TRAIT_NODES.length;

/** Empirical Bayes: the spread that the annotators' posterior second moments imply. */
export const updateSpread = (spread: { alpha: number; beta: number }, traits: AnnotatorTraits): void => {
  const n = traits.alpha.length;
  let squaresAlpha = PRIOR_ANNOTATORS * START_SPREAD.alpha ** 2;
  let squaresBeta = PRIOR_ANNOTATORS * START_SPREAD.beta ** 2;
  for (let a = 0; a < n; a++) {
    squaresAlpha += (traits.alpha[a] - 1) ** 2 + traits.varAlpha[a];
    squaresBeta += traits.beta[a] ** 2 + traits.varBeta[a];
  }
  spread.alpha = Math.sqrt(squaresAlpha / (n + PRIOR_ANNOTATORS));
  spread.beta = Math.sqrt(squaresBeta / (n + PRIOR_ANNOTATORS));
};

/** One Newton step per annotator towards the best α and β for the expected counts, rows `2 a + label` of `TRAIT_NODES` nodes. */
export const updateTraits = (
  traits: AnnotatorTraits,
  given: {
    readonly table: Float64Array;
    readonly count: Float64Array;
    readonly spread: Spread;
  },
): void => {
  const { alpha, beta, varAlpha, varBeta, covariance } = traits;
  const { table, count } = given;
  const precisionAlpha = given.spread.alpha ** -2;
  const precisionBeta = given.spread.beta ** -2;
  for (let a = 0; a < alpha.length; a++) {
    let gAlpha = (1 - alpha[a]) * precisionAlpha;
    let gBeta = -beta[a] * precisionBeta;
    let hAlpha = precisionAlpha;
    let hBeta = precisionBeta;
    let hBoth = 0;
    const flowing = 2 * a * NODES;
    const stalled = flowing + NODES;
    for (let g = 0; g < NODES; g++) {
      const n0 = count[flowing + g];
      const n1 = count[stalled + g];
      if (n0 + n1 < 1e-9) continue;
      const x = TRAIT_NODES[g];
      const eta = alpha[a] * x - beta[a];
      const d = normalDensity(eta);
      // Beyond the floor of the table the ratio φ/Φ is |η| itself.
      const m1 = eta < -11 ? -eta : d / table[stalled + g];
      const m0 = eta > 11 ? eta : d / table[flowing + g];
      const slope = n1 * m1 - n0 * m0;
      const bend = n1 * m1 * (m1 + eta) + n0 * m0 * (m0 - eta);
      gAlpha += slope * x;
      gBeta -= slope;
      hAlpha += bend * x * x;
      hBeta += bend;
      hBoth -= bend * x;
    }
    const determinant = hAlpha * hBeta - hBoth * hBoth;
    const stepAlpha = (hBeta * gAlpha - hBoth * gBeta) / determinant;
    const stepBeta = (hAlpha * gBeta - hBoth * gAlpha) / determinant;
    const longest = Math.max(Math.abs(stepAlpha), Math.abs(stepBeta));
    const share = longest > LONGEST_STEP ? LONGEST_STEP / longest : 1;
    alpha[a] += share * stepAlpha;
    beta[a] += share * stepBeta;
    varAlpha[a] = hBeta / determinant;
    varBeta[a] = hAlpha / determinant;
    covariance[a] = -hBoth / determinant;
  }
};
