/** A non-decreasing step-and-ramp function: constant outside the knots, linear between them. */
export interface Knots {
  /** Strictly ascending. */
  readonly x: Float64Array;
  /** Non-decreasing. */
  readonly y: Float64Array;
}

/**
 * Isotonic regression by pooling adjacent violators. Exact ties in x are merged to their mean first.
 *
 * Each block contributes its two ends as knots, so that the fit is constant on blocks and linear between them.
 *
 * @param points - x any order, finite; y in [0, 1]; same length ≥ 1
 */
export const isotonicRegression = ({ x, y }: { readonly x: Float64Array; readonly y: ArrayLike<number> }): Knots => {
  const order = Uint32Array.from(x, (_, i) => i).sort((i, j) => x[i] - x[j] || i - j);
  const n = order.length;
  // Blocks as stacks of columns: [lowest x, highest x, sum of y, weight].
  const from = new Float64Array(n);
  const to = new Float64Array(n);
  const sum = new Float64Array(n);
  const weight = new Float64Array(n);
  let blocks = 0;
  for (let i = 0; i < n; ) {
    let j = i;
    let ySum = 0;
    while (j < n && x[order[j]] === x[order[i]]) ySum += y[order[j++]];
    from[blocks] = x[order[i]];
    to[blocks] = x[order[i]];
    sum[blocks] = ySum;
    weight[blocks] = j - i;
    blocks++;
    // Cross-multiplied, so that equal means pool and no division rounds them apart.
    while (blocks > 1 && sum[blocks - 2] * weight[blocks - 1] >= sum[blocks - 1] * weight[blocks - 2]) {
      to[blocks - 2] = to[blocks - 1];
      sum[blocks - 2] += sum[blocks - 1];
      weight[blocks - 2] += weight[blocks - 1];
      blocks--;
    }
    i = j;
  }
  const knotX: number[] = [];
  const knotY: number[] = [];
  for (let k = 0; k < blocks; k++) {
    const mean = sum[k] / weight[k];
    knotX.push(from[k]);
    knotY.push(mean);
    if (to[k] > from[k]) {
      knotX.push(to[k]);
      knotY.push(mean);
    }
  }
  return { x: Float64Array.from(knotX), y: Float64Array.from(knotY) };
};

/** The value at `at`: linear between knots, constant beyond the first and the last. */
export const interpolate = (
  { x, y }: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  at: number,
): number => {
  const last = x.length - 1;
  if (at <= x[0]) return y[0];
  if (at >= x[last]) return y[last];
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  if (y[low] === y[high]) return y[low];
  return y[low] + ((at - x[low]) / (x[high] - x[low])) * (y[high] - y[low]);
};
