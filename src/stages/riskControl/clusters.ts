import { minimalSize } from '../../kernel/special/binomial.js';

/** One value per gold stack of one class, with the mouse or session it comes from. */
export interface Clustered {
  /** Log-odds, or errors as 0 and 1; errors are so rare that log-odds tell more. */
  readonly value: ArrayLike<number>;
  /** Aligned with `value`. */
  readonly cluster: readonly string[];
}

/** How much less gold is worth because stacks of one cluster resemble each other. */
export interface DesignEffect {
  readonly stacks: number;
  readonly clusters: number;
  /** Mean cluster size as a stack sees it: Σ m² / Σ m. */
  readonly clusterSize: number;
  /** Correlation of two stacks of one cluster. Absent: one cluster, only singletons, or no variation. */
  readonly icc?: number;
  /** Factor by which variances grow; ≥ 1. Absent with `icc`, unless all clusters are singletons (1). */
  readonly designEffect?: number;
  /** `stacks / designEffect`: about so many independent stacks tell as much. */
  readonly effective?: number;
  /** True under 20 clusters: then these figures are themselves guesses, and a certificate is refused (unless none has two stacks). */
  readonly tooFew: boolean;
}

/**
 * Intra-cluster correlation, design effect and effective number of stacks: a sensitivity analysis, not a certificate.
 *
 * icc = (MSB − MSW)/(MSB + (m₀ − 1) MSW),   m₀ = (N − Σm²/N)/(k − 1);   designEffect = 1 + (Σm²/N − 1)·max(0, icc)
 *
 * Binomial tails take stacks as independent. With ten mice of forty stacks each and icc .5 the certificate fails in 20 %
 * of calibrations instead of 5 %. Re-plan with `effective` in place of the stacks there are (`plan`'s `have`), or let the
 * cluster be the unit (`clustersNeeded`).
 *
 * @param clustered - values of gold of one class with their clusters
 * @throws RangeError when they are not aligned
 * @example
 * const value = [1, 1.2, 0.9, 3, 3.1, 2.8, -1, -0.8, -1.1];
 * const effect = RiskControl.designEffect({ value, cluster: ['a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c'] });
 * [effect.icc, effect.effective, effect.tooFew] // => [0.993992, 3.01206, true]
 * @see docs/math.md#clusters · Donner & Koval (1980), doi:10.2307/2530491 · Kish (1965), Survey Sampling, §8.2
 */
export const designEffect = ({ value, cluster }: Clustered): DesignEffect => {
  const stacks = value.length;
  if (cluster.length !== stacks) throw RangeError(`cluster: expected ${stacks} rows, got ${cluster.length}`);
  const sums = new Map<string, { n: number; sum: number; mean: number }>();
  let total = 0;
  for (let g = 0; g < stacks; g++) {
    const own = sums.get(cluster[g]) ?? { n: 0, sum: 0, mean: 0 };
    own.n++;
    own.sum += value[g];
    sums.set(cluster[g], own);
    total += value[g];
  }
  const clusters = sums.size;
  const mean = total / stacks;
  let squares = 0;
  let between = 0;
  for (const own of sums.values()) {
    own.mean = own.sum / own.n;
    squares += own.n * own.n;
    between += own.n * (own.mean - mean) ** 2;
  }
  let within = 0;
  for (let g = 0; g < stacks; g++) within += (value[g] - (sums.get(cluster[g])?.mean ?? 0)) ** 2;
  const counts = {
    stacks,
    clusters,
    clusterSize: stacks === 0 ? 0 : squares / stacks,
    tooFew: clusters < FEWEST_CLUSTERS,
  };
  // Alone in its cluster no stack can resemble another.
  if (stacks > 0 && clusters === stacks) return { ...counts, designEffect: 1, effective: stacks };
  const icc = analysisOfVariance({ stacks, clusters, squares, between, within });
  if (icc === undefined) return counts;
  const effect = 1 + (counts.clusterSize - 1) * Math.max(0, icc);
  return { ...counts, icc, designEffect: effect, effective: stacks / effect };
};

const analysisOfVariance = ({
  stacks,
  clusters,
  squares,
  between,
  within,
}: {
  readonly stacks: number;
  readonly clusters: number;
  readonly squares: number;
  readonly between: number;
  readonly within: number;
}): number | undefined => {
  if (clusters < 2) return undefined;
  const meanBetween = between / (clusters - 1);
  const meanWithin = within / (stacks - clusters);
  const size = (stacks - squares / stacks) / (clusters - 1);
  const variation = meanBetween + (size - 1) * meanWithin;
  return variation > 0 ? (meanBetween - meanWithin) / variation : undefined;
};

/**
 * Clusters needed, none with an error, when the cluster is the unit: a certificate without any assumption about what
 * happens inside one, for clusters drawn at random.
 *
 * smallest M with (1 − limit)^M ≤ δ, because risk = E[mean loss of a cluster] ≤ P(a cluster has an error in its gold)
 *
 * The risk is that of a stack of a random cluster: every mouse counts the same, however many stacks it has.
 *
 * @example
 * RiskControl.clustersNeeded({ limit: 0.01, delta: 0.05 }) // => 299
 * @see docs/math.md#clusters
 */
export const clustersNeeded = ({ limit, delta }: { readonly limit: number; readonly delta: number }): number =>
  minimalSize({ errors: 0, rate: limit, delta });

/** Below this neither the correlation within clusters nor a variance between them can be estimated. */
export const FEWEST_CLUSTERS = 20;
