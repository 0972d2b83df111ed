/**
 * The cut in log-odds whose labels have the largest expected Matthews correlation, if the posteriors are right.
 *
 * With the k largest called stalled: tp = Σ of their p, and from it fp, fn and tn. MCC does not decompose over stacks,
 * so ½ is not its best cut where stalled stacks are rare or hard to tell.
 *
 * @returns half way between the last stack called stalled and the first that is not; 0 where there is no choice
 */
export const expectedMccCut = (logOdds: Float64Array): number => {
  const sorted = logOdds.slice().sort().reverse();
  const n = sorted.length;
  const p = sorted.map((z) => 1 / (1 + Math.exp(-z)));
  let stalled = 0;
  for (let i = 0; i < n; i++) stalled += p[i];
  let tp = 0;
  let best = 0;
  let cut = 0;
  for (let k = 1; k < n; k++) {
    tp += p[k - 1];
    // A cut between equal posteriors would part the indistinguishable.
    if (!(sorted[k - 1] > sorted[k])) continue;
    const mcc = (tp * n - k * stalled) / Math.sqrt(k * (n - k) * stalled * (n - stalled));
    if (mcc > best) {
      best = mcc;
      cut = (sorted[k - 1] + sorted[k]) / 2;
    }
  }
  return cut;
};
