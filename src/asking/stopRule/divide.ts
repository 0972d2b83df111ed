import type { Gold, GoldRole, GoldSet } from '../../domain/gold.js';
import type { Targets } from '../../domain/targets.js';
import { hashText } from '../../kernel/ids/hash.js';
import { minimalSize } from '../../kernel/special/binomial.js';

/** How to divide gold between fitting a stop rule and certifying it. */
export interface DivideOptions {
  readonly targets: Targets;
  /** Least share of gold of each class that fits, each in (0, 1); default .2 of stalled and .4 of flowing gold. */
  readonly fitShares?: { readonly stalled: number; readonly flowing: number } | undefined;
  /** Mouse or session of each gold stack, aligned with the gold; whole ones are divided. Absent: each stack by itself. */
  readonly cluster?: readonly string[] | undefined;
}

/** Misses are what certificates are short of; of flowing gold there is enough, and it helps the posterior. */
export const DEFAULT_FIT_SHARES = { stalled: 0.2, flowing: 0.4 } as const;
/** Share of clusters that fit, rounded up. */
const CLUSTER_SHARE = 0.2;
/** Fixed, so that there is no seed to try again with. */
const SALT = 0;

/**
 * Divides gold between fitting and tuning by the ids alone: there is no seed to try again with.
 *
 * tune = largest n ≤ (1 − share) · gold of the class with P(Bin(n, limit) ≤ k) ≤ δ < P(Bin(n − 1, limit) ≤ k) for some k
 *
 * Between two such sizes more tuning gold allows no further error, so it would only make the test stricter; what is left
 * over fits. In each class the stacks with the smallest hash of their id fit. With clusters each cluster fits or tunes whole;
 * the fifth of them with the smallest hash of their name fits, one at least.
 *
 * @param options - targets the rule is to be certified for; least shares that fit; clusters
 * @returns two disjoint parts that together are the whole; rows in the order of the input
 * @throws RangeError when a share is outside (0, 1), or clusters are not aligned
 * @example
 * const gold = Gold.from({ chosen: 'stratified' })(Array.from({ length: 1400 }, (_, i) => ({ stackId: `s${i}`, label: i < 700 ? 1 : 0 })));
 * const { fit, tune } = StopRule.divideGold({ targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 } })(gold);
 * [Gold.count(fit), Gold.count(tune)] // => [{ stalled: 227, flowing: 290 }, { stalled: 473, flowing: 410 }]
 * @see docs/math.md#end-to-end
 */
export const divideGold =
  ({ targets, fitShares = DEFAULT_FIT_SHARES, cluster }: DivideOptions) =>
  (gold: GoldSet): { readonly fit: Gold<'fit'>; readonly tune: Gold<'tune'> } => {
    for (const share of [fitShares.stalled, fitShares.flowing]) {
      if (!(share > 0 && share < 1)) throw RangeError(`fitShares must be in (0, 1), got ${share}`);
    }
    if (cluster !== undefined && cluster.length !== gold.stackIds.length) {
      throw RangeError(`cluster: expected ${gold.stackIds.length} rows, got ${cluster.length}`);
    }
    const fits = new Uint8Array(gold.stackIds.length);
    if (cluster !== undefined) {
      const names = [...new Set(cluster)];
      const place = new Map(names.map((name) => [name, placeOf(name)]));
      names.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0) || (a < b ? -1 : 1));
      const chosen = new Set(names.slice(0, Math.ceil(CLUSTER_SHARE * names.length)));
      cluster.forEach((name, g) => {
        fits[g] = Number(chosen.has(name));
      });
    } else {
      const delta = 1 - targets.confidence;
      for (const [label, share, limit] of [
        [0, fitShares.flowing, 1 - targets.specificity],
        [1, fitShares.stalled, 1 - targets.sensitivity],
      ] as const) {
        const rows = Array.from(gold.label.keys()).filter((g) => gold.label[g] === label);
        const place = new Map(rows.map((g) => [g, placeOf(gold.stackIds[g])]));
        rows.sort(
          (a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0) || (gold.stackIds[a] < gold.stackIds[b] ? -1 : 1),
        );
        const tuned = efficientSize(Math.floor((1 - share) * rows.length), limit, delta);
        for (const g of rows.slice(0, rows.length - tuned)) fits[g] = 1;
      }
    }
    return { fit: part(gold, 'fit', fits, 1), tune: part(gold, 'tune', fits, 0) };
  };

const placeOf = (name: string): number => hashText(`gold\n${name}`, SALT);

/** The largest sample of at most `most` that just allows its number of errors; `most` where not even 0 errors would pass. */
const efficientSize = (most: number, rate: number, delta: number): number => {
  let size = minimalSize({ errors: 0, rate, delta });
  if (size > most) return most;
  for (let errors = 1; ; errors++) {
    const next = minimalSize({ errors, rate, delta });
    if (next > most) return size;
    size = next;
  }
};

const part = <Role extends GoldRole>(gold: GoldSet, role: Role, fits: Uint8Array, keep: number): Gold<Role> => {
  const rows = Array.from(fits.keys()).filter((g) => fits[g] === keep);
  return {
    role,
    chosen: gold.chosen,
    stackIds: rows.map((g) => gold.stackIds[g]),
    label: Uint8Array.from(rows, (g) => gold.label[g]),
  };
};
