import type { Trajectories } from '../replay/index.js';
import { type BinCosts, type OrderedDivision, orderedDivision } from './orderedDivision.js';
import { requireStopRule, type StopBounds, type StopRule } from './rule.js';

/** What is paid, in votes: the price of one vote is 1. */
export interface Prices {
  /** Of an expert's look at one stack; > 0. */
  readonly expert: number;
  /** Of a stalled stack called flowing; > 0. */
  readonly miss: number;
  /** Of a flowing stack called stalled; > 0. `alarmPrice` gives it from the posterior a call needs. */
  readonly alarm: number;
}

/** How far a rule may go. */
export interface Extent {
  /** Nothing is called flowing or stalled on fewer votes; default 0. */
  readonly leastVotes?: number | undefined;
  /** Votes on one stack at most; ≥ `leastVotes`. */
  readonly mostVotes: number;
  /** No expert is asked on fewer votes; default 0. After the most votes an expert may always be asked. */
  readonly expertsFrom?: number | undefined;
}

/** What a rule is solved for. */
export interface SolveOptions extends Pick<Extent, 'leastVotes' | 'expertsFrom'> {
  readonly prices: Prices;
}

/** Stacks a rule is fitted on, put into bins once, so that many prices can be tried. */
export interface FittingRows {
  /** Stacks with at least `mostVotes` votes. */
  readonly rows: number;
  readonly mostVotes: number;
  /** What each row stands for; aligned with the rows. */
  readonly weight: Float64Array;
  /** Element `n · rows + r` is about row r after n votes: its bin, and P(stalled). */
  readonly bin: Uint16Array;
  readonly stalled: Float64Array;
  /** Element `n · BINS + b`: weight and Σ weight · P(stalled) of bin b after n votes. */
  readonly mass: Float64Array;
  readonly stalledMass: Float64Array;
  /** Entry n: the bins with stacks after n votes, ascending. */
  readonly filled: readonly Uint16Array[];
}

/** Log-odds in bins of `WIDTH` nats between these; the outermost take all that lies beyond. */
const LEAST = -20;
const MOST = 12;
const WIDTH = 0.25;
const BINS = Math.round((MOST - LEAST) / WIDTH);

/** The left edge of a bin. */
const placeOf = (edge: number): number => LEAST + edge * WIDTH;

const binOf = (logOdds: number): number => {
  const b = Math.min(BINS - 1, Math.max(0, Math.floor((logOdds - LEAST) / WIDTH)));
  // The sum above is rounded, the comparison of `firstStop` is not.
  return b > 0 && logOdds < placeOf(b) ? b - 1 : b;
};

/** What a bin without stacks counts, in stacks: it breaks ties and outweighs nothing. */
const TRACE = 1e-6;

/**
 * The price of an alarm at which "stalled" beats an expert from posterior q on: alarm · (1 − p) ≤ expert iff p ≥ q.
 *
 * alarm = expert / (1 − q)
 *
 * @param stalledPosterior - q in [0, 1); ½ unless somebody wants a wide list of candidates
 * @throws RangeError when it is outside [0, 1)
 * @example
 * StopRule.alarmPrice({ expert: 20, stalledPosterior: 0.5 }) // => 40
 */
export const alarmPrice = ({
  expert,
  stalledPosterior,
}: {
  readonly expert: number;
  readonly stalledPosterior: number;
}): number => {
  if (!(stalledPosterior >= 0 && stalledPosterior < 1)) {
    throw RangeError(`stalledPosterior must be in [0, 1), got ${stalledPosterior}`);
  }
  return expert / (1 - stalledPosterior);
};

/**
 * Puts trajectories into bins, for `solveOn`. Stacks with fewer votes than a rule may ask for are left out, because nobody
 * knows how they would have gone on.
 *
 * @param mostVotes - of the rules to come, an integer from 0
 * @param weight - what each stack stands for; 1 each when absent
 * @throws RangeError when weights are not aligned with the trajectories, or no stack has so many votes
 */
