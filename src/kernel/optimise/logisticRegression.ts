/** A logistic regression to fit: few columns, any number of rows. */
export interface LogisticProblem {
  readonly columns: readonly Float64Array[];
  /** Wanted probability of each row, in [0, 1]. */
  readonly target: ArrayLike<number>;
  /** Log-odds that are added to every row; default 0. */
  readonly offset?: number;
  /** Fits a free intercept too. */
  readonly intercept: boolean;
  /** Each weight ~ N(mean, 1 / precision). */
  readonly prior: { readonly mean: number; readonly precision: number };
}

export interface LogisticFit {
  /** One per column, at least 0. */
  readonly weights: Float64Array;
  /** 0 unless asked for. */
  readonly intercept: number;
  /** Inverse curvature at the optimum, row by row, weights then intercept; 0 for a weight held at 0. */
  readonly covariance: readonly Float64Array[];
}

/** The loss falls by less than this share: the optimum is reached to rounding. */
const ENOUGH = 1e-15;
/** Keeps curvature positive where a column is constant. */
const RIDGE = 1e-12;
const MAX_STEPS = 200;
const SMALLEST_STEP = 1e-12;

/**
 * Logistic regression whose weights may not be negative, by projected Newton with halving.
 *
 *   minimise Σ −t ln σ(z) − (1 − t) ln σ(−z) + precision/2 · Σ (w − mean)²   over w ≥ 0,   z = offset + intercept + Σ w·x
 *
 * A weight at 0 that the gradient would push below is held there for the step; all others move by Newton and are stopped at
 * 0. The problem is convex, so this ends at the constrained optimum.
 *
 * @see Bertsekas (1982), doi:10.1137/0320018
 */
export const logisticRegression = (problem: LogisticProblem): LogisticFit => {
  const { columns, target, intercept, prior } = problem;
  const offset = problem.offset ?? 0;
  const k = columns.length;
  const rows = target.length;
  const size = k + (intercept ? 1 : 0);
  const z = new Float64Array(rows);
  const at = new Float64Array(size).fill(Math.max(0, prior.mean), 0, k);

  const lossAt = (point: Float64Array): number => {
    let loss = 0;
    for (let j = 0; j < k; j++) loss += (prior.precision / 2) * (point[j] - prior.mean) ** 2;
    z.fill(offset + (intercept ? point[k] : 0));
    for (let j = 0; j < k; j++) {
      const column = columns[j];
      for (let i = 0; i < rows; i++) z[i] += point[j] * column[i];
    }
    // −t ln σ(z) − (1 − t) ln σ(−z) = max(z, 0) − t z + ln(1 + e^−|z|)
    for (let i = 0; i < rows; i++) {
      loss += Math.max(z[i], 0) - target[i] * z[i] + Math.log1p(Math.exp(-Math.abs(z[i])));
    }
    return loss;
  };

  let loss = lossAt(at);
  for (let step = 0; ; step++) {
    const gradient = new Float64Array(size);
    const curvature = Array.from({ length: size }, () => new Float64Array(size));
    for (let j = 0; j < k; j++) {
      gradient[j] = prior.precision * (at[j] - prior.mean);
      curvature[j][j] = prior.precision;
    }
    for (let j = 0; j < size; j++) curvature[j][j] += RIDGE;
    for (let i = 0; i < rows; i++) {
      const e = Math.exp(-Math.abs(z[i]));
      const p = z[i] >= 0 ? 1 / (1 + e) : e / (1 + e);
      const weight = e / ((1 + e) * (1 + e));
      for (let j = 0; j < size; j++) {
        const x = j < k ? columns[j][i] : 1;
        gradient[j] += x * (p - target[i]);
        for (let l = 0; l <= j; l++) curvature[j][l] += weight * x * (l < k ? columns[l][i] : 1);
      }
    }
    for (let j = 0; j < size; j++) for (let l = j + 1; l < size; l++) curvature[j][l] = curvature[l][j];
    const held = at.map((value, j) => (j < k && value <= 0 && gradient[j] > 0 ? 1 : 0));
    const covariance = inverse(curvature, held);
    const toward = (share: number): Float64Array =>
      at.map((value, j) => {
        let move = 0;
        for (let l = 0; l < size; l++) move += covariance[j][l] * gradient[l];
        return j < k ? Math.max(0, value - share * move) : value - share * move;
      });
    let share = 1;
    let next = toward(share);
    let lower = lossAt(next);
    while (!(lower <= loss) && share > SMALLEST_STEP) {
      share /= 2;
      next = toward(share);
      lower = lossAt(next);
    }
    if (!(loss - lower > ENOUGH * Math.abs(loss)) || step === MAX_STEPS) {
      return { weights: at.slice(0, k), intercept: intercept ? at[k] : 0, covariance };
    }
    at.set(next);
    loss = lower;
  }
};

/** Inverse of a positive definite matrix by Gauss–Jordan, with rows and columns of held coordinates left at 0. */
const inverse = (matrix: readonly Float64Array[], held: ArrayLike<number>): Float64Array[] => {
  const n = matrix.length;
  const left = matrix.map((row) => row.slice());
  const right = matrix.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  for (let i = 0; i < n; i++) {
    if (held[i] === 1) {
      right[i].fill(0);
      continue;
    }
    const pivot = left[i][i];
    for (let j = 0; j < n; j++) {
      left[i][j] /= pivot;
      right[i][j] /= pivot;
    }
    for (let r = 0; r < n; r++) {
      if (r === i || held[r] === 1) continue;
      const factor = left[r][i];
      for (let j = 0; j < n; j++) {
        left[r][j] -= factor * left[i][j];
        right[r][j] -= factor * right[i][j];
      }
    }
  }
  return right;
};
