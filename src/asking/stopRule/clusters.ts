import type { Gold } from '../../domain/gold.js';
import { FLOWING, STALLED } from '../../domain/label.js';
import type { Targets } from '../../domain/targets.js';
import { binomialTails } from '../../kernel/special/binomial.js';
import { clustersNeeded, designEffect, fixedSequence, RAN_OUT, UNSEEN } from '../../stages/riskControl/index.js';
import type { Trajectories } from '../replay/index.js';
import { logWealth } from './bettingTest.js';
import type { RuleCandidate } from './path.js';
import { type RuleReplay, replayOn, type Spending, spending } from './replay.js';
import type { StopRule } from './rule.js';

/** Targets, and the mouse or session of each gold stack. */
export interface ClusterOptions {
  /** For tuning; whole clusters of it fitted nothing (`divideGold` with `cluster`). */
  readonly gold: Gold<'tune'>;
  /** From `rulePath`, the most careful first. */
  readonly candidates: readonly RuleCandidate[];
  readonly targets: Targets;
  readonly prevalence: number;
  /** Mouse or session of each gold stack, aligned with the gold. */
  readonly cluster: readonly string[];
  /** Replays a rule on that gold; default `replayOn` it. */
  readonly replay?: ((rule: StopRule) => RuleReplay) | undefined;
}

/** A candidate that passed one of the two tests by cluster. */
export interface ClusterResult extends RuleCandidate {
  /** `certificate`: nothing is assumed of what happens inside a cluster. `sensitivity analysis`: an estimated correlation is believed. */
  readonly kind: 'certificate' | 'sensitivity analysis';
  /** Its row among the candidates. */
  readonly candidate: number;
  readonly pValue: number;
  readonly spending: Spending;
}

/** What gold by cluster shows. */
export interface ByClusters {
  /** The last candidate certified with the cluster as the unit. Absent: none. */
  readonly certificate?: ClusterResult | undefined;
  /** The last candidate that passes with gold shrunk by the design effect. Absent: none, or the effect is not known. */
  readonly sensitivityAnalysis?: ClusterResult | undefined;
  /** Clusters with gold of each class, and how many could certify anything: (1 − limit)^M ≤ δ. */
  readonly clusters: Readonly<Record<'stalled' | 'flowing', { readonly seen: number; readonly needed: number }>>;
}

/** Gold of one class with its clusters; `rows` are those of the gold. */
interface ClassGold {
  readonly rows: readonly number[];
  readonly clusters: readonly (readonly number[])[];
  readonly limit: number;
  /** By which gold is worth less; absent where it cannot be estimated. */
  readonly effect: number | undefined;
}

/**
 * Certifies a stop rule with the mouse or session as the unit, for stacks of one cluster that share their errors.
 *
 * loss of a cluster = share of its gold of that class that is decided wrongly, in [0, 1];   risk = E[loss of a random cluster]
 * W = mean over θ of Π (1 − loss)(1 − θ)/(1 − α) + loss · θ/α ;   p = 1/W, and the exact binomial where each cluster has one stack
 *
 * E[W] ≤ 1 while the risk is above α, whatever the losses are. W is at most (1 − α)^−M, so fewer clusters than
 * `clusters.needed` certify nothing: a rare bad mouse may not be among them. What few clusters suggest all the same is called
 * what it is, a sensitivity analysis: counts divided by the design effect of the log-odds, which cannot see a rare bad mouse.
 *
 * @param options - gold for tuning and the cluster of each row of it, candidates, targets, prevalence
 * @throws RangeError when clusters are not aligned with gold, or a candidate cannot be followed
 * @example
 * const stackIds = Array.from({ length: 600 }, (_, i) => `s${i}`);
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'stratified' })(stackIds.map((stackId, i) => ({ stackId, label: i < 300 ? 1 : 0 }))));
 * const paths = { stackIds, first: Uint32Array.from({ length: 601 }, (_, s) => s), logOdds: Float64Array.from({ length: 600 }, (_, i) => (i < 300 ? 3 : -9)), scores: new Uint32Array(600).fill(1) };
 * const cluster = stackIds.map((_, i) => `mouse ${i % 25}`);
 * const candidates = [{ rule: StopRule.oneLook({ votes: 0, flowingBelow: -6, stalledFrom: 0 }) }];
 * const targets = { sensitivity: 0.99, specificity: 0.95, confidence: 0.95 };
 * const found = StopRule.certifyByClusters({ gold, targets, prevalence: 0.01, cluster, candidates })(paths);
 * [found.certificate, found.clusters.stalled] // => [undefined, { seen: 25, needed: 299 }]
 * @see docs/math.md#clusters · Waudby-Smith & Ramdas (2024), doi:10.1093/jrsssb/qkad009 (bounded means by betting)
 */
