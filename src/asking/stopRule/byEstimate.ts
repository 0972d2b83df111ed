import type { Gold, GoldSet } from '../../domain/gold.js';
import type { Rate } from '../../domain/interval.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import type { Targets } from '../../domain/targets.js';
import { binomialTails, minimalSize } from '../../kernel/special/binomial.js';
import * as Evaluation from '../../stages/evaluation/index.js';
import { endToEndCounts, heldWrong } from '../../stages/riskControl/index.js';
import type { Trajectories } from '../replay/index.js';
import { DEFAULT_FIT_SHARES } from './divide.js';
import type { RuleCandidate } from './path.js';
import { type RuleReplay, replayOn, type Spending, spending } from './replay.js';
import { EXPERT_AT_ONCE, type StopRule } from './rule.js';

/** A risk of a rule, estimated and not proved: the rule was chosen by these figures. */
export interface EstimatedRisk {
  /** In [0, 1]: counts on tuning gold, with the posterior's own opinion as `OPINION` further stacks. */
  readonly estimate: number;
  /** Counted on tuning gold, with exact intervals; a stack whose votes ran out counts as wrong. */
  readonly counted: Rate;
  /** The share of wrong decisions that the posterior expects on the stacks it was fitted on, in [0, 1]. */
  readonly expected: number;
}

/** The boldest rule of the path whose estimated risks are within the limits. No guarantee. */
export interface RuleByEstimate extends RuleCandidate {
  /** Its row among the candidates. */
  readonly candidate: number;
  readonly missedStalls: EstimatedRisk;
  readonly falseAlarms: EstimatedRisk;
  /** On tuning gold where it has both classes, else on fitting gold; at the prevalence. */
  readonly spending: Spending;
}

/** What the posterior says weighs as much as so many tuning stacks of a class. */
const OPINION = 30;

/** What risks are estimated on. */
export interface EstimateOptions {
  readonly gold: { readonly fit: Gold<'fit'>; readonly tune: Gold<'tune'> };
  readonly targets: Targets;
  readonly prevalence: number;
  /** What each of the fitting trajectories stands for. */
  readonly weight: Float64Array;
  /** Replay a rule on tuning gold, and on the fitting trajectories. */
  readonly replay: {
    readonly tune: (rule: StopRule) => RuleReplay;
    readonly fit: (rule: StopRule) => RuleReplay;
  };
}

/**
 * Chooses a rule by its estimated risks, for gold that cannot prove one.
 *
 * estimate = (errors + 30 · expected)/(n + 30),   expected = Σ w p [called flowing]/Σ w p for misses, with p at the stop
 *
 * The first candidate, everything to an expert, is within every limit, so there is always a rule.
 *
 * @param options - gold of both roles, targets, prevalence, the weight of each fitting trajectory, and replays
 * @returns from the candidates and the fitting trajectories
 */
export const ruleByEstimate =
  ({ gold, targets, prevalence, weight, replay }: EstimateOptions) =>
  (candidates: readonly RuleCandidate[], paths: { readonly fit: Trajectories }): RuleByEstimate => {
    const { confidence } = targets;
    const { tune: onTune, fit: onFit } = replay;
    const risksOf = ({ rule }: RuleCandidate): Pick<RuleByEstimate, 'missedStalls' | 'falseAlarms'> => {
      const counts = heldWrong(endToEndCounts(gold.tune)(onTune(rule).decisions));
      const expected = expectedRisks(paths.fit, weight, onFit(rule));
      return {
        missedStalls: estimated({ hits: counts.missed, n: counts.stalled, confidence }, expected.missed),
        falseAlarms: estimated({ hits: counts.alarmed, n: counts.flowing, confidence }, expected.alarmed),
      };
    };
    let candidate = 0;
    for (let j = candidates.length - 1; j > 0 && candidate === 0; j--) {
      const { missedStalls, falseAlarms } = risksOf(candidates[j]);
      const holds = missedStalls.estimate <= 1 - targets.sensitivity && falseAlarms.estimate <= 1 - targets.specificity;
      if (holds) candidate = j;
    }
    const chosen = candidates[candidate] ?? { rule: EXPERT_AT_ONCE };
    const onBothClasses = hasBoth(gold.tune)
      ? spending({ gold: gold.tune, prevalence })(onTune(chosen.rule))
      : spending({ gold: gold.fit, prevalence })(replayOn(gold.fit)(paths.fit)(chosen.rule));
    return { ...chosen, candidate, ...risksOf(chosen), spending: onBothClasses };
  };

const hasBoth = ({ label }: GoldSet): boolean => label.includes(STALLED) && label.includes(FLOWING);

