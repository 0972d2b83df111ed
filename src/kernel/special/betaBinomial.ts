/** Hits out of tries, row by row. */
export interface Tries {
  readonly hits: ArrayLike<number>;
  readonly tries: ArrayLike<number>;
}

/** Where the strength is looked for, and what is believed of it before: about ten, within a factor of e. */
const LOWEST = 0.5;
const HIGHEST = 2000;
const BELIEVED = 10;

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Of ln strength: a per mille is far below what any data could tell. */
const ENOUGH = 1e-3;

/** How many rows have more than i, for i = 0 .. max − 1: sums of ln(c + i) over rows then take one term per i. */
const exceeding = (count: (row: number) => number, rows: number): Float64Array => {
  let most = 0;
  for (let row = 0; row < rows; row++) most = Math.max(most, count(row));
  const above = new Float64Array(most);
  for (let row = 0; row < rows; row++) if (count(row) > 0) above[count(row) - 1]++;
  for (let i = most - 2; i >= 0; i--) above[i] += above[i + 1];
  return above;
};

/**
 * Strength m of the Beta(m·mean, m·(1 − mean)) prior that best explains how much rates differ between rows.
 *
 *   maximise Σ ln B(hits + m·mean, misses + m·(1 − mean)) − ln B(m·mean, m·(1 − mean)) − (ln m − ln 10)² / 2
 *
 * by golden section on ln m. The last term is a log-normal prior: rows too few or too short to tell leave m near ten.
 *
 * @param mean - pooled rate, in (0, 1)
 * @see Skellam (1948), J. R. Stat. Soc. B 10:257 (beta-binomial); Kiefer (1953), doi:10.1090/S0002-9939-1953-0055639-3
 */
export const fitStrength = ({ hits, tries }: Tries, mean: number): number => {
  const rows = tries.length;
  const hit = exceeding((row) => hits[row], rows);
  const missed = exceeding((row) => tries[row] - hits[row], rows);
  const tried = exceeding((row) => tries[row], rows);
  const height = (logStrength: number): number => {
    const m = Math.exp(logStrength);
    let sum = -((logStrength - Math.log(BELIEVED)) ** 2) / 2;
    for (let i = 0; i < hit.length; i++) sum += hit[i] * Math.log(m * mean + i);
    for (let i = 0; i < missed.length; i++) sum += missed[i] * Math.log(m * (1 - mean) + i);
    for (let i = 0; i < tried.length; i++) sum -= tried[i] * Math.log(m + i);
    return sum;
  };
  let low = Math.log(LOWEST);
  let high = Math.log(HIGHEST);
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = height(left);
  let atRight = height(right);
  while (high - low > ENOUGH) {
    if (atLeft < atRight) {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + GOLDEN * (high - low);
      atRight = height(right);
    } else {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - GOLDEN * (high - low);
      atLeft = height(left);
    }
  }
  return Math.exp((low + high) / 2);
};
