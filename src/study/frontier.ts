import * as StopRule from '../asking/stopRule/index.js';
import type { GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import { pBelow } from '../kernel/special/binomial.js';
import * as Policy from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import {
  type DecisionCounts,
  endToEndCounts,
  fixedSequence,
  heldWrong,
  refusals,
} from '../stages/riskControl/index.js';

/** One point of the frontier: what is certified, and what it costs. */
export interface FrontierRow {
  /** Price of an expert's look, in votes. */
  readonly expertPrice: number;
  /** Sensitivity that is to be certified; specificity and confidence are those of the targets. */
  readonly sensitivity: number;
  /** So many times the gold there is. 1: what it shows. More: a forecast, with all counts multiplied. */
  readonly times: number;
  /** Tuning gold with votes or a score. */
  readonly stalled: number;
  readonly flowing: number;
  /** What the last rule of the path that passes spends and decides, per stack at the prevalence. Absent: none passes. */
  readonly found?: StopRule.Spending & {
    /** Votes and experts in votes. */
    readonly cost: number;
    /** Of the final decisions on tuning gold, experts right, at the prevalence. Of a rule that was chosen on this gold. */
    readonly mcc: number;
  };
}

/** What higher certified sensitivities cost in votes and experts, by price of an expert and amount of gold. */
export interface Frontier {
  readonly schema: 'tandem-frontier/1';
  readonly targets: Targets;
  readonly prevalence: number;
  /** The error that each row may make by itself, as the first look of a fit may. */
  readonly level: number;
  readonly rows: readonly FrontierRow[];
  /** Why nothing can be told of gold like this, however much there is. Empty where it can. */
  readonly refused: readonly string[];
  readonly warnings: readonly string[];
}

/** Which points are asked for, and how policies are fitted. */
export interface FrontierOptions {
  /** As for `Policy.fit`; the ledger plays no part, because nothing is certified here. */
  readonly fit?: Omit<Policy.FitOptions, 'ledger' | 'expertPrice'> | undefined;
  /** Default .9, .95, .97, .98, .99, .995. */
  readonly sensitivities?: readonly number[] | undefined;
  /** Prices of an expert's look in votes; default 5, 10, 20, 50. */
  readonly expertPrices?: readonly number[] | undefined;
  /** Default 1, 2, 4. */
  readonly times?: readonly number[] | undefined;
  /** What `fit` came to on this data, to save the time of fitting again. */
  readonly fitted?: Policy.Fitted | undefined;
}

const SENSITIVITIES: readonly number[] = [0.9, 0.95, 0.97, 0.98, 0.99, 0.995];
const EXPERT_PRICES: readonly number[] = [5, 10, 20, 50];
const TIMES: readonly number[] = [1, 2, 4];
const BY_CLUSTER = 'the proof is by cluster, and this table counts stacks as independent';

/**
 * The frontier: certified sensitivity against votes and experts, for the gold there is and for more of it.
 *
 * For each price of an expert one path of rules is fitted; along it each sensitivity is tested as `fit` would, and the last rule
 * that passes is told. With twice or four times the gold all counts are multiplied: a forecast for a laboratory whose further
 * gold errs as the present one does.
 *
 * It is a table to choose from, no certificate: whoever has looked at it chooses targets, and then `fit` certifies them.
 *
 * @param options - sensitivities, prices, multiples of gold, and how policies are fitted
 * @returns rows by price, sensitivity and multiple
 * @throws RangeError when an option is outside its range
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { rows } = Study.frontier({ fit: { prevalence: 0.05 }, sensitivities: [0.95, 0.99], expertPrices: [20], times: [1, 4] })(lab);
 * rows.map(({ sensitivity, times, found }) => [sensitivity, times, found !== undefined]) // => [[0.95, 1, true], [0.95, 4, true], [0.99, 1, true], [0.99, 4, true]]
 * rows[0].found.cost <= rows[2].found.cost // => true
 * @see docs/math.md#planning
 */
export const studyFrontier =
  (options: FrontierOptions = {}) =>
  (data: Policy.Inputs & { readonly gold: GoldSet }): Frontier => {
    const { fit = {}, sensitivities = SENSITIVITIES, expertPrices = EXPERT_PRICES, times = TIMES } = options;
    const targets = fit.targets ?? DEFAULT_TARGETS;
    const { policy, gold, path, look, warnings } = options.fitted ?? Policy.fit(fit)(data);
    const prevalence = policy.prevalence.value;
    const level = look.spent;
    const told = { schema: 'tandem-frontier/1', targets, prevalence, level, warnings } as const;
    // Counts of stacks cannot foretell a proof by cluster: each further mouse would bring stacks that err together.
    if (fit.clusterOf !== undefined) return { ...told, rows: [], refused: [BY_CLUSTER] };
    const refused = refusals()(gold.tune).map(({ reason }) => reason);
    const replayed = StopRule.replayOn(gold.tune)(path.tune);
    const rows = expertPrices.flatMap((expertPrice) => {
      const { candidates } = StopRule.candidatesFor({
        targets,
        prevalence,
        expertPrice,
        stalledPosterior: fit.stalledPosterior,
        leastVotes: fit.leastVotes,
        mostVotes: fit.mostVotes,
      })({ gold: gold.fit, paths: path.fit });
      const ends = candidates.map(({ rule }) => replayed(rule));
      const counts = ends.map(({ decisions }) => heldWrong(endToEndCounts(gold.tune)(decisions)));
      const passes = lastPassing(counts, { targets, level });
      return sensitivities.flatMap((sensitivity) =>
        times.map((many): FrontierRow => {
          const at = refused.length > 0 ? -1 : passes(sensitivity, many);
          const { stalled, flowing } = counts[0];
          return present({
            ...{ expertPrice, sensitivity, times: many, stalled: many * stalled, flowing: many * flowing },
            found:
              at < 0
                ? undefined
                : costed(StopRule.spending({ gold: gold.tune, prevalence })(ends[at]), counts[at], {
                    expertPrice,
                    prevalence,
                  }),
          });
        }),
      );
    });
    return { ...told, rows, refused };
  };

/** The last candidate that passes with gold multiplied, as the certificate of a fit tests them; −1 where none does. */
const lastPassing =
  (counts: readonly DecisionCounts[], { targets, level }: { readonly targets: Targets; readonly level: number }) =>
  (sensitivity: number, many: number): number => {
    const pValues = counts.map(({ stalled, missed, flowing, alarmed }) =>
      Math.max(
        pBelow({ errors: many * missed, n: many * stalled }, 1 - sensitivity),
        pBelow({ errors: many * alarmed, n: many * flowing }, 1 - targets.specificity),
      ),
    );
    return fixedSequence({ pValues, delta: level }).length - 1;
  };

const costed = (
  spent: StopRule.Spending,
  { stalled, missed, flowing, alarmed }: DecisionCounts,
  { expertPrice, prevalence }: { readonly expertPrice: number; readonly prevalence: number },
): NonNullable<FrontierRow['found']> => ({
  ...spent,
  cost: spent.votes + expertPrice * spent.experts,
  mcc: Evaluation.mccAt({ sensitivity: 1 - missed / stalled, specificity: 1 - alarmed / flowing, prevalence }).value,
});
