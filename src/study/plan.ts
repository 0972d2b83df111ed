import * as StopRule from '../asking/stopRule/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import { minimalSize } from '../kernel/special/binomial.js';
import * as Policy from '../policy/index.js';
import * as Gold from '../stages/gold.js';
import { refusals } from '../stages/riskControl/index.js';
import type { GoldUnsuitable } from '../stages/thresholds/index.js';

/** A gold file as large as planned: what is to be labelled, and paid for. */
export interface GoldFile {
  readonly stalled: number;
  readonly flowing: number;
  /** Labels of both classes that are still missing. */
  readonly missing: number;
  /** Of the missing labels, in the unit of `labelCost`. Absent without one. */
  readonly cost?: number;
}

/** Gold for one target of a class, and its price per further point. */
export interface Rung {
  /** Of this class: sensitivity of stalled, specificity of flowing. */
  readonly target: number;
  /** Labels of this class with which anything can be certified: all of them right. */
  readonly minimum: number;
  /** Labels of this class with which a rule of a third of the allowed risk passes. */
  readonly labels: number;
  /** Stacks to label at random until so many of this class are expected among them. */
  readonly randomExpected: number;
  /** Labels of this class for each further point (.01) certified, from the rung before. Absent on the first. */
  readonly perPoint?: number;
}

/** How much gold to label, and what each further point costs. All numbers are labels of a whole file, of which a part fits. */
export interface GoldPlan {
  readonly targets: Targets;
  readonly prevalence: number;
  /** The error that the next fit may make: a part of 1 − confidence, because fits on growing gold share it. */
  readonly level: number;
  /** What there is. Gold that can certify nothing counts as none. */
  readonly have: { readonly stalled: number; readonly flowing: number };
  /** Why the gold there is counts as none. Absent where it counts. */
  readonly refused?: readonly GoldUnsuitable[];
  /** Fewest labels with which anything can be certified: all of them right. */
  readonly minimum: { readonly stalled: number; readonly flowing: number };
  /** Labels still to collect, and the chance that they suffice, as `fit` prints them. Absent where no amount of gold is enough. */
  readonly labels?: StopRule.LabelsToCollect;
  /** The whole file then. Absent with `labels`. */
  readonly file?: GoldFile;
  /** Stacks to label at random until the file is expected to hold enough of a class, and until that is 95 % sure. */
  readonly random?: Readonly<Record<'stalled' | 'flowing', { readonly expected: number; readonly assured: number }>>;
  readonly ladder: { readonly stalled: readonly Rung[]; readonly flowing: readonly Rung[] };
}

/** Targets, and what is known of decisions and population. */
export interface PlanStudyOptions {
  readonly targets?: Targets | undefined;
  /** Fits so far: the next one on the same gold may err less. */
  readonly ledger?: Policy.Ledger | undefined;
  /** P(stalled) where gold would be sampled at random; default .01. */
  readonly prevalence?: number | undefined;
  /** Wanted probability that a rule with the believed risks passes; default .81. */
  readonly power?: number | undefined;
  /** Error rates you believe the decisions have; default a third of what the targets allow. */
  readonly trueRisk?: StopRule.LabelsOptions['trueRisk'];
  /** Of one expert label, in any unit. */
  readonly labelCost?: number | undefined;
}

const DEFAULT_PREVALENCE = 0.01;
/** Targets that are priced beside the wanted ones. */
const STEPS = [0.9, 0.95, 0.98, 0.99, 0.995];
const POINT = 0.01;
/** Probability with which random sampling should bring enough of a class. */
const ASSURANCE = 0.95;

/**
 * Plans gold: how many stacks to label until the targets can be certified, with what chance, and the price of each further point.
 *
 * @param options - targets, believed risks, wanted chance
 * @param data - the gold there is already; gold that can certify nothing counts as none
 * @returns what `tandem plan --json` prints
 * @throws RangeError when `power` or `labelCost` is outside its range
 * @example
 * const { minimum, labels, file } = Study.plan({ labelCost: 2 })({});
 * [minimum, labels] // => [{ stalled: 387, flowing: 102 }, { stalled: 1665, flowing: 440, chance: 0.84799 }]
 * file // => { stalled: 1665, flowing: 440, missing: 2105, cost: 4210 }
 * @see docs/math.md#planning
 */