export const fittingRows =
  ({ mostVotes, weight }: { readonly mostVotes: number; readonly weight?: Float64Array | undefined }) =>
  ({ stackIds, first, logOdds }: Trajectories): FittingRows => {
    if (weight !== undefined && weight.length !== stackIds.length) {
      throw RangeError(`weight: expected ${stackIds.length} rows, got ${weight.length}`);
    }
    const long = Array.from(stackIds.keys()).filter((s) => first[s + 1] - first[s] - 1 >= mostVotes);
    if (long.length === 0) throw RangeError(`trajectories: expected stacks with ${mostVotes} votes, got none`);
    const rows = long.length;
    const own = Float64Array.from(long, (s) => weight?.[s] ?? 1);
    const bin = new Uint16Array((mostVotes + 1) * rows);
    const stalled = new Float64Array((mostVotes + 1) * rows);
    const mass = new Float64Array((mostVotes + 1) * BINS);
    const stalledMass = new Float64Array((mostVotes + 1) * BINS);
    for (let n = 0; n <= mostVotes; n++) {
      for (let r = 0; r < rows; r++) {
        const z = logOdds[first[long[r]] + n];
        const b = binOf(z);
        const p = 1 / (1 + Math.exp(-z));
        bin[n * rows + r] = b;
        stalled[n * rows + r] = p;
        mass[n * BINS + b] += own[r];
        stalledMass[n * BINS + b] += own[r] * p;
      }
    }
    const filled = Array.from({ length: mostVotes + 1 }, (_, n) =>
      Uint16Array.from(Array.from({ length: BINS }, (_, b) => b).filter((b) => mass[n * BINS + b] > 0)),
    );
    return { rows, mostVotes, weight: own, bin, stalled, mass, stalledMass, filled };
  };

/**
 * The stop rule of least expected cost, with an expert as an action at every number of votes.
 *
 * V_K(z) = min( miss · p, expert, alarm · (1 − p) )        p = σ(z)
 * V_n(z) = min( miss · p, expert, alarm · (1 − p), 1 + E[V_{n+1}] )
 *
 * From the last vote back: what asking costs is 1 and the stack's own realised later cost under the bounds just found, summed
 * over stacks in bins; of all ordered divisions flowing | ask | expert | ask | stalled the cheapest is taken. No truth is used
 * but through weights: the posterior says what an error would cost. O(K (stacks + 5 bins)).
 *
 * @param options - prices in votes, all > 0; votes at least and at most
 * @returns bounds after each number of votes; a contradiction is one nat beyond `flowingBelow`, or a posterior below the one
 *   from which "stalled" beats an expert
 * @throws RangeError when prices are not positive or `leastVotes` is above `mostVotes`
 * @example
 * const lab = Simulate.dataset({ stacks: 2000, prevalence: 0.05, votes: { perStack: 7 }, gold: { stalled: 100, flowing: 200, chosen: 'stratified' } })(1);
 * const look = Asking.fitTraitModel(Gold.as('fit')(lab.gold), { prevalence: 0.05 })(Simulate.inputs(lab).votes);
 * const path = Replay.traitTrajectories(look)(Replay.arrivals(lab.votes));
 * const rule = StopRule.solve({ prices: { expert: 20, miss: 1000, alarm: 40 }, leastVotes: 1, mostVotes: 7 })(path);
 * [rule.bounds.length, rule.bounds[7]] // => [8, { flowingBelow: -4, expertFrom: -4, expertBelow: 0, stalledFrom: 0 }]
 * @see docs/math.md#asking · Wald & Wolfowitz (1950); Longstaff & Schwartz (2001), doi:10.1093/rfs/14.1.113 (realised values)
 */
export const solve =
  (options: SolveOptions & Extent) =>
  (paths: Trajectories): StopRule =>
    solveOn(options)(fittingRows(options)(paths));

/** The same on trajectories already in bins. */
export const solveOn =
  ({ prices, leastVotes = 0, expertsFrom = 0 }: SolveOptions) =>
  (fitting: FittingRows): StopRule => {
    const { mostVotes, rows, weight, bin } = fitting;
    requirePrices(prices);
    if (!(Number.isSafeInteger(leastVotes) && leastVotes >= 0 && leastVotes <= mostVotes)) {
      throw RangeError(`leastVotes must be an integer from 0 to ${mostVotes}, got ${leastVotes}`);
    }
    const bounds = new Array<StopBounds>(mostVotes + 1);
    // What each row costs from n votes on, under the bounds found for n and more votes.
    const later = new Float64Array(rows);
    const asking = new Float64Array(BINS);
    for (let n = mostVotes; n >= 0; n--) {
      const costs = stopCosts(fitting, prices, n, {
        decide: n >= leastVotes,
        expert: n >= Math.min(expertsFrom, mostVotes),
      });
      if (n < mostVotes) {
        asking.fill(0);
        for (let r = 0; r < rows; r++) asking[bin[n * rows + r]] += weight[r] * (1 + later[r]);
        fillEmpty(asking, fitting.mass.subarray(n * BINS, (n + 1) * BINS), fitting.filled[n]);
        costs.ask.set(asking);
      }
      const { flowingEnd, expertStart, expertEnd, stalledStart } = orderedDivision(costs);
      for (let r = 0; r < rows; r++) {
        const b = bin[n * rows + r];
        const p = fitting.stalled[n * rows + r];
        if (b < flowingEnd) later[r] = prices.miss * p;
        else if (b >= stalledStart) later[r] = prices.alarm * (1 - p);
        else if (b >= expertStart && b < expertEnd) later[r] = prices.expert;
        else later[r]++;
      }
      bounds[n] = boundsAt({ flowingEnd, expertStart, expertEnd, stalledStart }, n === mostVotes);
    }
    const rule = { leastVotes, bounds, contradiction: contradictionOf(bounds, prices) };
    requireStopRule(rule);
    return rule;
  };

