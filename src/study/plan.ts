import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import { EMPTY } from '../domain/voteTable.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import * as Policy from '../policy/index.js';
import * as Gold from '../stages/gold.js';
import { refusals } from '../stages/riskControl/index.js';
import * as Thresholds from '../stages/thresholds/index.js';

/** Coverage to expect for several sizes of gold, and the gold it was estimated from. */
export interface CoverageForecast {
  readonly from: { readonly stalled: number; readonly flowing: number };
  /** The first is what there is. */
  readonly sizes: readonly Thresholds.CoverageEstimate[];
}

/** A gold file whose tuning part is as large as planned: what is to be labelled, and paid for. */
export interface GoldFile {
  readonly stalled: number;
  readonly flowing: number;
  /** Labels of both classes that are still missing. */
  readonly missing: number;
  /** Of the missing labels, in the unit of `labelCost`. Absent without one. */
  readonly cost?: number;
}

/** How much gold to label, what each further point costs, and what it would decide. */
export interface GoldPlan extends Thresholds.Plan {
  readonly targets: Targets;
  readonly prevalence: number;
  /** Wanted probability that a rule of the believed risks passes. */
  readonly power: number;
  /** Why the gold there is counts as none. Absent where it counts. */
  readonly refused?: readonly Thresholds.GoldUnsuitable[];
  /** Absent where no amount of gold is enough. */
  readonly file?: GoldFile;
  readonly ladder: ReturnType<typeof Thresholds.ladder>;
  /** Absent without a policy. */
  readonly forecast?: CoverageForecast;
}

/** Targets, and what is known of decisions and population. */
export interface PlanStudyOptions {
  readonly targets?: Targets | undefined;
  /** With the gold, votes and scores it was fitted with: forecasts how many stacks would be decided. */
  readonly policy?: Policy.Policy | undefined;
  /** P(stalled) where gold would be sampled at random; default that of the policy, else .01. */
  readonly prevalence?: number | undefined;
  /** Default .8. */
  readonly power?: number | undefined;
  /** Of the division of gold, where there is no policy; default 1. */
  readonly seed?: number | undefined;
  /** Error rates you believe the decisions have; default a third of what the targets allow. */
  readonly trueRisk?:
    | { readonly missedStalls?: number | undefined; readonly falseAlarms?: number | undefined }
    | undefined;
  /** Of one expert label, in any unit. */
  readonly labelCost?: number | undefined;
}

const DEFAULT_PREVALENCE = 0.01;

/**
 * Plans gold: how many stacks to label until the targets can be certified, the price of each further point, and with a
 * policy a forecast of how many stacks would be decided.
 *
 * @param options - targets, power, policy
 * @param data - what there is already; gold that can certify nothing counts as none
 * @returns what `tandem plan --json` prints
 * @example
 * const { stalled, flowing, file } = Study.plan({ labelCost: 2 })({});
 * [stalled.minimum, flowing.minimum] // => [309, 104]
 * file // => { stalled: 2664, flowing: 846, missing: 3510, cost: 7020 }
 * @see docs/math.md#planning
 */
export const studyPlan =
  (options: PlanStudyOptions = {}) =>
  (data: Partial<Policy.Inputs> & { readonly gold?: GoldSet | undefined }): GoldPlan => {
    const { targets = DEFAULT_TARGETS, policy, power = 0.8, trueRisk = {}, labelCost } = options;
    const unsuitable = data.gold === undefined ? undefined : unsuitability(data.gold);
    const gold = unsuitable === undefined ? data.gold : undefined;
    const values = policy === undefined || gold === undefined ? undefined : valuesOf(policy, { ...data, gold });
    const prevalence =
      options.prevalence ?? (values === undefined ? undefined : policy?.prevalence.value) ?? DEFAULT_PREVALENCE;
    const seed = (values === undefined ? undefined : policy?.provenance.seed) ?? options.seed ?? 1;
    const common = { targets, prevalence, power };
    const planned = Thresholds.plan({
      ...common,
      have: gold === undefined ? { stalled: 0, flowing: 0 } : Gold.count(Gold.split({ seed })(gold).tune),
      trueRisk: {
        missedStalls: trueRisk.missedStalls ?? (1 - targets.sensitivity) / 3,
        falseAlarms: trueRisk.falseAlarms ?? (1 - targets.specificity) / 3,
      },
    });
    return present({
      ...common,
      refused: unsuitable === undefined ? undefined : [unsuitable],
      ...planned,
      file: goldFile(planned, labelCost),
      ladder: Thresholds.ladder(common),
      forecast: values === undefined ? undefined : forecastOf(planned, values, { targets, prevalence }),
    });
  };

/** Why this gold certifies nothing, however much there is of it. */
const unsuitability = (gold: GoldSet): Thresholds.GoldUnsuitable | undefined =>
  refusals()(gold).find((refusal) => refusal._tag === 'GoldUnsuitable');

/** Absent where no amount of gold is enough. */
export const goldFile = (
  { stalled, flowing }: Thresholds.Plan,
  labelCost: number | undefined,
): GoldFile | undefined => {
  if (stalled.withPower === undefined || flowing.withPower === undefined) return undefined;
  const missing =
    inFile(Math.max(0, stalled.withPower - stalled.have)) + inFile(Math.max(0, flowing.withPower - flowing.have));
  return present({
    stalled: inFile(stalled.withPower),
    flowing: inFile(flowing.withPower),
    missing,
    cost: labelCost === undefined ? undefined : missing * labelCost,
  });
};

/** Gold of a class in a whole file of which this many are for tuning. */
const inFile = (tuning: number): number => Math.ceil(tuning / Gold.DEFAULT_SHARES.tune);

/** Log-odds of the gold stacks that did not fit the policy. */
const valuesOf = (
  policy: Policy.Policy,
  { gold, ...batch }: Partial<Policy.Inputs> & { readonly gold: GoldSet },
): Thresholds.GoldValues => {
  const { posterior } = Policy.decide(policy)({ votes: EMPTY, ...batch });
  const rows = rowOfId(posterior.stackIds);
  const fitted = Gold.split({ seed: policy.provenance.seed })(gold).fit;
  const rest = Gold.without(fitted.stackIds)(gold);
  const ofClass = (label: number): Float64Array =>
    Float64Array.from(
      rest.stackIds.flatMap((stackId, g) => {
        const row = rows.get(stackId);
        if (row === undefined || rest.label[g] !== label) return [];
        return posterior.votes[row] + posterior.scores[row] === 0 ? [] : [posterior.logOdds[row]];
      }),
    );
  return { stalled: ofClass(1), flowing: ofClass(0) };
};

/** Sizes to compare: what there is, the least that can pass, what passes with the wanted power, and much more. */
const forecastOf = (
  { stalled, flowing }: Thresholds.Plan,
  values: Thresholds.GoldValues,
  at: { readonly targets: Targets; readonly prevalence: number },
): CoverageForecast => {
  const likely = stalled.withPower ?? stalled.minimum;
  const enough = Math.max(flowing.have, flowing.withPower ?? flowing.minimum);
  const sizes = [
    { stalled: stalled.have, flowing: flowing.have },
    { stalled: stalled.minimum, flowing: enough },
    { stalled: likely, flowing: enough },
    { stalled: 2 * likely, flowing: 2 * enough },
    { stalled: 5 * likely, flowing: 5 * enough },
  ];
  return {
    from: { stalled: values.stalled.length, flowing: values.flowing.length },
    sizes: Thresholds.expectedCoverage({ ...at, sizes })(values),
  };
};
