/** A real function of a few numbers; −Infinity outside its domain. */
export type Objective = (x: readonly number[]) => number;

const DIFFERENCE = 1e-3;
const LONGEST_STEP = 1.5;
const SHORTEST_SHARE = 1e-4;

const gradient = (f: Objective, x: readonly number[]): number[] =>
  x.map((value, i) => {
    const up = x.slice();
    const down = x.slice();
    up[i] = value + DIFFERENCE;
    down[i] = value - DIFFERENCE;
    const slope = (f(up) - f(down)) / (2 * DIFFERENCE);
    return Number.isFinite(slope) ? slope : 0;
  });

const dot = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/**
 * A local maximum of a smooth function of a few variables: BFGS with central differences and backtracking.
 *
 * @param start - inside the domain
 * @param tolerance - stop when a step gains less than this
 * @see Nocedal & Wright (2006), Numerical Optimization, §6.1
 */
export const maximize = (
  f: Objective,
  start: readonly number[],
  { tolerance, maxSteps }: { readonly tolerance: number; readonly maxSteps: number },
): { readonly x: readonly number[]; readonly value: number } => {
  let x = start.slice();
  let value = f(x);
  let slope = gradient(f, x);
  // Inverse of the negative Hessian; the first guess suits parameters of size one.
  let inverse: readonly (readonly number[])[] = x.map((_, i) => x.map((_, j) => (i === j ? 0.05 : 0)));
  for (let step = 0; step < maxSteps; step++) {
    let direction = inverse.map((row) => dot(row, slope));
    const longest = Math.max(...direction.map(Math.abs));
    if (longest > LONGEST_STEP) direction = direction.map((d) => (d * LONGEST_STEP) / longest);
    let share = 1;
    let next = x;
    let nextValue = Number.NEGATIVE_INFINITY;
    for (; share > SHORTEST_SHARE; share /= 2) {
      next = x.map((v, i) => v + share * direction[i]);
      nextValue = f(next);
      if (nextValue > value) break;
    }
    if (!(nextValue > value)) break;
    const nextSlope = gradient(f, next);
    const moved = next.map((v, i) => v - x[i]);
    const bent = nextSlope.map((g, i) => slope[i] - g);
    const curvature = dot(moved, bent);
    if (curvature > 1e-10) {
      const hb = inverse.map((row) => dot(row, bent));
      const scale = (1 + dot(bent, hb) / curvature) / curvature;
      inverse = inverse.map((row, i) =>
        row.map((h, j) => h + scale * moved[i] * moved[j] - (hb[i] * moved[j] + moved[i] * hb[j]) / curvature),
      );
    }
    const gain = nextValue - value;
    x = next;
    value = nextValue;
    slope = nextSlope;
    if (gain < tolerance) break;
  }
  return { x, value };
};
