import type { Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { FLOWING, STALLED } from '../domain/label.js';
import type { Decisions } from '../policy/index.js';
import type { ClassClusters, DecisionCounts, EndToEndCounts } from '../stages/riskControl/index.js';
import * as RiskControl from '../stages/riskControl/index.js';

/** Clusters of the gold with votes or a score, and how much the log-odds of one cluster resemble each other. */
export interface GoldClusters {
  /** Number of clusters, both classes together. Stacks without a cluster are not counted. */
  readonly count: number;
  readonly stalled: Required<Pick<ClassClusters, 'without'>> & ClassClusters;
  readonly flowing: Required<Pick<ClassClusters, 'without'>> & ClassClusters;
}

interface Clustered {
  readonly gold: GoldSet;
  /** How each gold stack ended. */
  readonly outcomes: Uint8Array;
  readonly clusters: Strata;
}

export const clustersOf = ({
  gold,
  outcomes,
  clusters,
  decisions,
  rowById,
}: Clustered & { readonly decisions: Decisions; readonly rowById: ReadonlyMap<string, number> }): GoldClusters => {
  const { logOdds } = decisions.posterior;
  const seen = gold.stackIds.flatMap((stackId, g) => {
    const row = rowById.get(stackId);
    if (row === undefined || outcomes[g] === RiskControl.UNSEEN) return [];
    return [{ label: gold.label[g], value: logOdds[row], cluster: clusters.of.get(stackId) }];
  });
  const effect = (label: number): GoldClusters['stalled'] => {
    const own = seen.filter((one) => one.label === label);
    const known = own.flatMap(({ value, cluster }) => (cluster === undefined ? [] : [{ value, cluster }]));
    return {
      ...RiskControl.designEffect({
        value: known.map(({ value }) => value),
        cluster: known.map(({ cluster }) => cluster),
      }),
      without: own.length - known.length,
    };
  };
  return {
    count: new Set(seen.flatMap(({ cluster }) => cluster ?? [])).size,
    stalled: effect(STALLED),
    flowing: effect(FLOWING),
  };
};

/**
 * Counts at the effective sample size: the number of independent stacks that carry the same information.
 *
 * Counts are divided by the design effect; errors are rounded up, stacks down. A stack without a known cluster proves
 * nothing, because it may belong to any of them; its error counts in full.
 *
 * @param hold - how gold whose votes ran out is counted
 */
export const effectiveCounts = (
  { gold, outcomes, clusters }: Clustered,
  known: Pick<GoldClusters, 'stalled' | 'flowing'>,
  hold: (counts: EndToEndCounts) => DecisionCounts,
): DecisionCounts => {
  const among = (isClustered: boolean): DecisionCounts =>
    hold(
      RiskControl.endToEndCounts(gold)(
        outcomes.map((outcome, g) =>
          clusters.of.has(gold.stackIds[g]) === isClustered ? outcome : RiskControl.UNSEEN,
        ),
      ),
    );
  const [within, outside] = [among(true), among(false)];
  const by = (n: number, errors: number, { designEffect = 1 }: ClassClusters): readonly [number, number] => {
    const left = Math.floor(n / designEffect);
    return [left, Math.min(left, Math.ceil(errors / designEffect))];
  };
  const [stalled, missed] = by(within.stalled, within.missed, known.stalled);
  const [flowing, alarmed] = by(within.flowing, within.alarmed, known.flowing);
  return {
    stalled: stalled + outside.missed,
    missed: missed + outside.missed,
    flowing: flowing + outside.alarmed,
    alarmed: alarmed + outside.alarmed,
  };
};
