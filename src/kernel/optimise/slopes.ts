import { logisticRegression } from './logisticRegression.js';

/** Beyond this many nats a probability is no longer told from certainty in double precision. */
const LAST_LOG_ODDS = 700;

/** Five-point Gauss–Hermite rule of the standard normal distribution. With three points, claims of .999 would stay too sure. */
const NODES = [
  { at: -2.856970013872806, weight: 0.011257411327720691 },
  { at: -1.355626179974266, weight: 0.22207592200561263 },
  { at: 0, weight: 0.5333333333333333 },
  { at: 1.355626179974266, weight: 0.22207592200561263 },
  { at: 2.856970013872806, weight: 0.011257411327720691 },
] as const;

/** Pairs of slopes with their weights, 25 of them: flat rows of first, second, weight. */
export const slopeDraws = ({ first, second, variance }: Slopes): Float64Array => {
  const sd = Math.sqrt(variance.first);
  const along = sd > 0 ? variance.both / sd : 0;
  const across = Math.sqrt(Math.max(0, variance.second - along * along));
  return Float64Array.from(
    NODES.flatMap((a) =>
      NODES.flatMap((b) => [
        // With a slope below 0, evidence for a stall would count against it.
        Math.max(0, first + sd * a.at),
        Math.max(0, second + along * a.at + across * b.at),
        a.weight * b.weight,
      ]),
    ),
  );
};

/**
 * Log-odds of the mean probability over draws of the slopes:
 *
 *   logit Σ_k weight_k · σ(prior + first_k · x + second_k · y)
 *
 * Non-decreasing in x and y, because every draw is.
 */
export const mixedLogOdds = (draws: Float64Array, prior: number, x: number, y: number): number => {
  let stalled = 0;
  let flowing = 0;
  for (let k = 0; k < draws.length; k += 3) {
    const z = prior + draws[k] * x + draws[k + 1] * y;
    const e = Math.exp(-Math.min(Math.max(z, -LAST_LOG_ODDS), LAST_LOG_ODDS));
    const p = draws[k + 2] / (1 + e);
    stalled += p;
    flowing += p * e;
  }
  return Math.log(stalled / flowing);
};

/** Two slopes that may not be negative, with their uncertainty. */
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
export const fitSlopes = (data: {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly label: Uint8Array;
  readonly offset: number;
  readonly prior: { readonly mean: number; readonly sd: number };
}): Slopes => {
  const { weights, covariance } = logisticRegression({
    columns: [data.x, data.y],
    target: data.label,
    offset: data.offset,
    intercept: false,
    prior: { mean: data.prior.mean, precision: 1 / (data.prior.sd * data.prior.sd) },
  });
  return {
    first: weights[0],
    second: weights[1],
    variance: { first: covariance[0][0], second: covariance[1][1], both: covariance[0][1] + 0 },
  };
};
