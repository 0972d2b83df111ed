import { type DriftOfScores, ofScores, type ScoreDriftOptions } from './scores.js';

/** The scores of each mouse or session, then and now. */
export interface ClusteredScores {
  readonly reference: readonly (readonly number[])[];
  readonly now: readonly (readonly number[])[];
}

/** Drift of scores with the cluster as the unit; `n` counts clusters. */
export interface DriftOfClusters extends DriftOfScores {
  /** Scores taken of each cluster. */
  readonly each: number;
  /** Clusters with fewer scores, which take no part. */
  readonly left: { readonly reference: number; readonly now: number };
}

/** Clusters with so few scores that taking as few of all others would waste them. */
const SMALL = 0.1;

/**
 * Watches scores for drift with the mouse or session as the unit, for stacks of one cluster that resemble each other.
 *
 * Of each cluster m scores are taken, the first ones, and m is the size that nine of ten clusters have. So clusters from the
 * same source are exchangeable, whatever their sizes. The distance is that of the distributions of the clusters’ means. For a
 * tail clusters are called high or low by their share above the place, against the median share of all of them, and counted
 * (Fisher’s exact test). Few clusters can raise no alarm: then `alarmAbove` is 1 or more.
 *
 * @param options - as for `Drift.ofScores`
 * @returns takes the scores of each cluster, in an order that has nothing to do with their values
 * @throws RangeError when a score is NaN
 * @example
 * const mice = (n, shift) => Array.from({ length: n }, (_, mouse) => Array.from({ length: 20 }, (_, i) => ((7 * mouse + i) % 50) / 50 + shift));
 * const alike = Drift.ofClusters({})({ reference: mice(200, 0), now: mice(100, 0) });
 * const moved = Drift.ofClusters({})({ reference: mice(200, 0), now: mice(100, 0.5) });
 * [alike.alarm, moved.alarm, moved.n] // => [false, true, { reference: 200, now: 100 }]
 * @see docs/math.md#drift · docs/math.md#clusters
 */
export const ofClusters =
  ({ at = [], falseAlarm = 0.01 }: ScoreDriftOptions) =>
  ({ reference, now }: ClusteredScores): DriftOfClusters => {
    const sizes = [...reference, ...now].map((scores) => scores.length).sort((a, b) => a - b);
    const each = Math.max(1, sizes[Math.floor(SMALL * sizes.length)] ?? 1);
    const isLarge = (scores: readonly number[]): boolean => scores.length >= each;
    const taken = (clusters: readonly (readonly number[])[]): readonly (readonly number[])[] =>
      clusters.filter(isLarge).map((scores) => scores.slice(0, each));
    const [then, today] = [taken(reference), taken(now)];
    const share = at.length === 0 ? 1 : 1 / 2;
    const distance = ofScores({ falseAlarm: falseAlarm * share })({ reference: means(then), now: means(today) });
    const tails = at.flatMap((above) => {
      const sharesAbove = (clusters: readonly (readonly number[])[]): Float64Array =>
        Float64Array.from(clusters, (scores) => scores.reduce((n, score) => n + Number(score > above), 0) / each);
      const samples = { reference: sharesAbove(then), now: sharesAbove(today) };
      const middle = median([...samples.reference, ...samples.now]);
      // Half of this is for the one tail; the other half would be for a distance, which the one above has.
      const found = ofScores({ at: [middle], falseAlarm: falseAlarm / at.length })(samples);
      return found.tails.map((tail) => ({ ...tail, above }));
    });
    return {
      ...distance,
      falseAlarm,
      tails,
      alarm: distance.alarm || tails.some(({ alarm }) => alarm),
      each,
      left: { reference: reference.length - then.length, now: now.length - today.length },
    };
  };

const means = (clusters: readonly (readonly number[])[]): Float64Array =>
  Float64Array.from(clusters, (scores) => scores.reduce((sum, score) => sum + score, 0) / scores.length);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
