import * as StopRule from '../../asking/stopRule/index.js';
import type { DecisionTable, Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import { STALLED } from '../../domain/label.js';
import type { Targets } from '../../domain/targets.js';
import { hashText } from '../../kernel/ids/hash.js';
import type { DriftOfErrors, ErrorDrift } from '../../stages/drift/index.js';

/** Fixed, so that nobody can try other orders. */
const SALT = 0;

/** Values by cluster, those of one cluster in an order that has nothing to do with them. */
export const clusterScores = (
  { value }: DecisionTable,
  clusters: Strata,
  isWanted: (stackId: string) => boolean,
): readonly (readonly number[])[] => {
  const rows = value.stackIds.flatMap((stackId, row) => {
    const cluster = clusters.of.get(stackId);
    return cluster === undefined || !isWanted(stackId)
      ? []
      : [{ cluster, place: hashText(`drift\n${stackId}`, SALT), stackId, score: value.score[row] }];
  });
  rows.sort((a, b) => a.place - b.place || (a.stackId < b.stackId ? -1 : 1));
  return byCluster(rows).map((own) => own.map(({ score }) => score));
};

/**
 * Errors with the cluster as the unit: bets that the share of a cluster that is decided wrongly is beyond the limit. Gold without a
 * cluster takes no part.
 */
export const clusterErrors = (
  {
    gold,
    current,
    rows,
    clusters,
    wanted,
  }: {
    readonly gold: GoldSet | undefined;
    readonly current: DecisionTable;
    readonly rows: ReadonlyMap<string, number>;
    readonly clusters: Strata;
    readonly wanted: (stackId: string) => boolean;
  },
  { targets, falseAlarm }: { readonly targets: Targets; readonly falseAlarm: number },
): DriftOfErrors | undefined => {
  const judged = (gold?.stackIds ?? []).flatMap((stackId, g) => {
    const row = rows.get(stackId);
    const outcome = row === undefined ? undefined : current.decision?.[row];
    const cluster = clusters.of.get(stackId);
    if (outcome === undefined || outcome === 'unread' || cluster === undefined || !wanted(stackId)) return [];
    const isStalled = gold?.label[g] === STALLED;
    return [{ isStalled, cluster, isWrong: outcome === (isStalled ? 'flowing' : 'stalled') }];
  });
  if (judged.length === 0) return undefined;
  const watch = (isStalled: boolean, limit: number): ErrorDrift => {
    const own = judged.filter((one) => one.isStalled === isStalled);
    const losses = byCluster(own).map(
      (units) => units.reduce((n, { isWrong }) => n + Number(isWrong), 0) / units.length,
    );
    // Two risks are watched, each with half of the error.
    const bets = StopRule.followLosses({ bet: { limit, side: 'above' }, delta: falseAlarm / 2 })(losses);
    return {
      errors: own.reduce((n, { isWrong }) => n + Number(isWrong), 0),
      n: own.length,
      limit,
      logEvidence: bets.bestLogWealth,
      alarmAt: -Math.log(falseAlarm / 2),
      alarm: bets.shown,
    };
  };
  const missedStalls = watch(true, 1 - targets.sensitivity);
  const falseAlarms = watch(false, 1 - targets.specificity);
  return { alarm: missedStalls.alarm || falseAlarms.alarm, falseAlarm, missedStalls, falseAlarms };
};

const byCluster = <Row extends { readonly cluster: string }>(rows: readonly Row[]): readonly (readonly Row[])[] => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const own = groups.get(row.cluster);
    if (own === undefined) groups.set(row.cluster, [row]);
    else own.push(row);
  }
  return [...groups.values()];
};
