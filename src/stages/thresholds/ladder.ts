import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { type ClassPlan, plan } from './plan.js';

/** Gold for one target of a class, and its price per further point. */
export interface Rung extends Pick<ClassPlan, 'minimum' | 'withPower' | 'randomExpected'> {
  /** Of this class: sensitivity of stalled, specificity of flowing. */
  readonly target: number;
  /** Gold stacks of this class for each further point (.01) certified, from the rung before. Absent on the first. */
  readonly perPoint?: number;
}

/** Which targets to price, and with how much power. */
export interface LadderOptions {
  readonly targets: Targets;
  /** Of both classes passing together, as in `plan`. */
  readonly power?: number;
  readonly prevalence?: number;
  /** Targets to price; the wanted target is added to them. */
  readonly steps?: readonly number[];
}

const STEPS = [0.9, 0.95, 0.98, 0.99, 0.995];
const POINT = 0.01;

/**
 * What each further certified point costs: the gold needed for a ladder of targets, where the true risk is a third of the limit.
 *
 * perPoint = .01 · (withPower − withPower of the rung before)/(target − target before)
 *
 * The price of a point grows about as the inverse square of the allowed risk. At .99 the last point costs as much labelling
 * as all points before it.
 *
 * @param options - the wanted targets; power (default .8); prevalence (default .01)
 * @example
 * const rungs = Thresholds.ladder({ targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 }, steps: [0.95, 0.99] });
 * rungs.stalled.map(({ target, minimum, withPower, perPoint }) => [target, minimum, withPower, perPoint]) // => [[0.95, 61, 238, undefined], [0.99, 309, 1332, 273.5]]
 * @see docs/math.md#planning
 */
export const ladder = ({
  targets,
  power = 0.8,
  prevalence = 0.01,
  steps = STEPS,
}: LadderOptions): { readonly stalled: readonly Rung[]; readonly flowing: readonly Rung[] } => {
  const rungs = (wanted: number, classOf: (target: number) => ClassPlan): readonly Rung[] => {
    const ascending = [...new Set([...steps, wanted])].sort((a, b) => a - b);
    const priced = ascending.map((target) => ({ target, plan: classOf(target) }));
    return priced.map(({ target, plan: classPlan }, i): Rung => {
      const before = priced[i - 1];
      return present({
        target,
        minimum: classPlan.minimum,
        withPower: classPlan.withPower,
        randomExpected: classPlan.randomExpected,
        perPoint:
          before?.plan.withPower === undefined || classPlan.withPower === undefined
            ? undefined
            : (POINT * (classPlan.withPower - before.plan.withPower)) / (target - before.target),
      });
    });
  };
  return {
    stalled: rungs(
      targets.sensitivity,
      (sensitivity) => plan({ targets: { ...targets, sensitivity }, power, prevalence }).stalled,
    ),
    flowing: rungs(
      targets.specificity,
      (specificity) => plan({ targets: { ...targets, specificity }, power, prevalence }).flowing,
    ),
  };
};
