import * as StopRule from '../../asking/stopRule/index.js';
import { STALLED } from '../../domain/label.js';
import type { Targets } from '../../domain/targets.js';
import type { ClassClusters, DecisionCounts } from '../../stages/riskControl/index.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { codeOf, type GoldBet } from './goldBets.js';

/** Clusters of the gold of one class, and what they show with the cluster as the unit. */
export interface ClusterEvidence extends ClassClusters {
  /** Gold of this class without a known cluster. It proves nothing; its errors count. */
  readonly without: number;
  /** Gold that came to a cluster after it was bet on. It proves nothing either. */
  readonly late: number;
  /** Fewest clusters, none with an error, that could show anything: (1 − limit)^M ≤ δ. */
  readonly needed: number;
  /** Bets that the risk of a random cluster is within the limit. */
  readonly below: StopRule.BetState;
  /** Bets that it is beyond. */
  readonly above: StopRule.BetState;
}

/** Clusters of the gold with votes or a score. */
export interface GoldClusters {
  /** Number of clusters, both classes together. Stacks without a cluster are not counted. */
  readonly count: number;
  readonly stalled: ClusterEvidence;
  readonly flowing: ClusterEvidence;
}

/** Gold of one dataset in order of arrival. */
interface Clustered {
  readonly bets: readonly GoldBet[];
  /** Log-odds of a stack by all of its votes; absent where it is not in this batch. */
  readonly logOddsOf: (stackId: string) => number | undefined;
}

/**
 * What gold shows with the mouse or session as the unit: bets on the share of each cluster that is decided wrongly.
 *
 * A design effect cannot see a rare bad mouse; bets on whole clusters can, and need as many of them as `needed`.
 */
export const clustersOf = ({ bets, logOddsOf }: Clustered, targets: Targets): GoldClusters => {
  const delta = 1 - targets.confidence;
  const evidence = (label: GoldBet['label'], limit: number): ClusterEvidence => {
    const own = bets.filter((bet) => bet.label === label);
    const known = own.flatMap((bet) => {
      const value = logOddsOf(bet.stackId);
      return bet.cluster === undefined || value === undefined ? [] : [{ value, cluster: bet.cluster }];
    });
    const { below, above, late } = lossesOf(own);
    return {
      ...RiskControl.designEffect({
        value: known.map(({ value }) => value),
        cluster: known.map(({ cluster }) => cluster),
      }),
      without: own.reduce((n, { cluster }) => n + (cluster === undefined ? 1 : 0), 0),
      late,
      needed: RiskControl.clustersNeeded({ limit, delta }),
      below: StopRule.followLosses({ bet: { limit, side: 'below' }, delta })(below),
      above: StopRule.followLosses({ bet: { limit, side: 'above' }, delta: delta / 2 })(above),
    };
  };
  return {
    count: new Set(bets.flatMap(({ cluster }) => cluster ?? [])).size,
    stalled: evidence('stalled', 1 - targets.sensitivity),
    flowing: evidence('flowing', 1 - targets.specificity),
  };
};

/** The share of each cluster that is wrong, in order of arrival; what is open counts as wrong for a pass and as right for a fail. */
const lossesOf = (bets: readonly GoldBet[]) => {
  const groups = new Map<string, { readonly gate: number; rows: number; wrong: number; open: number }>();
  let late = 0;
  for (const bet of bets) {
    const isWrong = isError(bet);
    // Without a cluster a stack that is right shows nothing; one that is wrong may be a whole cluster.
    if (bet.cluster === undefined && !isWrong && !isOpenEnd(bet)) continue;
    const name = bet.cluster === undefined ? `stack ${bet.stackId}` : `cluster ${bet.cluster}`;
    const group = groups.get(name) ?? { gate: bet.gate, rows: 0, wrong: 0, open: 0 };
    groups.set(name, group);
    if (bet.gate !== group.gate) {
      late++;
      continue;
    }
    group.rows++;
    if (isWrong) group.wrong++;
    if (isOpenEnd(bet)) group.open++;
  }
  const all = [...groups.values()];
  return {
    below: all.map(({ rows, wrong, open }) => (wrong + open) / rows),
    above: all.map(({ rows, wrong }) => wrong / rows),
    late,
  };
};

/** Whether a stack was finally called the other class. */
export const isError = ({ label, ended }: GoldBet): boolean =>
  (ended === 'flowing' || ended === 'stalled') && ended !== label;

/** Whether nobody knows how a stack would have ended. */
export const isOpenEnd = ({ ended }: GoldBet): boolean => ended === 'votes ran out';

/** Whether no two stacks with gold share a cluster, so that each stack is a unit by itself. */
export const areSingle = (bets: readonly GoldBet[]): boolean => {
  const known = bets.flatMap(({ cluster, label }) => (cluster === undefined ? [] : [`${label} ${cluster}`]));
  return known.length === bets.length && new Set(known).size === bets.length;
};

/**
 * Counts at the effective sample size, for a sensitivity analysis: the number of independent stacks that carry the same information.
 *
 * Counts are divided by the design effect; errors are rounded up, stacks down. A stack without a known cluster shows nothing,
 * because it may belong to any of them; its error counts in full. `undefined` where the effect cannot be estimated.
 */
export const effectiveCounts = (
  bets: readonly GoldBet[],
  known: Pick<GoldClusters, 'stalled' | 'flowing'>,
): DecisionCounts | undefined => {
  const by = (label: GoldBet['label'], { designEffect }: ClassClusters): readonly [number, number] | undefined => {
    if (designEffect === undefined) return undefined;
    const own = bets.filter((bet) => bet.label === label);
    const wrong = (rows: readonly GoldBet[]): number =>
      rows.reduce((n, bet) => n + Number(isError(bet) || isOpenEnd(bet)), 0);
    const within = own.filter(({ cluster }) => cluster !== undefined);
    const outside = wrong(own.filter(({ cluster }) => cluster === undefined));
    const left = Math.floor(within.length / designEffect);
    return [left + outside, Math.min(left, Math.ceil(wrong(within) / designEffect)) + outside];
  };
  const stalled = by('stalled', known.stalled);
  const flowing = by('flowing', known.flowing);
  if (stalled === undefined || flowing === undefined) return undefined;
  return { stalled: stalled[0], missed: stalled[1], flowing: flowing[0], alarmed: flowing[1] };
};

/** Gold as the stages count it: class by number, ends by their codes. */
export const goldColumns = (bets: readonly GoldBet[]): { readonly label: Uint8Array; readonly ends: Uint8Array } => ({
  label: Uint8Array.from(bets, ({ label }) => (label === 'stalled' ? STALLED : 1 - STALLED)),
  ends: Uint8Array.from(bets, codeOf),
});
