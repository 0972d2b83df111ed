/**
 * Platt's sigmoid p = 1 / (1 + exp(a·x + b)), by Newton with backtracking on Lin, Lin and Weng's (2007) targets.
 *
 * Targets (N₊ + 1)/(N₊ + 2) and 1/(N₋ + 2) instead of 1 and 0 keep separable data finite. x is standardised first: on
 * raw scores of magnitude 1e6 the same algorithm stops where it started.
 *
 * Constant x leaves `a` unidentified: a = 0 and b gives the mean target.
 */
export const plattScaling = ({ x, label }: { readonly x: Float64Array; readonly label: Uint8Array }): PlattFit => {
  const n = x.length;
  let positives = 0;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    positives += label[i];
    sum += x[i];
  }
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (n - positives + 2);
  const meanTarget = (positives * high + (n - positives) * low) / n;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (x[i] - mean) ** 2;
  const scale = Math.sqrt(squares / n);
  if (!(scale > 0)) return { a: 0, b: -Math.log(meanTarget / (1 - meanTarget)), meanTarget };

  const z = Float64Array.from(x, (value) => (value - mean) / scale);
  let a = 0;
  let b = -Math.log(meanTarget / (1 - meanTarget));
  let loss = plattLoss({ z, label, high, low, a, b });
  for (let step = 0; step < MAX_STEPS; step++) {
    let ga = 0;
    let gb = 0;
    let haa = RIDGE;
    let hab = 0;
    let hbb = RIDGE;
    for (let i = 0; i < n; i++) {
      const f = a * z[i] + b;
      const e = Math.exp(-Math.abs(f));
      const p = f >= 0 ? e / (1 + e) : 1 / (1 + e);
      const weight = e / ((1 + e) * (1 + e));
      const slope = (label[i] === 1 ? high : low) - p;
      ga += z[i] * slope;
      gb += slope;
      haa += z[i] * z[i] * weight;
      hab += z[i] * weight;
      hbb += weight;
    }
    if (Math.abs(ga) < GRADIENT_ENOUGH && Math.abs(gb) < GRADIENT_ENOUGH) break;
    const determinant = haa * hbb - hab * hab;
    const da = (hab * gb - hbb * ga) / determinant;
    const db = (hab * ga - haa * gb) / determinant;
    let size = 1;
    let next = plattLoss({ z, label, high, low, a: a + da, b: b + db });
    while (next > loss + 1e-4 * size * (ga * da + gb * db) && size > SMALLEST_STEP) {
      size /= 2;
      next = plattLoss({ z, label, high, low, a: a + size * da, b: b + size * db });
    }
    // No descent left at this precision: the optimum is reached to rounding.
    if (size <= SMALLEST_STEP) break;
    a += size * da;
    b += size * db;
    loss = next;
  }
  return { a: a / scale, b: b - (a * mean) / scale, meanTarget };
};

export interface PlattFit {
  readonly a: number;
  readonly b: number;
  /** Mean of the targets, which is also the mean fitted probability. */
  readonly meanTarget: number;
}

const MAX_STEPS = 200;
const RIDGE = 1e-12;
const GRADIENT_ENOUGH = 1e-11;
const SMALLEST_STEP = 1e-12;

const plattLoss = (at: {
  readonly z: Float64Array;
  readonly label: Uint8Array;
  readonly high: number;
  readonly low: number;
  readonly a: number;
  readonly b: number;
}): number => {
  let loss = 0;
  for (let i = 0; i < at.z.length; i++) {
    const f = at.a * at.z[i] + at.b;
    const target = at.label[i] === 1 ? at.high : at.low;
    // −t ln p − (1 − t) ln(1 − p), written so that neither exponential can overflow.
    loss += f >= 0 ? target * f + Math.log1p(Math.exp(-f)) : (target - 1) * f + Math.log1p(Math.exp(f));
  }
  return loss;
};
