import type { Trajectories } from './replay/index.js';
import type { Rule } from './rule.js';

/** What errors cost, in votes: the price of one answer is 1. */
export interface Costs {
  /** Of a stalled stack called flowing; > 0. */
  readonly miss: number;
  /** Of a flowing stack called stalled; > 0. */
  readonly alarm: number;
}

/** How far asking may go. */
export interface Reach {
  /** Default 0. */
  readonly minVotes?: number;
  readonly maxVotes: number;
}

/** Log-odds are put into bins of `WIDTH` nats between these two. Beyond them a decision is final. */
const LEAST = -16;
const MOST = 12;
const WIDTH = 0.1;
const BINS = Math.round((MOST - LEAST) / WIDTH);
/** A bin is pooled with its neighbours until it holds at least `ENOUGH` stacks, at most `REACH` bins away. */
const ENOUGH = 40;
const REACH = 15;

/** Trajectories in bins, computed once for many costs. */
export interface BinnedPaths {
  readonly first: Uint32Array;
  readonly bin: Uint16Array;
  readonly weight: Float64Array;
}

/** @param weight - of each stack, e.g. to bring stratified gold to the prevalence; 1 each when absent */
export const binned = ({ stackIds, first, logOdds }: Trajectories, weight?: Float64Array): BinnedPaths => ({
  first,
  bin: Uint16Array.from(logOdds, (z) => Math.min(BINS - 1, Math.max(0, Math.floor((z - LEAST) / WIDTH)))),
  weight: weight ?? new Float64Array(stackIds.length).fill(1),
});

/**
 * The stop rule of least expected cost: after each number of votes, stop where one more vote saves less than it costs.
 *
 * V_n(z) = min( miss · p, alarm · (1 − p), 1 + E[V_{n+1}(z′) | z_n = z] ),   p = σ(z)
 *
 * The expectation is the average over the trajectories that were at z after n votes, so it includes the dependence of votes
 * on one stack. No truth is used: the posterior gives the expected cost of an error. A bound is where asking saves most,
 * summed over all stacks between it and the cut.
 *
 * @param costs - of a miss and of an alarm, in votes
 * @param reach - votes at least and at most
 * @returns bounds for each number of votes; the last call is the log-odds at which both errors cost the same
 * @example
 * const lab = Simulate.dataset({ stacks: 2000, prevalence: 0.05, votes: { perStack: 7 }, gold: { stalled: 100, flowing: 200, chosen: 'stratified' } })(1);
 * const traitModel = Asking.fitTraitModel(Gold.as('fit')(lab.gold), { prevalence: 0.05 })(Simulate.inputs(lab).votes);
 * const path = Replay.traitTrajectories(traitModel)(Replay.arrivals(lab.votes));
 * const rule = Asking.bounds({ miss: 300, alarm: 10 }, { minVotes: 1, maxVotes: 7 })(path);
 * [rule.flowingBelow.length, rule.lastCall] // => [8, -3.4012]
 * @see docs/math.md#asking · Wald & Wolfowitz (1950); Longstaff & Schwartz (2001), doi:10.1093/rfs/14.1.113 (values by regression)
 */
export const bounds =
  (costs: Costs, reach: Reach) =>
  (paths: Trajectories): Rule =>
    boundsOn(binned(paths), costs, reach);

/** The same on trajectories already in bins. */
export const boundsOn = (
  { first, bin, weight }: BinnedPaths,
  { miss, alarm }: Costs,
  { minVotes = 0, maxVotes }: Reach,
): Rule => {
  const stopCost = Float64Array.from({ length: BINS }, (_, b) => {
    const p = 1 / (1 + Math.exp(-(LEAST + (b + 0.5) * WIDTH)));
    return Math.min(miss * p, alarm * (1 - p));
  });
  const flowingIsBest = Math.log(alarm / miss);
  const cut = Math.min(BINS, Math.max(0, Math.round((flowingIsBest - LEAST) / WIDTH)));
  const edge = (b: number): number => (b === cut ? flowingIsBest : LEAST + b * WIDTH);
  const value = stopCost.slice();
  const going = new Float64Array(BINS);
  const sum = new Float64Array(BINS);
  const mass = new Float64Array(BINS);
  const seen = new Uint32Array(BINS);
  const flowingBelow: (number | null)[] = new Array(maxVotes + 1).fill(null);
  const stalledAbove: (number | null)[] = new Array(maxVotes + 1).fill(null);
  flowingBelow[maxVotes] = flowingIsBest;
  stalledAbove[maxVotes] = flowingIsBest;
  for (let n = maxVotes - 1; n >= 0; n--) {
    sum.fill(0);
    mass.fill(0);
    seen.fill(0);
    for (let s = 0; s < weight.length; s++) {
      const at = first[s] + n;
      if (at + 1 >= first[s + 1]) continue;
      sum[bin[at]] += weight[s] * value[bin[at + 1]];
      mass[bin[at]] += weight[s];
      seen[bin[at]]++;
    }
    for (let b = 0; b < BINS; b++) going[b] = 1 + nearby(b, { sum, mass, seen, otherwise: stopCost[b] });
    if (n >= minVotes) {
      const { low, high } = savingBins({ sum, mass, stopCost, cut });
      flowingBelow[n] = low === 0 ? null : edge(low);
      stalledAbove[n] = high === BINS ? null : edge(high);
      for (let b = 0; b < BINS; b++) value[b] = b < low || b >= high ? stopCost[b] : going[b];
    } else value.set(going);
  }
  return { flowingBelow, stalledAbove, minVotes, maxVotes, lastCall: flowingIsBest };
};

/**
 * The bins in which one more vote saves more than it costs, summed over all stacks between a bin and the cut.
 *
 * The first bin that breaks even would be chance where stacks are few; the sum weights each bin by its stacks.
 */
const savingBins = ({
  sum,
  mass,
  stopCost,
  cut,
}: {
  readonly sum: Float64Array;
  readonly mass: Float64Array;
  readonly stopCost: Float64Array;
  readonly cut: number;
}): { readonly low: number; readonly high: number } => {
  let [low, high] = [cut, cut];
  for (let b = cut - 1, saved = 0, most = 0; b >= 0; b--) {
    saved += mass[b] * (stopCost[b] - 1) - sum[b];
    if (saved > most) [most, low] = [saved, b];
  }
  for (let b = cut, saved = 0, most = 0; b < BINS; b++) {
    saved += mass[b] * (stopCost[b] - 1) - sum[b];
    if (saved > most) [most, high] = [saved, b + 1];
  }
  return { low, high };
};

/** Mean value around a bin, from as few neighbours as are needed for `ENOUGH` stacks. */
const nearby = (
  b: number,
  {
    sum,
    mass,
    seen,
    otherwise,
  }: {
    readonly sum: Float64Array;
    readonly mass: Float64Array;
    readonly seen: Uint32Array;
    readonly otherwise: number;
  },
): number => {
  let total = sum[b];
  let weight = mass[b];
  let stacks = seen[b];
  for (let d = 1; d <= REACH && stacks < ENOUGH; d++) {
    for (const i of [b - d, b + d]) {
      if (i < 0 || i >= sum.length) continue;
      total += sum[i];
      weight += mass[i];
      stacks += seen[i];
    }
  }
  return weight > 0 ? total / weight : otherwise;
};
