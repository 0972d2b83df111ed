import { logit } from '../../kernel/special/logit.js';
import { poissonCdf } from '../../kernel/special/poisson.js';
import type { SeenGold } from './goldRows.js';

/** How gold lies around the one score that divides its labels. */
export interface ScoreCut {
  /** False: some flowing gold is scored as high as some stalled gold, so labels are no function of the score. */
  readonly divides: boolean;
  /** Highest score of flowing and lowest of stalled gold. */
  readonly below: number;
  readonly above: number;
  /** Scored gold of each class, and how many of it next to the cut are looked at; 0: too few to tell. */
  readonly stalled: { readonly n: number; readonly near: number };
  readonly flowing: { readonly n: number; readonly near: number };
  /** Of "each class thins out towards the cut"; 1 where nothing can be told. */
  readonly pValue: number;
}

/** Closest scores of one class that are looked at: so many times the root of what there is, between these. */
const NEAR = 2.2;
const FEWEST_NEAR = 8;
const MOST_NEAR = 64;

/** Scores nearer to 0 or 1 have no digits left. */
const CLIP = 2 ** -24;

/**
 * Are labels a cut through the score? A score that divides gold without an exception may be very good. But the classes of a
 * very good score thin out towards the cut. Where they stand there as densely as if the cut was not there, somebody cut.
 *
 *   S = Σ −2 ln(dᵢ/d_k) over i = 2 … k − 1 of each class,  d = distance to the other class;   p = P(Gamma(k₁ + k₀ − 4, 1) ≥ S)
 *
 * If the density of a class falls to 0 at the cut at least linearly, (dᵢ/d_k)² is at least uniform, so p is too large rather than too
 * small. If the density is flat, S is twice as large as expected.
 *
 * @see docs/math.md#gold-that-proves-nothing
 */
export const labelOfScore = (gold: readonly SeenGold[]): ScoreCut => {
  const scored = gold.flatMap(({ score, label }) => (score === undefined ? [] : [{ score, label }]));
  const isShare = scored.every(({ score }) => score >= 0 && score <= 1);
  const placed = (wanted: number): Float64Array =>
    Float64Array.from(
      scored.flatMap(({ score, label }) => {
        if (label !== wanted) return [];
        return [isShare ? logit(Math.min(Math.max(score, CLIP), 1 - CLIP)) : score];
      }),
    ).sort();
  const flowing = placed(0);
  const stalled = placed(1);
  const below = scored.reduce((most, { score, label }) => (label === 0 ? Math.max(most, score) : most), -Infinity);
  const above = scored.reduce((least, { score, label }) => (label === 1 ? Math.min(least, score) : least), Infinity);
  const divides = flowing.length > 0 && stalled.length > 0 && below < above;
  const near = (n: number): number => {
    const wanted = Math.min(MOST_NEAR, Math.floor(NEAR * Math.sqrt(n)));
    return wanted < FEWEST_NEAR ? 0 : wanted;
  };
  const found = {
    divides,
    below,
    above,
    stalled: { n: stalled.length, near: near(stalled.length) },
    flowing: { n: flowing.length, near: near(flowing.length) },
  };
  if (!divides || found.stalled.near === 0 || found.flowing.near === 0) return { ...found, pValue: 1 };
  const [low, high] = [flowing[flowing.length - 1], stalled[0]];
  const distances = [
    Array.from({ length: found.flowing.near }, (_, i) => high - flowing[flowing.length - 1 - i]),
    Array.from({ length: found.stalled.near }, (_, i) => stalled[i] - low),
  ];
  const sum = distances.reduce(
    // Without the gap itself: if classes that overlap are divided by luck, the gap is small, too.
    (all, own) => all + own.slice(1).reduce((part, distance) => part - 2 * Math.log(distance / own[own.length - 1]), 0),
    0,
  );
  return { ...found, pValue: poissonCdf({ k: found.flowing.near + found.stalled.near - 5, mean: sum }) };
};