export const certifyByClusters =
  ({ gold, targets, prevalence, cluster, candidates, replay }: ClusterOptions) =>
  (paths: Trajectories): ByClusters => {
    if (cluster.length !== gold.stackIds.length) {
      throw RangeError(`cluster: expected ${gold.stackIds.length} rows, got ${cluster.length}`);
    }
    const delta = 1 - targets.confidence;
    const replayed = replay ?? replayOn(gold)(paths);
    const replays = candidates.map(({ rule }) => replayed(rule));
    const classes = ([STALLED, FLOWING] as const).map((label) =>
      classGold(gold, {
        label,
        limit: 1 - (label === STALLED ? targets.sensitivity : targets.specificity),
        cluster,
        paths,
        replay: replays[0],
      }),
    );
    const last = (kind: ClusterResult['kind'], pValues: readonly number[]): ClusterResult | undefined => {
      const candidate = fixedSequence({ pValues, delta }).length - 1;
      return candidate < 0
        ? undefined
        : {
            ...candidates[candidate],
            kind,
            candidate,
            pValue: pValues[candidate],
            spending: spending({ gold, prevalence })(replays[candidate]),
          };
    };
    const both = (pValue: (classOf: ClassGold, wrong: (g: number) => number) => number) =>
      replays.map(({ decisions }) => {
        const wrong = (g: number): number => Number(decisions[g] === 1 - gold.label[g] || decisions[g] === RAN_OUT);
        return Math.max(...classes.map((one) => pValue(one, wrong)));
      });
    const [stalled, flowing] = classes.map(({ clusters, limit }) => ({
      seen: clusters.length,
      needed: clustersNeeded({ limit, delta }),
    }));
    return {
      certificate: last('certificate', both(pByCluster)),
      sensitivityAnalysis: last('sensitivity analysis', both(pByEffect)),
      clusters: { stalled, flowing },
    };
  };

const classGold = (
  gold: Gold<'tune'>,
  about: {
    readonly label: number;
    readonly limit: number;
    readonly cluster: readonly string[];
    readonly paths: Trajectories;
    readonly replay: RuleReplay;
  },
): ClassGold => {
  const { label, limit, cluster, paths, replay } = about;
  const rows = Array.from(gold.label.keys()).filter((g) => gold.label[g] === label && replay.decisions[g] !== UNSEEN);
  const byCluster = new Map<string, number[]>();
  for (const g of rows) {
    const own = byCluster.get(cluster[g]) ?? [];
    own.push(g);
    byCluster.set(cluster[g], own);
  }
  const end = new Map(paths.stackIds.map((id, s) => [id, paths.logOdds[paths.first[s + 1] - 1]]));
  const value = rows.map((g) => end.get(gold.stackIds[g]) ?? 0);
  const effect = designEffect({ value, cluster: rows.map((g) => cluster[g]) }).designEffect;
  return { rows, clusters: [...byCluster.values()], limit, effect };
};

/** p-value against "the risk of a random cluster is above the limit". */
const pByCluster = ({ rows, clusters, limit }: ClassGold, wrong: (g: number) => number): number => {
  if (clusters.length === 0) return 1;
  const errorsOf = (own: readonly number[]): number => own.reduce((sum, g) => sum + wrong(g), 0);
  if (clusters.length === rows.length) {
    return binomialTails({ k: errorsOf(rows), n: rows.length, p: limit }).atMost;
  }
  return Math.min(1, Math.exp(-logWealth({ limit, side: 'below' })(clusters.map((own) => errorsOf(own) / own.length))));
};

/** p-value with counts divided by the design effect, errors rounded up and gold rounded down. 1 where the effect is unknown. */
const pByEffect = ({ rows, limit, effect }: ClassGold, wrong: (g: number) => number): number => {
  if (effect === undefined || rows.length === 0) return 1;
  const errors = rows.reduce((sum, g) => sum + wrong(g), 0);
  return binomialTails({ k: Math.ceil(errors / effect), n: Math.floor(rows.length / effect), p: limit }).atMost;
};
