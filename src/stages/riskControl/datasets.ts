import { present } from '../../domain/present.js';
import type { Targets } from '../../domain/targets.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';
import { type DecisionCounts, type TargetTest, testTargets } from './exactTest.js';
import { falseAtLeast, type PartialConjunction, partialConjunction } from './multipleTesting.js';

/** Errors of one fixed policy on the gold of one dataset. */
export interface DatasetCounts extends DecisionCounts {
  readonly dataset: string;
  /** p-value against "a target is not met" of a test that may be repeated; default the exact one of these counts. */
  readonly pMeets?: number;
}

/** One dataset against the targets, both directions, at the stated confidence for this dataset alone. */
export interface DatasetVerdict extends Omit<DatasetCounts, 'pMeets'>, TargetTest {}

/** Reading A: the share of observed datasets whose observed rates reach the targets. Describes; proves nothing. */
export interface PointReading {
  readonly reading: 'point';
  readonly reached: number;
  /** Datasets with gold of both classes; the others can neither reach nor miss. */
  readonly judged: number;
  /** Absent when none could be judged. */
  readonly share?: number;
}

/** Reading B: of the observed datasets, at least so many truly meet both targets. */
export interface PartialConjunctionReading {
  readonly reading: 'partial conjunction';
  readonly combine: keyof PartialConjunction;
  readonly of: number;
  /** Smallest count that is the wanted share. */
  readonly wanted: number;
  /** p-value against "fewer than `wanted` meet", on its own. */
  readonly pValue: number;
  /** Shown at the stated confidence. */
  readonly atLeast: number;
  readonly shown: boolean;
}

/** Reading C: a new dataset from the same source meets both targets with at least this probability. */
export interface PopulationReading {
  readonly reading: 'population';
  readonly of: number;
  /** Datasets certified to meet, each wrongly with probability ≤ `wrongly`. */
  readonly certified: number;
  readonly wrongly: number;
  /** Lower confidence bound of P(a new dataset meets both targets). */
  readonly atLeast: number;
  readonly shown: boolean;
}

/** The verdicts of several data sets, and three readings of them together. */
export interface AcrossDatasets {
  readonly datasets: readonly DatasetVerdict[];
  readonly share: number;
  readonly point: PointReading;
  readonly partialConjunction: {
    readonly bonferroni: PartialConjunctionReading;
    readonly simes: PartialConjunctionReading;
  };
  readonly population: PopulationReading;
}

/** Targets of each data set, and the share of data sets that must meet them. */
export interface DatasetsOptions {
  /** Targets of every dataset. `confidence` is that of each verdict, and of readings B and C. */
  readonly targets: Targets;
  /** The share of datasets wanted, in (0, 1]; default .95. */
  readonly share?: number;
}

const DEFAULT_SHARE = 0.95;
/**
 * Reading C certifies each dataset at a tenth of the permitted failure: then 59 of 59 still show .95 at .95 confidence,
 * as if each dataset's status were known.
 */
const WRONGLY_SHARE = 0.1;

/**
 * The three readings of "sensitivity .99 and specificity .95 on 95 % of datasets", each under its name.
 *
 * A point: #{observed rates reach the targets} / #{judged}
 * B partial conjunction: largest u with (D − v + 1) p₍ᵥ₎ ≤ δ for all v ≤ u (Bonferroni), or by Simes; p of `testTargets`
 * C population: (L − ε)/(1 − ε), L the Clopper–Pearson lower bound of #{p ≤ ε} of D, ε = δ/10
 *
 * A is what people usually compute, but chance decides it: with 20 stalled gold stacks only a dataset without a miss reaches
 * .99. B is a claim about these datasets, C about the next one. C subtracts ε because P(certified) ≤ P(meets) + ε P(does not).
 *
 * @param options - targets; the share wanted
 * @returns a verdict for each dataset, and the three readings
 * @throws RangeError when there is no dataset, counts are impossible, or the share is not in (0, 1]
 * @example
 * const datasets = Array.from({ length: 60 }, (_, i) => ({ dataset: `d${i}`, stalled: 600, missed: 0, flowing: 900, alarmed: 9 }));
 * const across = RiskControl.acrossDatasets({ targets: { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 } })(datasets);
 * [across.point.share, across.partialConjunction.simes.atLeast, across.population.atLeast, across.population.shown] // => [1, 60, 0.951052, true]
 * @see docs/math.md#many-datasets · Benjamini & Heller (2008), doi:10.1111/j.1541-0420.2007.00984.x
 */
export const acrossDatasets =
  ({ targets, share = DEFAULT_SHARE }: DatasetsOptions) =>
  (datasets: readonly DatasetCounts[]): AcrossDatasets => {
    if (datasets.length === 0) throw RangeError('datasets: expected at least one');
    if (!(share > 0 && share <= 1)) throw RangeError(`datasets: expected share in (0, 1], got ${share}`);
    const verdicts = datasets.map((counts) => ({ ...testTargets(targets)(counts), ...counts }));
    const pValues = verdicts.map(({ pMeets }) => pMeets);
    const delta = 1 - targets.confidence;
    // The share may be .95 of 60 = 57.00000000000001.
    const wanted = Math.ceil(share * datasets.length - 1e-9);
    const conjunction = (combine: keyof PartialConjunction): PartialConjunctionReading => {
      const atLeast = falseAtLeast(pValues, { delta, combine });
      return {
        reading: 'partial conjunction',
        combine,
        of: datasets.length,
        wanted,
        pValue: partialConjunction({ pValues, u: wanted })[combine],
        atLeast,
        shown: atLeast >= wanted,
      };
    };
    return {
      datasets: verdicts,
      share,
      point: point(datasets, targets),
      partialConjunction: { bonferroni: conjunction('bonferroni'), simes: conjunction('simes') },
      population: population(pValues, { delta, share }),
    };
  };

const point = (datasets: readonly DatasetCounts[], { sensitivity, specificity }: Targets): PointReading => {
  const judged = datasets.filter(({ stalled, flowing }) => stalled > 0 && flowing > 0);
  // Quotients of integers round to the same double as the decimal target, 1 − target does not.
  const reached = judged.filter(
    ({ stalled, missed, flowing, alarmed }) =>
      (stalled - missed) / stalled >= sensitivity && (flowing - alarmed) / flowing >= specificity,
  ).length;
  return present({
    reading: 'point',
    reached,
    judged: judged.length,
    share: judged.length === 0 ? undefined : reached / judged.length,
  });
};

const population = (
  pValues: readonly number[],
  { delta, share }: { readonly delta: number; readonly share: number },
): PopulationReading => {
  const wrongly = delta * WRONGLY_SHARE;
  const certified = pValues.filter((p) => p <= wrongly).length;
  const { lower } = clopperPearson({ hits: certified, n: pValues.length, delta });
  const atLeast = Math.max(0, (lower - wrongly) / (1 - wrongly));
  return { reading: 'population', of: pValues.length, certified, wrongly, atLeast, shown: atLeast >= share };
};
