import { normalQuantile } from '../special/normal.js';
import type { Objective } from './maximize.js';

/** Points with weights summing to 1. */
export interface WeightedPoints {
  readonly points: readonly (readonly number[])[];
  readonly weights: Float64Array;
}

const PRIMES = [2, 3, 5, 7, 11, 13];
/** The first points of a Halton sequence lie on a line in high dimensions. */
const SKIP = 20;
/** How much wider the proposal is than the target as estimated: first by Laplace, then from a sample. */
const WIDER_THAN_LAPLACE = 1.6;
const WIDER_THAN_SAMPLE = 1.3;
const DIFFERENCE = 0.05;

const halton = (index: number, base: number): number => {
  let share = 1;
  let sum = 0;
  for (let i = index + 1; i > 0; i = Math.floor(i / base)) {
    share /= base;
    sum += share * (i % base);
  }
  return sum;
};

/** Lower triangle L with L Lᵀ = matrix; a direction without spread gets a tiny one. */
const cholesky = (matrix: readonly (readonly number[])[]): number[][] => {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < matrix.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(Math.max(sum, 1e-10)) : sum / lower[j][j];
    }
  }
  return lower;
};

const inverse = (matrix: readonly (readonly number[])[]): number[][] => {
  const lower = cholesky(matrix);
  const n = matrix.length;
  return matrix.map((_, column) => {
    const x = new Array<number>(n).fill(0);
    for (let i = 0; i < n; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = 0; k < i; k++) sum -= lower[i][k] * x[k];
      x[i] = sum / lower[i][i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i];
      for (let k = i + 1; k < n; k++) sum -= lower[k][i] * x[k];
      x[i] = sum / lower[i][i];
    }
    return x;
  });
};

/** Negative Hessian by differences, its diagonal at least 1, because no parameter here has a standard deviation above 1. */
const information = (f: Objective, x: readonly number[]): number[][] => {
  const at = (i: number, a: number, j: number, b: number): number => {
    const y = x.slice();
    y[i] += a * DIFFERENCE;
    y[j] += b * DIFFERENCE;
    return Math.max(f(y), -1e100);
  };
  const centre = f(x);
  const h2 = DIFFERENCE * DIFFERENCE;
  const matrix = x.map((_, i) =>
    x.map((_, j) =>
      i === j
        ? Math.max(1, (2 * centre - at(i, 1, i, 0) - at(i, -1, i, 0)) / h2)
        : (at(i, 1, j, -1) + at(i, -1, j, 1) - at(i, 1, j, 1) - at(i, -1, j, -1)) / (4 * h2),
    ),
  );
  // Off-diagonals shrink until the matrix is safely positive definite.
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < x.length; j++) {
      if (i === j) continue;
      const bound = 0.9 * Math.sqrt(matrix[i][i] * matrix[j][j]);
      matrix[i][j] = Math.max(-bound, Math.min(bound, Number.isFinite(matrix[i][j]) ? matrix[i][j] : 0));
    }
  }
  return matrix;
};

/**
 * A density known up to a constant, as weighted points: importance sampling from a normal that is fitted to the sample
 * of the round before, with quasi-random points, so that no seed is needed and the same input gives the same answer.
 *
 * @param logDensity - of up to six variables; −Infinity outside its domain
 * @param mode - where it is largest
 * @see Cappé et al. (2004), Population Monte Carlo, doi:10.1198/106186004X12803
 */
export const importanceSample = (
  logDensity: Objective,
  mode: readonly number[],
  { points: n, rounds }: { readonly points: number; readonly rounds: number },
): WeightedPoints => {
  let mean: readonly number[] = mode;
  let covariance = inverse(information(logDensity, mode));
  let points: number[][] = [];
  let weights = new Float64Array(n);
  for (let round = 0; round < rounds; round++) {
    const widen = round === 0 ? WIDER_THAN_LAPLACE : WIDER_THAN_SAMPLE;
    const lower = cholesky(covariance.map((row) => row.map((value) => value * widen)));
    points = [];
    weights = new Float64Array(n);
    let best = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < n; k++) {
      const deviate = mean.map((_, i) => normalQuantile(halton(SKIP + round * n + k, PRIMES[i])));
      let logProposal = 0;
      for (const z of deviate) logProposal -= (z * z) / 2;
      const point = mean.map((m, i) => lower[i].reduce((sum, value, j) => sum + value * deviate[j], m));
      points.push(point);
      weights[k] = logDensity(point) - logProposal;
      best = Math.max(best, weights[k]);
    }
    let total = 0;
    for (let k = 0; k < n; k++) {
      weights[k] = Math.exp(weights[k] - best);
      total += weights[k];
    }
    for (let k = 0; k < n; k++) weights[k] /= total;
    const centre = mean.map((_, i) => points.reduce((sum, point, k) => sum + weights[k] * point[i], 0));
    covariance = centre.map((_, i) =>
      centre.map((_, j) =>
        points.reduce(
          (sum, point, k) => sum + weights[k] * (point[i] - centre[i]) * (point[j] - centre[j]),
          i === j ? 1e-6 : 0,
        ),
      ),
    );
    mean = centre;
  }
  return { points, weights };
};
