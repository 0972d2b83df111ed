import type { Gold } from '../domain/gold.js';
import { FLOWING, STALLED } from '../domain/label.js';
import type { Targets } from '../domain/targets.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { logit } from '../kernel/special/logit.js';
import { binned, boundsOn, type Costs, type Reach } from './bounds.js';
import { run, type Trajectories } from './replay/index.js';
import type { Rule } from './rule.js';

/** What a path of stop rules is made from. */
export interface RulePathOptions extends Reach {
  readonly targets: Targets;
  /** P(stalled) in the population to decide about, in (0, 1); gold is weighted to it. */
  readonly prevalence: number;
  /** Shares of the allowed risks that the estimated risks of candidates may reach, ascending; default `SAFETY`. */
  readonly safety?: readonly number[];
}

/** A rule with its estimated cost and risks on the stacks it was fitted on. No guarantee. */
export interface Candidate {
  readonly rule: Rule;
  /** Costs of errors for which this rule is the best. */
  readonly costs: Costs;
  readonly votesPerStack: number;
  /** P(called flowing | stalled): the rate on gold, shrunk towards the rate by the posterior. */
  readonly missed: number;
  /** P(called stalled | flowing), likewise. */
  readonly alarmed: number;
}

/**
 * Relative error of a rate by the posterior. In simulated laboratories with a thousand stalled gold stacks its miss rate was
 * off by about 30 %.
 */
const POSTERIOR_ERROR = 0.3;

/** From very conservative to just within the targets. */
export const SAFETY: readonly number[] = [0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1];

/**
 * Degrees of safety at which rules are searched for, whichever are wanted. The best rule of one degree is near the best of
 * the next; a search at one degree alone gets stuck, at up to twice the votes.
 */
const SEARCHED: readonly number[] = [...SAFETY, 0.6, 0.8, 0.9, 0.95, 1.05, 1.1, 1.2].sort((a, b) => a - b);

/**
 * Logarithms of the cost of an alarm, from “decide now” to “ask all”; and of the ratio between the cost of a miss and that
 * of an alarm, around the ratio at which all allowed misses cost as much as all allowed alarms.
 */
const ALARM = { from: 0, to: 6.5, step: 0.5 };
const RATIO = { from: -3, to: 3, step: 0.5 };
/** The smallest step of the search. */
const REFINED = 0.125;

/**
 * Candidates for a certificate, fitted on gold for fitting: the cheapest rule at each degree of safety, the most conservative
 * first. Of rules with almost the same cost it takes the one furthest inside the targets.
 *
 * min votes per stack   subject to   missed ≤ safety · (1 − sensitivity),  alarmed ≤ (1 − (1 − safety) d) · (1 − specificity)
 *
 * over the rules of least expected cost (`bounds`); d is four relative standard errors of the alarm rate, at most ¾. With a
 * few hundred stalled stacks a count of misses is coarse, and the posterior depends on its assumptions. So each rate is the
 * count on gold with the posterior's rate as prior. The prior weighs as many stacks as are needed to know the rate within
 * 30 %: about 1,100 at a rate of .01, 200 at .05.
 *
 * @param gold - for fitting only; both classes needed
 * @param options - targets, prevalence, and votes at least and at most
 * @returns candidates for `Replay.certifyRule`; if no rule seems to reach the targets, the one that comes nearest
 * @throws RangeError when no gold of a class is among the trajectories
 * @example
 * const lab = Simulate.dataset({ stacks: 0, prevalence: 0.05, model: {}, votes: { perStack: 10 }, gold: { stalled: 200, flowing: 600, chosen: 'stratified' } })(1);
 * const fit = Gold.as('fit')(lab.gold);
 * const votes = Replay.arrivals(lab.votes);
 * const model = Calibration.evidence({ calibrator: Errors.getOrThrow(Calibration.platt(fit)(lab.scores)), scores: lab.scores })(votes);
 * const paths = Replay.traitTrajectories(Asking.fitTraitModel(fit, { prevalence: 0.05, model })(votes), model)(votes);
 * const path = Asking.path(fit, { targets: { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 }, prevalence: 0.05, maxVotes: 10 })(paths);
 * path.every((candidate, i) => i === 0 || candidate.votesPerStack <= path[i - 1].votesPerStack) // => true
 */
