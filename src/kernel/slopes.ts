import { logisticRegression } from './logisticRegression.js';

/** Two slopes that may not be negative, with what the data leave open about them. */
export interface Slopes {
  readonly first: number;
  readonly second: number;
  /** Posterior variances and covariance; 0 for a slope held at its bound. */
  readonly variance: { readonly first: number; readonly second: number; readonly both: number };
}

/**
 * Logistic regression of labels on two columns with known offset, each slope ~ N(mean, sd²) and at least 0; the spread of
 * the slopes is Laplace's.
 */
export const fitSlopes = (of: {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly label: Uint8Array;
  readonly offset: number;
  readonly prior: { readonly mean: number; readonly sd: number };
}): Slopes => {
  const { weights, covariance } = logisticRegression({
    columns: [of.x, of.y],
    target: of.label,
    offset: of.offset,
    intercept: false,
    prior: { mean: of.prior.mean, precision: 1 / (of.prior.sd * of.prior.sd) },
  });
  return {
    first: weights[0],
    second: weights[1],
    variance: { first: covariance[0][0], second: covariance[1][1], both: covariance[0][1] + 0 },
  };
};