export const studyPlan =
  (options: PlanStudyOptions = {}) =>
  (data: { readonly gold?: GoldSet | undefined }): GoldPlan => {
    const { targets = DEFAULT_TARGETS, prevalence = DEFAULT_PREVALENCE, power, trueRisk, labelCost } = options;
    const unsuitable = data.gold === undefined ? undefined : unsuitability(data.gold);
    const gold = unsuitable === undefined ? data.gold : undefined;
    const { spent } = Policy.nextLook(options.ledger ?? Policy.NO_LOOKS)({
      delta: 1 - targets.confidence,
      gold: gold?.stackIds ?? [],
      fingerprint: 'a fit to come',
    });
    const level = Math.max(spent, Number.MIN_VALUE);
    const inTest = { ...targets, confidence: 1 - level };
    const have = gold === undefined ? { stalled: 0, flowing: 0 } : Gold.count(gold);
    const labels = labelsFor({ targets: inTest, trueRisk, chance: power }, gold?.label ?? new Uint8Array(0));
    const file = labels && fileOf(have, labels, labelCost);
    return present({
      targets,
      prevalence,
      level,
      have,
      refused: unsuitable === undefined ? undefined : [unsuitable],
      minimum: { stalled: leastOf('stalled', inTest), flowing: leastOf('flowing', inTest) },
      labels,
      file,
      random: file && {
        stalled: atRandom(file.stalled, prevalence),
        flowing: atRandom(file.flowing, 1 - prevalence),
      },
      ladder: {
        stalled: ladder('stalled', inTest, { power, prevalence }),
        flowing: ladder('flowing', inTest, { power, prevalence }),
      },
    });
  };

/** Why this gold certifies nothing, however much there is of it. */
const unsuitability = (gold: GoldSet): GoldUnsuitable | undefined =>
  refusals()(gold).find((refusal) => refusal._tag === 'GoldUnsuitable');

/** Absent where the believed risks are not well below what is allowed. */
const labelsFor = (options: StopRule.LabelsOptions, label: Uint8Array): StopRule.LabelsToCollect | undefined => {
  try {
    return StopRule.labelsToCollect(options)({ label });
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
};

const fileOf = (
  have: GoldPlan['have'],
  { stalled, flowing }: StopRule.LabelsToCollect,
  labelCost: number | undefined,
): GoldFile =>
  present({
    stalled: have.stalled + stalled,
    flowing: have.flowing + flowing,
    missing: stalled + flowing,
    cost: labelCost === undefined ? undefined : (stalled + flowing) * labelCost,
  });

type ClassName = 'stalled' | 'flowing';

const limitOf = (name: ClassName, { sensitivity, specificity }: Targets): number =>
  1 - (name === 'stalled' ? sensitivity : specificity);

/** Labels of a whole file whose tuning part, all of it right, just passes. */
const leastOf = (name: ClassName, targets: Targets): number => {
  const tuning = minimalSize({ errors: 0, rate: limitOf(name, targets), delta: 1 - targets.confidence });
  return Math.ceil(tuning / (1 - StopRule.DEFAULT_FIT_SHARES[name]));
};

const atRandom = (labels: number, share: number) => ({
  expected: Math.ceil(labels / share),
  assured: minimalSize({ errors: labels - 1, rate: share, delta: 1 - ASSURANCE }),
});

/** What each further certified point costs. It grows about as the inverse square of the allowed risk. */
const ladder = (
  name: ClassName,
  targets: Targets,
  { power, prevalence }: { readonly power: number | undefined; readonly prevalence: number },
): readonly Rung[] => {
  const rate = name === 'stalled' ? 'sensitivity' : 'specificity';
  const ascending = [...new Set([...STEPS, targets[rate]])].sort((a, b) => a - b);
  const priced = ascending.map((target) => {
    const at = { ...targets, [rate]: target };
    return {
      target,
      minimum: leastOf(name, at),
      labels: StopRule.labelsToCollect({ targets: at, chance: power })({ label: new Uint8Array(0) })[name],
    };
  });
  return priced.map(({ target, minimum, labels }, i): Rung => {
    const before = priced[i - 1];
    return present({
      target,
      minimum,
      labels,
      randomExpected: Math.ceil(labels / (name === 'stalled' ? prevalence : 1 - prevalence)),
      perPoint: before === undefined ? undefined : (POINT * (labels - before.labels)) / (target - before.target),
    });
  });
};
