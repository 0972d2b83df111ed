import type { GoldSet } from '../../domain/gold.js';
import type { GoldUnsuitable } from '../../domain/operatingPoint.js';
import { unsuitable } from '../gold.js';
import { type DesignEffect, FEWEST_CLUSTERS } from './clusters.js';

/** Gold was used to fit what it is to certify, so its agreement proves nothing. */
export interface GoldFitted {
  readonly _tag: 'GoldFitted';
  /** How many of the gold stacks were used to fit. */
  readonly stacks: number;
  readonly reason: string;
  readonly fix: string;
}

/** Scores of gold stacks that come from other models than the one to be deployed. */
export interface ScoresCrossFitted {
  readonly _tag: 'ScoresCrossFitted';
  readonly reason: string;
  readonly fix: string;
}

/** Gold of one class from so few clusters, or so alike, that its effective size cannot be known. */
export interface ClustersTooFew {
  readonly _tag: 'ClustersTooFew';
  /** Whose gold it is. */
  readonly gold: 'stalled' | 'flowing';
  /** Known clusters; stacks without a known cluster are not counted. */
  readonly clusters: number;
  readonly reason: string;
  readonly fix: string;
}

/** The replay stopped asking by another rule than the one to be deployed. */
export interface StopRuleDiffers {
  readonly _tag: 'StopRuleDiffers';
  readonly replayed: string;
  readonly deployed: string;
  readonly reason: string;
  readonly fix: string;
}

/** Why no certificate can come of this, however much gold there is. */
export type Refusal = GoldUnsuitable | GoldFitted | ScoresCrossFitted | ClustersTooFew | StopRuleDiffers;

/** Refusals as one failure; never empty. */
export interface Refused {
  readonly _tag: 'Refused';
  readonly refusals: readonly Refusal[];
}

/** What is known of the clusters of gold of one class: `designEffect` of the stacks whose cluster is known. */
export interface ClassClusters extends DesignEffect {
  /** Gold of this class without a known cluster; default 0. All of it may come from one cluster. */
  readonly without?: number;
}

/** How the numbers came about, which they cannot show themselves. Whatever is absent becomes an assumption. */
export interface Circumstances {
  /** Stacks that fitted anything: skills, calibrators, models, features, the path of candidates. */
  readonly fittedOn?: readonly string[];
  /** `frozen`: one model scored gold and will be deployed. `cross-fitted`: each gold stack by the fold without it. */
  readonly scores?: 'frozen' | 'cross-fitted';
  /** Mice, sessions or other units gold stacks come from and may share their errors; each class by itself. */
  readonly clusters?: { readonly stalled: ClassClusters; readonly flowing: ClassClusters };
  /** Names or hashes of the stop rule under which gold was replayed, and of the one to be deployed. */
  readonly stopRule?: { readonly replayed: string; readonly deployed: string };
}

/**
 * Every reason why gold under these circumstances can certify nothing; empty when there is none.
 *
 * @param circumstances - what is known of fitting, scoring, clusters and the stop rule
 * @returns takes gold, or how it was chosen and its stack ids; gives refusals, each with its remedy; none of them goes away with more gold of the same kind
 * @example
 * const gold = Gold.from({ chosen: 'candidates-only' })([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }]);
 * const clusters = RiskControl.designEffect({ value: [1, 2, 3], cluster: ['m1', 'm1', 'm2'] });
 * const found = RiskControl.refusals({ fittedOn: ['s2'], clusters: { stalled: clusters, flowing: clusters } })(gold);
 * found.map((refusal) => refusal._tag) // => ['GoldUnsuitable', 'GoldFitted', 'ClustersTooFew', 'ClustersTooFew']
 * @see docs/math.md#refusals
 */
export const refusals =
  ({ fittedOn = [], scores = 'frozen', clusters, stopRule }: Circumstances = {}) =>
  (gold: Pick<GoldSet, 'chosen' | 'stackIds'>): readonly Refusal[] => {
    const found: Refusal[] = [];
    const chosen = unsuitable(gold.chosen);
    if (chosen !== undefined) found.push(chosen);
    const fitted = new Set(fittedOn);
    const stacks = gold.stackIds.reduce((count, stackId) => count + (fitted.has(stackId) ? 1 : 0), 0);
    if (stacks > 0) {
      found.push({
        _tag: 'GoldFitted',
        stacks,
        reason: `${stacks} of ${gold.stackIds.length} gold stacks fitted what they are to certify, and it knows their answers`,
        fix: 'Certify on gold that fitted nothing: `Gold.split`, or `Gold.without` the stacks used.',
      });
    }
    if (scores === 'cross-fitted') {
      found.push({
        _tag: 'ScoresCrossFitted',
        reason:
          'each fold’s model scored other gold stacks, so the scores are not those of one rule and are not independent ' +
          'of each other; the deployed model, fitted on everything, is none of them',
        fix: 'Freeze one model, and score with it gold it has not seen.',
      });
    }
    if (clusters !== undefined) {
      for (const label of ['stalled', 'flowing'] as const) {
        const few = clustersTooFew(label, clusters[label]);
        if (few !== undefined) found.push(few);
      }
    }
    if (stopRule !== undefined && stopRule.replayed !== stopRule.deployed) {
      found.push({
        _tag: 'StopRuleDiffers',
        ...stopRule,
        reason: 'a rule that stops asking elsewhere leaves other posteriors, and so other errors, than those replayed',
        fix: 'Replay gold under the very policy to be deployed.',
      });
    }
    return found;
  };

/** Each class has its own claim: flowing gold of forty mice does not show how the stalls of one mouse resemble each other. */
const clustersTooFew = (
  gold: ClustersTooFew['gold'],
  { stacks, clusters, designEffect, without = 0 }: ClassClusters,
): ClustersTooFew | undefined => {
  // Without gold of a class there is no claim about it, and a stack that is alone in its cluster shares no error.
  if (stacks + without === 0 || (stacks > 0 && clusters === stacks)) return undefined;
  const from = `${gold} gold comes from ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'}`;
  const besides =
    without === 0 ? '' : `, and ${without} ${without === 1 ? 'stack' : 'stacks'} of it from none that is known`;
  if (clusters < FEWEST_CLUSTERS) {
    return {
      _tag: 'ClustersTooFew',
      gold,
      clusters,
      reason:
        `${from}${besides}; stacks of one cluster share their errors, and under ${FEWEST_CLUSTERS} clusters how strongly ` +
        'they do cannot be estimated (`RiskControl.designEffect`)',
      fix: `Take ${gold} gold from at least ${FEWEST_CLUSTERS} mice or sessions, fewer stacks of each.`,
    };
  }
  if (designEffect !== undefined) return undefined;
  return {
    _tag: 'ClustersTooFew',
    gold,
    clusters,
    reason: `${from}${besides}, all with the same value; so how strongly stacks of one cluster resemble each other cannot be estimated`,
    fix: `Take ${gold} gold with votes or scores that differ, from more mice or sessions.`,
  };
};