export const path =
  (gold: Gold<'fit'>, options: RulePathOptions) =>
  (paths: Trajectories): readonly Candidate[] => {
    const tried = new Map<string, Candidate>();
    const known = weights(gold, options.prevalence, paths);
    const attempt = { at: attemptOn(known, options, paths), flowing: known.count[0] };
    const tryAt = (alarm: number, ratio: number): void => {
      const key = `${alarm} ${ratio}`;
      if (!tried.has(key)) tried.set(key, attempt.at({ alarm: Math.exp(alarm), miss: Math.exp(alarm + ratio) }));
    };
    const { sensitivity, specificity } = options.targets;
    const even = Math.round(Math.log((1 - specificity) / (1 - sensitivity)) - logit(options.prevalence));
    for (let alarm = ALARM.from; alarm <= ALARM.to; alarm += ALARM.step) {
      for (let ratio = RATIO.from; ratio <= RATIO.to; ratio += RATIO.step) tryAt(alarm, even + ratio);
    }
    const uncertainty = relativeUncertainty(attempt.flowing, 1 - specificity);
    const safe = (safety: number): readonly Candidate[] =>
      [...tried.values()].filter(
        ({ missed, alarmed }) =>
          missed <= safety * (1 - sensitivity) && alarmed <= (1 - (1 - safety) * uncertainty) * (1 - specificity),
      );
    const cheapest = (safety: number): Candidate | undefined =>
      safe(safety).reduce<Candidate | undefined>(
        (best, one) => (best === undefined || isBetter(one, best, options.targets) ? one : best),
        undefined,
      );
    const margin = marginOf(options.targets, known.count);
    const surest = (safety: number): Candidate | undefined => {
      const least = cheapest(safety);
      if (least === undefined) return undefined;
      return safe(safety)
        .filter(({ votesPerStack }) => votesPerStack <= (1 + ALMOST_EQUAL) * least.votesPerStack)
        .reduce((best, one) => (margin(one) > margin(best) ? one : best), least);
    };
    const safeties = options.safety ?? SAFETY;
    // Smaller and smaller steps from the best of the grid, each repeated while it finds a better rule.
    for (let step = ALARM.step / 2; step >= REFINED; step /= 2) {
      for (const safety of new Set([...SEARCHED, ...safeties])) {
        let best = cheapest(safety);
        for (let before: Candidate | undefined; best !== undefined && best !== before; ) {
          before = best;
          const [alarm, ratio] = [Math.log(best.costs.alarm), Math.log(best.costs.miss / best.costs.alarm)];
          for (const up of [-step, 0, step]) {
            for (const over of [-step, 0, step]) tryAt(round(alarm + up), round(ratio + over));
          }
          best = cheapest(safety);
        }
      }
    }
    const chosen: Candidate[] = [];
    for (const safety of safeties) {
      const candidate = surest(safety);
      if (candidate !== undefined && isCheaper(candidate, chosen.at(-1))) chosen.push(candidate);
    }
    return chosen.length > 0 ? chosen : [nearest([...tried.values()], options.targets)];
  };

/** The common class has many stacks, so conservative candidates need less room there: four standard errors, at most ¾. */
const relativeUncertainty = (n: number, limit: number): number =>
  Math.min(0.75, 4 * Math.sqrt((1 - limit) / (limit * n)));

/** Costs that differ by this share or less count as the same. */
const ALMOST_EQUAL = 0.02;

