import type { DecisionTable, Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import { present } from '../../domain/present.js';
import { goldMet } from '../../policy/index.js';
import * as Prevalence from '../../stages/prevalence/index.js';
import type { Division } from './auditShares.js';
import { auditedMethod, callRates, correctedMethod, type Figure, type Method, unfinishedAgainst } from './methods.js';
import { countsOf, grouped, lostOf, type Row, rowsOf } from './outcomes.js';
import type { PrevalenceQuestion, PrevalenceRow, PrevalenceStudyOptions, PrevalenceSummary } from './summary.js';
import { warningsOf } from './warnings.js';

const ALL = '';

/**
 * Prevalence of stalled stacks, corrected for the errors of the decisions: overall, for each stratum, between clusters.
 *
 * @param options - policy, strata, clusters, confidence
 * @param data - `decisions` from `Decode.decisions` or `Study.decisionTable`; `audit`: labels of a random part of them;
 *   `gold` that did not tune them
 * @returns what `tandem prevalence` writes to prevalence.csv and prevalence.json
 * @throws RangeError when `decisions` are scores alone
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 2000, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 })(lab);
 * const decisions = Study.decisionTable(Policy.decide(policy)(lab));
 * const { rows } = Study.prevalence({ policy })({ decisions, gold: lab.gold });
 * rows.map(({ method, stratum }) => [method, stratum]) // => [['rogan-gladen', 'all stacks']]
 * @see docs/math.md#prevalence
 */
export const studyPrevalence =
  (options: PrevalenceStudyOptions = {}) =>
  (data: {
    readonly decisions: DecisionTable;
    readonly audit?: GoldSet | undefined;
    readonly gold?: GoldSet | undefined;
  }): PrevalenceSummary => {
    const { policy, strata = [], clusters, confidence = 0.95, claim = 'each' } = options;
    const { decision } = data.decisions;
    if (decision === undefined) throw RangeError('decisions: expected a decision for each stack, got scores alone');
    return prevalenceSummary({
      decisions: { ...data.decisions, decision },
      audit: data.audit,
      gold: data.gold,
      goldUsed: policy === undefined ? [] : goldMet(policy),
      strata,
      clusters,
      confidence,
      claim,
    });
  };

/** Prevalence from decisions and what experts found. */
export const prevalenceSummary = (question: PrevalenceQuestion): PrevalenceSummary => {
  const { decisions, audit, gold, strata, clusters, confidence, claim } = question;
  const used = new Set(question.goldUsed);
  const enriched = gold === undefined || gold.chosen === 'random' ? [] : gold.stackIds;
  // Gold that the policy knows is in the file as gold, not as a part of the population.
  const leftOut = new Set([...enriched, ...question.goldUsed]);
  const rows = rowsOf(decisions, { audit, leftOut });
  const isFinished = gold === undefined || unfinishedAgainst(rows, gold, used) === undefined;
  const calls = gold === undefined || !isFinished ? undefined : callRates(rows, gold, used, confidence);
  const methods: readonly (readonly [PrevalenceRow['method'], Method])[] = [
    ...(audit === undefined ? [] : [['prediction-powered', auditedMethod(confidence)] as const]),
    ...(calls === undefined ? [] : [['rogan-gladen', correctedMethod(confidence, calls)] as const]),
  ];
  const divisions = strata.map((one) => ({ by: one.by, groups: grouped(rows, one) }));
  const unit =
    clusters === undefined || strata.some(({ by }) => by === clusters.by)
      ? []
      : [{ by: clusters.by, groups: grouped(rows, clusters) }];
  const tables = methods.flatMap(([method, figures]): readonly PrevalenceRow[] => {
    const name = (by: string | undefined, groups: ReadonlyMap<string, readonly Row[]>) => (figure: Figure) =>
      present({
        method,
        by,
        ...countsOf(figure.stratum === ALL && by === undefined ? rows : (groups.get(figure.stratum) ?? [])),
        ...figure,
        stratum: by === undefined ? 'all stacks' : figure.stratum,
      });
    const whole = new Map([[ALL, rows]]);
    return [
      ...figures(whole, 'each').map(name(undefined, whole)),
      ...divisions.flatMap(({ by, groups }) => figures(groups, claim).map(name(by, groups))),
    ];
  });
  return present({
    schema: 'tandem-prevalence/1',
    confidence,
    claim,
    counts: countsOf(rows),
    rows: tables,
    lost: audit === undefined ? undefined : lostOf(rows, confidence),
    calls,
    between: clusters === undefined || audit === undefined ? [] : betweenOf(rows, divisions, clusters, confidence),
    warnings: warningsOf({ question, rows, used, divisions: [...divisions, ...unit] }),
  });
};

/** From the audit only: all clusters share the error of gold's rates, so the spread between clusters does not show it. */
const betweenOf = (
  rows: readonly Row[],
  divisions: readonly Division[],
  clusters: Strata,
  confidence: number,
): PrevalenceSummary['between'] => {
  const strata = divisions
    .filter(({ by }) => by !== clusters.by)
    .flatMap(({ by, groups }) => [...groups].map(([stratum, own]) => ({ named: { by, stratum }, own })));
  return [{ named: { stratum: 'all stacks' }, own: rows }, ...strata].map(({ named, own }) => {
    const figures = auditedMethod(confidence)(grouped(own, clusters), 'each').filter(({ about }) => about === 'seen');
    const known = figures.flatMap(({ estimate }) => (estimate === undefined ? [] : [estimate]));
    const without = figures.length - known.length;
    return { cluster: clusters.by, ...named, without, ...ofShares(Prevalence.betweenClusters({ confidence })(known)) };
  });
};

/** Cuts Student's interval at 0 and 1, the ends of a share. */
const ofShares = ({ interval, ...rest }: Prevalence.BetweenClusters): Prevalence.BetweenClusters =>
  interval === undefined
    ? rest
    : { ...rest, interval: { lower: Math.max(0, interval.lower), upper: Math.min(1, interval.upper) } };
