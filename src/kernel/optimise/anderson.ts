/** Number of past steps used. Older steps belong to another curvature. */
const DEPTH = 2;
/** Keeps nearly parallel steps from cancelling into huge ones; relative to the largest squared step. */
const RIDGE = 1e-10;

/** Extrapolates a fixed-point iteration x ← g(x). */
export interface Mixer {
  /** Writes the mixed point into `out`; false when there is nothing to mix yet, and `out` is g. */
  readonly mix: (x: Float64Array, g: Float64Array, out: Float64Array) => boolean;
  /** Forgets all past steps, after a mixed point was worse. */
  readonly forget: () => void;
}

/**
 * Anderson mixing (type II): the combination of the last steps whose residuals g(x) − x nearly cancel.
 *
 *   out = g − Σ γ_j Δg_j,   γ = argmin ‖ r − Σ γ_j Δr_j ‖
 *
 * Coordinates that are not finite take no part and stay as g has them.
 *
 * @see Walker & Ni (2011), doi:10.1137/10078356X
 */
export const anderson = (size: number): Mixer => {
  const last = { g: new Float64Array(size), r: new Float64Array(size) };
  const r = new Float64Array(size);
  const dg = Array.from({ length: DEPTH }, () => new Float64Array(size));
  const dr = Array.from({ length: DEPTH }, () => new Float64Array(size));
  let seen = 0;
  return {
    forget: () => {
      seen = 0;
    },
    mix: (x, g, out) => {
      for (let i = 0; i < size; i++) r[i] = Number.isFinite(g[i] - x[i]) ? g[i] - x[i] : 0;
      if (seen > 0) {
        const slot = (seen - 1) % DEPTH;
        for (let i = 0; i < size; i++) {
          const step = g[i] - last.g[i];
          dg[slot][i] = Number.isFinite(step) ? step : 0;
          dr[slot][i] = r[i] - last.r[i];
        }
      }
      last.g.set(g);
      last.r.set(r);
      const depth = Math.min(seen, DEPTH);
      seen++;
      out.set(g);
      if (depth === 0) return false;
      const gamma = leastSquares(dr.slice(0, depth), r);
      for (let j = 0; j < depth; j++) {
        const back = dg[j];
        for (let i = 0; i < size; i++) out[i] -= gamma[j] * back[i];
      }
      return true;
    },
  };
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** argmin ‖ target − Σ γ_j columns_j ‖ by ridged normal equations and Gaussian elimination; a few columns. */
const leastSquares = (columns: readonly Float64Array[], target: Float64Array): Float64Array => {
  const n = columns.length;
  const rows = columns.map((column) =>
    Float64Array.from([...columns.map((other) => dot(column, other)), dot(column, target)]),
  );
  const ridge = RIDGE * rows.reduce((most, row, i) => Math.max(most, row[i]), Number.MIN_VALUE);
  for (let i = 0; i < n; i++) rows[i][i] += ridge;
  for (let i = 0; i < n; i++) {
    for (let k = i + 1; k < n; k++) {
      const factor = rows[k][i] / rows[i][i];
      for (let j = i; j <= n; j++) rows[k][j] -= factor * rows[i][j];
    }
  }
  const gamma = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = rows[i][n];
    for (let j = i + 1; j < n; j++) rest -= rows[i][j] * gamma[j];
    gamma[i] = rest / rows[i][i];
  }
  return gamma;
};