const requirePrices = ({ expert, miss, alarm }: Prices): void => {
  if (!(expert > 0 && miss > 0 && alarm > 0)) {
    throw RangeError(`prices must be above 0, got expert ${expert}, miss ${miss}, alarm ${alarm}`);
  }
};

/** Log-odds from which "stalled" is no dearer than an expert: alarm · (1 − p) = expert. */
const stalledAtLeast = ({ expert, alarm }: Pick<Prices, 'expert' | 'alarm'>): number =>
  alarm > expert ? Math.log(alarm / expert - 1) : Number.NEGATIVE_INFINITY;

/** What it costs to stop in each bin after n votes. Asking has no price yet: it is not allowed. */
const stopCosts = (
  { mass, stalledMass }: FittingRows,
  { expert, miss, alarm }: Prices,
  n: number,
  may: { readonly decide: boolean; readonly expert: boolean },
): BinCosts => {
  const costs = {
    flowing: new Float64Array(BINS).fill(Number.POSITIVE_INFINITY),
    ask: new Float64Array(BINS).fill(Number.POSITIVE_INFINITY),
    expert: new Float64Array(BINS).fill(Number.POSITIVE_INFINITY),
    stalled: new Float64Array(BINS).fill(Number.POSITIVE_INFINITY),
  };
  for (let b = 0; b < BINS; b++) {
    const isEmpty = mass[n * BINS + b] === 0;
    const all = isEmpty ? TRACE : mass[n * BINS + b];
    const stalled = isEmpty ? TRACE / (1 + Math.exp(-(LEAST + (b + 0.5) * WIDTH))) : stalledMass[n * BINS + b];
    if (may.expert) costs.expert[b] = expert * all;
    if (!may.decide) continue;
    costs.flowing[b] = miss * stalled;
    // Where an expert is cheaper nothing is called stalled, whatever the few stacks of a bin would have it.
    if (placeOf(b) >= stalledAtLeast({ expert, alarm })) costs.stalled[b] = alarm * (all - stalled);
  }
  return costs;
};

/** Gives bins without stacks the mean cost of asking of the nearest bins that have some, at a trace of a stack. */
const fillEmpty = (asking: Float64Array, mass: Float64Array, filled: Uint16Array): void => {
  const meanAt = (i: number): number => asking[filled[i]] / mass[filled[i]];
  for (let b = 0, right = 0; b < BINS; b++) {
    if (mass[b] > 0) continue;
    while (right < filled.length && filled[right] < b) right++;
    const [first, last] = [Math.max(0, right - 1), Math.min(filled.length - 1, right)];
    asking[b] = (TRACE * (meanAt(first) + meanAt(last))) / 2;
  }
};

/** Edges of bins as places; at the ends of the line `null`. */
const boundsAt = (division: Omit<OrderedDivision, 'cost'>, isLast: boolean): StopBounds => {
  const { flowingEnd, expertStart, expertEnd, stalledStart } = division;
  const flowingBelow = flowingEnd === 0 ? null : placeOf(flowingEnd);
  const stalledFrom = stalledStart === BINS ? null : placeOf(stalledStart);
  if (expertStart < expertEnd) {
    return {
      flowingBelow,
      expertFrom: expertStart === 0 ? null : placeOf(expertStart),
      expertBelow: expertEnd === BINS ? null : placeOf(expertEnd),
      stalledFrom,
    };
  }
  // Nobody's part must stand somewhere. After the last vote it is where flowing and stalled meet.
  if (isLast) {
    const meet = placeOf(flowingEnd);
    return { flowingBelow: meet, expertFrom: meet, expertBelow: meet, stalledFrom: meet };
  }
  const nowhere = stalledFrom ?? flowingBelow ?? 0;
  return { flowingBelow, expertFrom: nowhere, expertBelow: nowhere, stalledFrom };
};

/** Nats beyond the last bound for flowing at which later votes count as a contradiction. */
const SLACK = 1;

const contradictionOf = (bounds: readonly StopBounds[], prices: Prices): StopRule['contradiction'] => {
  const flowing = bounds.flatMap(({ flowingBelow }) => flowingBelow ?? []);
  const last = bounds[bounds.length - 1].flowingBelow ?? (flowing.length === 0 ? undefined : Math.max(...flowing));
  const least = stalledAtLeast(prices);
  return {
    flowingAbove: last === undefined ? null : last + SLACK,
    stalledBelow: Number.isFinite(least) ? least : null,
  };
};