const estimated = (counts: { hits: number; n: number; confidence: number }, expected: number): EstimatedRisk => ({
  estimate: (counts.hits + OPINION * expected) / (counts.n + OPINION),
  counted: Evaluation.rate(counts),
  expected,
});

/** Risks as the posterior itself sees them where the rule stops. */
const expectedRisks = (
  { first, logOdds }: Trajectories,
  weight: Float64Array,
  { decisions, votes }: { readonly decisions: Uint8Array; readonly votes: Uint32Array },
): { readonly missed: number; readonly alarmed: number } => {
  let [missed, stalled, alarmed, flowing] = [0, 0, 0, 0];
  for (let s = 0; s < decisions.length; s++) {
    const p = 1 / (1 + Math.exp(-logOdds[first[s] + votes[s]]));
    stalled += weight[s] * p;
    flowing += weight[s] * (1 - p);
    if (decisions[s] === FLOWING) missed += weight[s] * p;
    if (decisions[s] === STALLED) alarmed += weight[s] * (1 - p);
  }
  return { missed: stalled > 0 ? missed / stalled : 0, alarmed: flowing > 0 ? alarmed / flowing : 0 };
};

/** Gold to be labelled beside what there is, and how likely it is then that a rule is certified. */
export interface LabelsToCollect {
  /** Stalled and flowing stacks; of all gold, because a part of it fits. */
  readonly stalled: number;
  readonly flowing: number;
  /** Probability that a rule with the believed risks passes on so much gold, in (0, 1). */
  readonly chance: number;
}

/** The risk gold is planned for, as a share of what is allowed. */
const PLANNED_SHARE = 1 / 3;
/** Wanted chance in each class; both together have their product at least. */
const CHANCE_OF_CLASS = 0.9;

/** What gold is planned for. */
export interface LabelsOptions {
  readonly targets: Targets;
  /** Risks you believe the rule has; default a third of what is allowed. */
  readonly trueRisk?:
    | { readonly missedStalls?: number | undefined; readonly falseAlarms?: number | undefined }
    | undefined;
  /** Wanted probability that both classes pass, in (0, 1); default .81. */
  readonly chance?: number | undefined;
}

/**
 * How much gold to collect for a certificate.
 *
 * n = smallest size with P(Bin(n, risk) ≤ k) ≥ √chance, where k errors of n are allowed;   labels = n/(1 − share that fits) − labels there are
 *
 * A rule with a third of the allowed risk is on every path; it sends a little more to experts than the boldest one.
 *
 * @param options - what is to be proved, at the confidence of the look; believed risks and wanted chance
 * @returns for the gold there is; 0 and 0 where it should be enough
 * @throws RangeError when a believed risk is not below what is allowed, or so near that no affordable gold tells them apart
 * @example
 * const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.955 };
 * StopRule.labelsToCollect({ targets })({ label: new Uint8Array(0) }) // => { stalled: 1665, flowing: 440, chance: 0.84799 }
 */
export const labelsToCollect =
  ({ targets, trueRisk = {}, chance = CHANCE_OF_CLASS ** 2 }: LabelsOptions) =>
  ({ label }: Pick<GoldSet, 'label'>): LabelsToCollect => {
    const delta = 1 - targets.confidence;
    const have = label.reduce((n, y) => n + y, 0);
    const sizeOf = (limit: number, risk: number | undefined) =>
      sizeFor({ limit, delta, risk: risk ?? PLANNED_SHARE * limit, chance: Math.sqrt(chance) });
    const stalled = sizeOf(1 - targets.sensitivity, trueRisk.missedStalls);
    const flowing = sizeOf(1 - targets.specificity, trueRisk.falseAlarms);
    const missing = (size: number, share: number, there: number): number =>
      Math.max(0, Math.ceil(size / (1 - share)) - there);
    return {
      stalled: missing(stalled.size, DEFAULT_FIT_SHARES.stalled, have),
      flowing: missing(flowing.size, DEFAULT_FIT_SHARES.flowing, label.length - have),
      chance: stalled.chance * flowing.chance,
    };
  };

/** If more errors than this would have to be allowed, the believed risk is too near its limit for any affordable gold. */
const MOST_ERRORS = 2000;

const sizeFor = ({
  limit,
  delta,
  risk,
  chance: wanted,
}: {
  readonly limit: number;
  readonly delta: number;
  readonly risk: number;
  readonly chance: number;
}) => {
  for (let errors = 0; risk < limit && errors <= MOST_ERRORS; errors++) {
    const size = minimalSize({ errors, rate: limit, delta });
    const chance = binomialTails({ k: errors, n: size, p: risk }).atMost;
    if (chance >= wanted) return { size, chance };
  }
  throw RangeError(`trueRisk: expected well below the ${limit} that is allowed, got ${risk}`);
};
