import { logMassAt } from './stirling.js';

/** `drawn` things are drawn without replacement from a population of which `marked` are marked; X of those drawn are marked. */
export interface Draw {
  readonly drawn: number;
  readonly marked: number;
  readonly population: number;
}

/** P(X = k): two binomial masses over a third, each as small as the answer; differences of log-factorials are not. */
const mass = (k: number, { drawn, marked, population }: Draw): number => {
  if (drawn === population || drawn === 0) return k === (drawn === 0 ? 0 : marked) ? 1 : 0;
  const p = drawn / population;
  return Math.exp(
    logMassAt({ k, n: marked, p }) +
      logMassAt({ k: drawn - k, n: population - marked, p }) -
      logMassAt({ k: drawn, n: population, p }),
  );
};

/** Masses below this lose their digits, and sums that start there all of theirs. */
const LEAST = 1e-290;

/** A term this small beside its sum no longer moves it, and those after it are smaller still. */
const NEGLIGIBLE = 1e-18;

/**
 * P(X <= k) and P(X >= k) of the hypergeometric distribution, each summed on its own side.
 *
 * P(X = k) = C(marked, k) C(population − marked, drawn − k) / C(population, drawn)
 *
 * @param query - integers; 0 <= drawn, marked <= population
 */
export const hypergeometricTails = (
  query: Draw & { readonly k: number },
): { readonly atMost: number; readonly atLeast: number } => {
  const { k, drawn, marked, population } = query;
  const first = Math.max(0, drawn + marked - population);
  const last = Math.min(drawn, marked);
  if (k < first) return { atMost: 0, atLeast: 1 };
  if (k > last) return { atMost: 1, atLeast: 0 };
  const here = mass(k, query);
  if (here < LEAST) {
    // Next to nothing lies at k and beyond it, everything on the side of the mean.
    const isAbove = k * population > drawn * marked;
    return { atMost: isAbove ? 1 : 0, atLeast: isAbove ? 0 : 1 };
  }
  let atMost = here;
  for (let i = k, term = here; i > first; i--) {
    const ratio = (i * (population - marked - drawn + i)) / ((marked - i + 1) * (drawn - i + 1));
    term *= ratio;
    atMost += term;
    if (ratio < 1 && term < NEGLIGIBLE * atMost) break;
  }
  let atLeast = here;
  for (let i = k, term = here; i < last; i++) {
    const ratio = ((marked - i) * (drawn - i)) / ((i + 1) * (population - marked - drawn + i + 1));
    term *= ratio;
    atLeast += term;
    if (ratio < 1 && term < NEGLIGIBLE * atLeast) break;
  }
  return { atMost: Math.min(1, atMost), atLeast: Math.min(1, atLeast) };
};

/**
 * How many things of the population are marked, when `hits` of `drawn` are: two exact ends. Each end is wrong with
 * probability at most `delta`. When everything is drawn, both ends are equal.
 *
 * lower = min M with P(X >= hits | M) > delta;   upper = max M with P(X <= hits | M) > delta
 *
 * @param query - integers 0 <= hits <= drawn <= population; delta in (0, 1)
 */
export const hypergeometricBounds = (query: {
  readonly hits: number;
  readonly drawn: number;
  readonly population: number;
  readonly delta: number;
}): { readonly lower: number; readonly upper: number } => {
  const { hits, drawn, population, delta } = query;
  const fewest = hits;
  const most = population - drawn + hits;
  // Both tails are monotone in M, so bisection over integers finds the ends exactly.
  let lower = most;
  for (let low = fewest; low < lower; ) {
    const marked = low + Math.floor((lower - low) / 2);
    if (hypergeometricTails({ k: hits, drawn, marked, population }).atLeast > delta) lower = marked;
    else low = marked + 1;
  }
  let upper = fewest;
  for (let high = most; upper < high; ) {
    const marked = upper + Math.ceil((high - upper) / 2);
    if (hypergeometricTails({ k: hits, drawn, marked, population }).atMost > delta) upper = marked;
    else high = marked - 1;
  }
  return { lower, upper };
};