/** How far both risks are inside the limits, in standard errors of gold's counts; the smaller of the two. */
const marginOf =
  ({ sensitivity, specificity }: Targets, [flowing, stalled]: readonly number[]) =>
  ({ missed, alarmed }: Candidate): number =>
    Math.min(
      (1 - sensitivity - missed) / Math.sqrt((sensitivity * (1 - sensitivity)) / stalled),
      (1 - specificity - alarmed) / Math.sqrt((specificity * (1 - specificity)) / flowing),
    );

const isCheaper = (a: Candidate, b: Candidate | undefined): boolean =>
  b === undefined || a.votesPerStack < b.votesPerStack;

/** Fewer votes; and of rules that cost the same, the one further inside the targets. */
const isBetter = (a: Candidate, b: Candidate, targets: Targets): boolean =>
  a.votesPerStack < b.votesPerStack || (a.votesPerStack === b.votesPerStack && excess(a, targets) < excess(b, targets));

/** The larger of the two risks, as a multiple of what is allowed. */
const excess = ({ missed, alarmed }: Candidate, { sensitivity, specificity }: Targets): number =>
  Math.max(missed / (1 - sensitivity), alarmed / (1 - specificity));

const nearest = (candidates: readonly Candidate[], targets: Targets): Candidate =>
  candidates.reduce((best, candidate) => (excess(candidate, targets) < excess(best, targets) ? candidate : best));

const round = (x: number): number => Math.round(x * 1024) / 1024;

/** Weight of each stack: gold of a class stands for that class of the population, other stacks for themselves. */
const weights = (gold: Gold<'fit'>, prevalence: number, paths: Trajectories) => {
  const place = rowOfId(paths.stackIds);
  const truth = new Int8Array(paths.stackIds.length).fill(-1);
  const count = [0, 0];
  for (let g = 0; g < gold.stackIds.length; g++) {
    const s = place.get(gold.stackIds[g]);
    if (s === undefined) continue;
    truth[s] = gold.label[g];
    count[gold.label[g]]++;
  }
  if (count[0] === 0 || count[1] === 0) {
    throw RangeError(
      `gold: expected both classes among the trajectories, got ${count[1]} stalled and ${count[0]} flowing`,
    );
  }
  const all = count[0] + count[1];
  const share = [((1 - prevalence) * all) / count[0], (prevalence * all) / count[1]];
  return { truth, count, weight: Float64Array.from(truth, (y) => (y < 0 ? 1 : share[y])) };
};

/** A rate from a count, with a Beta prior whose mean is `rate` and whose relative standard deviation is `POSTERIOR_ERROR`. */
const shrunk = (k: number, n: number, rate: number): number => {
  if (!(rate > 0)) return k / n;
  const weight = (1 - rate) / (rate * POSTERIOR_ERROR ** 2);
  return (k + weight * rate) / (n + weight);
};

const attemptOn = ({ truth, count, weight }: ReturnType<typeof weights>, reach: Reach, paths: Trajectories) => {
  const bins = binned(paths, weight);
  const total = weight.reduce((sum, w) => sum + w, 0);
  return (costs: Costs): Candidate => {
    const rule = boundsOn(bins, costs, reach);
    const { decisions, votes } = run(rule)(paths);
    let [used, missed, alarmed] = [0, 0, 0];
    let [stalled, flowing, pMissed, pAlarmed] = [0, 0, 0, 0];
    for (let s = 0; s < decisions.length; s++) {
      used += weight[s] * votes[s];
      const p = weight[s] / (1 + Math.exp(-paths.logOdds[paths.first[s] + votes[s]]));
      stalled += p;
      flowing += weight[s] - p;
      if (decisions[s] === FLOWING) {
        pMissed += p;
        if (truth[s] === STALLED) missed++;
      } else if (decisions[s] === STALLED) {
        pAlarmed += weight[s] - p;
        if (truth[s] === FLOWING) alarmed++;
      }
    }
    return {
      rule,
      costs,
      votesPerStack: used / total,
      missed: shrunk(missed, count[1], pMissed / stalled),
      alarmed: shrunk(alarmed, count[0], pAlarmed / flowing),
    };
  };
};
