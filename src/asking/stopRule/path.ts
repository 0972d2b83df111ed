import type { Gold } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import type { Targets } from '../../domain/targets.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import type { Trajectories } from '../replay/index.js';
import { replayOn } from './replay.js';
import { EXPERT_AT_ONCE, type StopRule } from './rule.js';
import { alarmPrice, type Extent, fittingRows, type Prices, solveOn } from './solve.js';

/** Targets and prices from which a path of stop rules is made. */
export interface StopPathOptions extends Extent {
  /** For fitting only; both classes among the trajectories. */
  readonly gold: Gold<'fit'>;
  readonly targets: Targets;
  /** P(stalled) in the population to decide about, in (0, 1); gold is weighted to it. */
  readonly prevalence: number;
  /** Price of an expert's look, in votes; default 20. */
  readonly expertPrice?: number | undefined;
  /** Nothing is called stalled below this posterior, in [0, 1); default ½. */
  readonly stalledPosterior?: number | undefined;
  /** Share of flowing fitting gold that may seem called stalled at the start of the path, in [0, 1]; default half of what is allowed. */
  readonly alarmsAtStart?: number | undefined;
}

/** A rule with the prices at which it is the best: no guarantee. `prices` are absent where everything goes to an expert. */
export interface RuleCandidate {
  readonly rule: StopRule;
  readonly prices?: Prices | undefined;
}

/** Price of an expert's look, in votes. */
export const DEFAULT_EXPERT_PRICE = 20;
/** Least posterior at which a stack is called stalled. */
export const DEFAULT_STALLED_POSTERIOR = 0.5;

/**
 * ln of the price of a miss: at the first nothing is called flowing, at the last a miss is an expert's look. Steps are fine,
 * because the last candidate that passes is deployed: with .25 it is half a step more careful than gold would bear.
 */
const LOG_MISS = { from: 21, to: 3, step: 0.05 } as const;
/** Seeming false alarms must leave this share of what is allowed, or alarms get dearer by small steps, up to 256 times. */
const ALARM_ROOM = 0.5;
const DEARER = 2 ** (1 / 8);
const MOST_STEPS = 64;

/**
 * Candidates for a certificate, fixed on gold for fitting: rules of least expected cost at ever lower prices of a miss, from
 * "everything to an expert" on. Of rules that follow each other and are the same, one is kept.
 *
 * The start must be safe in both risks. Where most stacks have no score, experts are asked after two votes at least. Where gold for fitting shows more alarms than `alarmsAtStart`, an
 * alarm gets dearer.
 *
 * @param options - gold for fitting, targets, prevalence, prices; votes at least and at most
 * @returns candidates, the most careful first
 * @throws RangeError when a class of gold is not among the trajectories, or no stack has `mostVotes` votes
 * @example
 * const lab = Simulate.dataset({ stacks: 0, prevalence: 0.05, model: {}, votes: { perStack: 7 }, gold: { stalled: 100, flowing: 300, chosen: 'stratified' } })(1);
 * const fit = Gold.as('fit')(lab.gold);
 * const votes = Replay.arrivals(lab.votes);
 * const model = Calibration.evidence({ calibrator: Errors.getOrThrow(Calibration.platt(fit)(lab.scores)), scores: lab.scores })(votes);
 * const paths = Replay.traitTrajectories(Asking.fitTraitModel(fit, { prevalence: 0.05, model })(votes), model)(votes);
 * const targets = { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 };
 * const path = StopRule.rulePath({ gold: fit, targets, prevalence: 0.05, mostVotes: 7 })(paths);
 * path[0].rule === StopRule.EXPERT_AT_ONCE // => true
 * path.length > 20 // => true
 * @see docs/math.md#asking
 */
export const rulePath =
  (options: StopPathOptions) =>
  (paths: Trajectories): readonly RuleCandidate[] => {
    const { gold, targets, prevalence, leastVotes, mostVotes } = options;
    const expert = options.expertPrice ?? DEFAULT_EXPERT_PRICE;
    const { weight, truth } = weighted(gold, prevalence, paths);
    const expertsFrom = options.expertsFrom ?? (isMostlyScored(paths) ? 0 : WITHOUT_SCORES);
    const fitting = fittingRows({ mostVotes, weight })(paths);
    const at = (logMiss: number, alarm: number): RuleCandidate => {
      const prices = { expert, miss: Math.exp(logMiss), alarm };
      return { rule: solveOn({ prices, leastVotes, expertsFrom })(fitting), prices };
    };
    const replayed = replayOn(paths)(paths);
    const alarms = ({ rule }: RuleCandidate): number => {
      const { decisions } = replayed(rule);
      let [alarmed, flowing] = [0, 0];
      for (let s = 0; s < truth.length; s++) {
        if (truth[s] !== FLOWING) continue;
        flowing++;
        if (decisions[s] === STALLED) alarmed++;
      }
      return alarmed / flowing;
    };
    let alarm = alarmPrice({ expert, stalledPosterior: options.stalledPosterior ?? DEFAULT_STALLED_POSTERIOR });
    const most = options.alarmsAtStart ?? ALARM_ROOM * (1 - targets.specificity);
    for (let i = 0; i < MOST_STEPS && alarms(at(LOG_MISS.from, alarm)) > most; i++) alarm *= DEARER;
    const chosen: RuleCandidate[] = [{ rule: EXPERT_AT_ONCE }];
    const steps = Math.round((LOG_MISS.from - LOG_MISS.to) / LOG_MISS.step);
    for (let i = 0; i <= steps; i++) {
      const candidate = at(LOG_MISS.from - i * LOG_MISS.step, alarm);
      if (JSON.stringify(candidate.rule) !== JSON.stringify(chosen[chosen.length - 1].rule)) chosen.push(candidate);
    }
    return chosen;
  };

/**
 * Votes before an expert where most stacks have no score. All stacks are alike before the first vote, so that at one price of a
 * miss all of them would go from an expert to the crowd at once: the path would jump from no risk to much of it.
 */
const WITHOUT_SCORES = 2;

const isMostlyScored = ({ scores }: Trajectories): boolean =>
  2 * scores.reduce((n, own) => n + Number(own > 0), 0) >= scores.length;

/** What each trajectory stands for: gold of a class for that class of the population, other stacks for themselves. */
export const weighted = (gold: Gold<'fit'>, prevalence: number, { stackIds }: Trajectories) => {
  const place = rowOfId(stackIds);
  const truth = new Int8Array(stackIds.length).fill(-1);
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
  return { truth, weight: Float64Array.from(truth, (y) => (y < 0 ? 1 : share[y])) };
};
