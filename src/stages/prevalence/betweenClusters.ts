import type { Interval } from '../../domain/interval.js';
import { studentQuantile } from '../../kernel/special/student.js';

/** Figures of several clusters (mice), each cluster counting the same. */
export interface BetweenClusters {
  readonly clusters: number;
  /** Absent without clusters. */
  readonly mean?: number;
  /** Standard deviation between clusters, sampling noise within them included. Absent under two clusters. */
  readonly deviation?: number;
  /** Student's interval of the mean, for clusters like these. Absent under two clusters. */
  readonly interval?: Interval;
  /** True under 20 clusters: the interval then leans on figures that are normal, which rare events are not. */
  readonly tooFew: boolean;
}

const FEWEST = 20;

/**
 * Mean of clusters with the interval that treats the cluster as the unit: what holds for mice like these, not only for
 * the stacks at hand. It is approximate where clusters are few or their figures are skewed.
 *
 * mean ± t · s/√k,   t the Student quantile of k − 1 degrees of freedom
 *
 * @param options - confidence in (0, 1)
 * @example
 * Prevalence.betweenClusters({ confidence: 0.95 })([0.01, 0.014, 0.006, 0.01]).interval // => { lower: 0.00480309, upper: 0.0151969 }
 * @see docs/math.md#prevalence · Student (1908), doi:10.1093/biomet/6.1.1
 */
export const betweenClusters =
  ({ confidence }: { readonly confidence: number }) =>
  (figures: readonly number[]): BetweenClusters => {
    const clusters = figures.length;
    const tooFew = clusters < FEWEST;
    if (clusters === 0) return { clusters, tooFew };
    const mean = figures.reduce((sum, x) => sum + x, 0) / clusters;
    if (clusters === 1) return { clusters, mean, tooFew };
    const deviation = Math.sqrt(figures.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (clusters - 1));
    const half = (studentQuantile(clusters - 1, (1 - confidence) / 2) * deviation) / Math.sqrt(clusters);
    return { clusters, mean, deviation, interval: { lower: mean - half, upper: mean + half }, tooFew };
  };
