import type { Strata } from '../../decode/index.js';
import { present } from '../../domain/present.js';
import * as Prevalence from '../../stages/prevalence/index.js';
import type { Division } from './auditShares.js';
import { auditedMethod, callRates, correctedMethod, type Figure, type Method } from './methods.js';
import { countsOf, grouped, lostOf, type Row } from './outcomes.js';
import type { PrevalenceQuestion, PrevalenceRow, PrevalenceSummary } from './summary.js';
import { warningsOf } from './warnings.js';

const ALL = '';

/** Prevalence of stalled stacks from decisions and what experts found: overall, for each stratum, between clusters. */
export const prevalenceSummary = (question: PrevalenceQuestion): PrevalenceSummary => {
  const { decisions, audit, gold, asks, strata, clusters, confidence, claim } = question;
  const used = new Set(question.goldUsed);
  const enriched = gold === undefined || gold.chosen === 'random' ? [] : gold.stackIds;
  // Gold that the policy knows is here for its own sake, not as a part of the season.
  const leftOut = new Set([...enriched, ...question.goldUsed]);
  const truth = new Map(audit?.stackIds.map((stackId, row) => [stackId, audit.label[row]]));
  const rows = decisions.stackIds.map((stackId, row): Row => {
    const found = truth.get(stackId);
    return present({ stackId, fate: decisions.decision[row], leftOut: leftOut.has(stackId), truth: found });
  });
  const calls = gold === undefined || asks ? undefined : callRates(rows, gold, used, confidence);
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
    warnings: warningsOf({ question, rows, truth, used, divisions: [...divisions, ...unit] }),
  });
};

/** By the audit only: the error of the rates of gold is shared by all clusters, and no scatter between them shows it. */
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
    const found = auditedMethod(confidence)(grouped(own, clusters), 'each').filter(({ about }) => about === 'seen');
    const known = found.flatMap(({ estimate }) => (estimate === undefined ? [] : [estimate]));
    const without = found.length - known.length;
    return { cluster: clusters.by, ...named, without, ...ofShares(Prevalence.betweenClusters({ confidence })(known)) };
  });
};

/** Student's interval knows nothing of the ends of a share. */
const ofShares = ({ interval, ...rest }: Prevalence.BetweenClusters): Prevalence.BetweenClusters =>
  interval === undefined
    ? rest
    : { ...rest, interval: { lower: Math.max(0, interval.lower), upper: Math.min(1, interval.upper) } };
