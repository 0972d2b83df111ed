import * as E from 'fp-ts/lib/Either.js';
import type { Interval } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { betaQuantile } from '../../kernel/special/beta.js';
import { studentQuantile } from '../../kernel/special/student.js';

/** Stacks of one cluster (mouse) that were called alike, and what a random audit found among them. Integers. */
export interface ClusterCalls {
  readonly group: string;
  /** The unit of the study, e.g. the mouse. The same name in two groups is two clusters. */
  readonly cluster: string;
  /** What they share: a decision, or a bin of the posterior. */
  readonly called: string;
  readonly stacks: number;
  /** Of these, drawn at random and labelled by an expert who did not know the call. */
  readonly audited: number;
  /** Of the audited, truly stalled. */
  readonly stalled: number;
}

/** Which two groups are compared. */
export interface ContrastOptions {
  /** The share of the first is held against that of the second. */
  readonly groups: readonly [first: string, second: string];
  /** Of every interval, in (0, 1); default .95. */
  readonly confidence?: number | undefined;
}

/** The stalled share of one group, every cluster counting the same. */
export interface GroupShare {
  readonly group: string;
  readonly clusters: number;
  readonly stacks: number;
  readonly audited: number;
  readonly auditedStalled: number;
  /** Mean share of its clusters, in [0, 1]. */
  readonly estimate: number;
  /** For clusters like these. */
  readonly interval: Interval;
}

/** Two groups compared; the intervals are about clusters like these, not only about the stacks at hand. */
export interface Contrast {
  readonly confidence: number;
  readonly groups: readonly [first: GroupShare, second: GroupShare];
  /** Share of the first less that of the second, in [−1, 1]. */
  readonly difference: { readonly estimate: number; readonly interval: Interval };
  /**
   * Share of the first over that of the second. `estimate` is absent where the second is 0, `upper` where the second may
   * be 0. It excludes 1 exactly where the difference excludes 0.
   */
  readonly ratio: { readonly estimate?: number; readonly lower: number; readonly upper?: number };
  /** Calls with stacks in a group of which none was audited: anything from none to all of them may be stalled. */
  readonly unaudited: readonly { readonly group: string; readonly called: string; readonly stacks: number }[];
}

/** Why two groups cannot be compared: a group with fewer than two clusters, or without an audit. */
export interface ContrastInfeasible {
  readonly _tag: 'ContrastInfeasible';
  readonly group: string;
  readonly clusters: number;
  readonly audited: number;
  readonly needs: 'two clusters' | 'an audit';
}

/**
 * Difference and ratio of stalled shares between two groups, from calls on all stacks and expert labels on a random audit,
 * with the cluster (mouse) as the unit.
 *
 *   share of a group = mean over its clusters m of Σ_c N_mc / N_m · p_c      p_c: stalled share of its audited stacks called c
 *   interval = estimate ± max( t · s,  √( (t · s₀)² + Σ e² ) )
 *
 * Calls only sort stacks, so nothing is assumed about their errors: a group has its own p_c, and an audit share of its own
 * for each call. s is the standard error between clusters, what the audit found in each of them included; s₀ is that of
 * the calls alone; t has Welch's degrees of freedom; e are the distances to the ends of exact intervals of each p_c, on the side that
 * matters, combined as Zou and Donner do. So many errors found count by how clusters differ, and few or none by what
 * may have been overlooked. The ratio holds every R for which first − R · second may be 0 (Fieller).
 *
 * The audit must be drawn at one share from all clusters of a group that have the same call.
 *
 * @param options - the two groups, confidence
 * @returns rows of one cluster and call are added
 * @left ContrastInfeasible where a group has fewer than two clusters, or no audited stack
 * @throws RangeError when counts are not integers, stalled <= audited <= stacks, or confidence is not in (0, 1)
 * @example
 * const mouse = (group, cluster, calledStalled) => [
 *   { group, cluster, called: 'stalled', stacks: calledStalled, audited: calledStalled, stalled: calledStalled },
 *   { group, cluster, called: 'flowing', stacks: 1000 - calledStalled, audited: 200, stalled: 0 },
 * ];
 * const calls = [mouse('A', 'a1', 30), mouse('A', 'a2', 34), mouse('A', 'a3', 26), mouse('B', 'b1', 9), mouse('B', 'b2', 12), mouse('B', 'b3', 9)].flat();
 * const { difference, ratio } = Errors.getOrThrow(Prevalence.contrast({ groups: ['A', 'B'] })(calls));
 * difference // => { estimate: 0.02, interval: { lower: 0.00928217, upper: 0.0316717 } }
 * [ratio.estimate, ratio.lower, ratio.upper] // => [3, 1.72665, 4.89704]
 * @see docs/math.md#contrast · Angelopoulos, Bates, Fannjiang, Jordan & Zrnic (2023), doi:10.1126/science.adi6000 ·
 * Angelopoulos, Duchi & Zrnic (2023), arXiv:2311.01453 · Zou & Donner (2008), doi:10.1002/sim.3095 ·
 * Korn & Graubard (1998), Survey Methodology 24 · Welch (1947), doi:10.1093/biomet/34.1-2.28
 */
export const contrast =
  ({ groups, confidence = 0.95 }: ContrastOptions) =>
  (calls: readonly ClusterCalls[]): E.Either<ContrastInfeasible, Contrast> => {
    if (!(confidence > 0 && confidence < 1)) {
      throw RangeError(`contrast: expected confidence in (0, 1), got ${confidence}`);
    }
    calls.forEach(requireCounts);
    const tables = groups.map((group) =>
      tableOf(
        group,
        calls.filter((row) => row.group === group),
      ),
    );
    for (const { group, clusters, audited } of tables) {
      const infeasible = { _tag: 'ContrastInfeasible', group, clusters: clusters.length, audited } as const;
      if (clusters.length < 2) return E.left({ ...infeasible, needs: 'two clusters' });
      if (audited === 0) return E.left({ ...infeasible, needs: 'an audit' });
    }
    const tail = (1 - confidence) / 2;
    const pooled = pooledShares(tables);
    const [first, second] = tables.map((table) => partsOf(table, pooled, tail));
    const difference = first.estimate - second.estimate;
    return E.right({
      confidence,
      groups: [shareOf(tables[0], first, tail), shareOf(tables[1], second, tail)],
      difference: {
        estimate: difference,
        interval: {
          lower: Math.max(-1, difference - reach(first, second, tail)),
          upper: Math.min(1, difference + reach(second, first, tail)),
        },
      },
      ratio: present({
        estimate: second.estimate > 0 ? first.estimate / second.estimate : undefined,
        lower: leastRatio(first, second, tail),
        upper: upperRatio(first, second, tail),
      }),
      unaudited: tables.flatMap(({ group, calls: own }) =>
        own.flatMap(({ called, stacks, audited }) => (stacks > 0 && audited === 0 ? [{ group, called, stacks }] : [])),
      ),
    });
  };

const requireCounts = ({ group, cluster, called, stacks, audited, stalled }: ClusterCalls): void => {
  const whole = [stacks, audited, stalled].every(Number.isSafeInteger);
  if (whole && 0 <= stalled && stalled <= audited && audited <= stacks) return;
  throw RangeError(
    `contrast: ${group}, ${cluster}, called ${called}: expected integers stalled <= audited <= stacks, got ${stalled}, ${audited}, ${stacks}`,
  );
};

interface Counts {
  readonly stacks: number;
  readonly audited: number;
  readonly stalled: number;
}

/** Counts of one group; row m of every column belongs to `clusters[m]`. */
interface GroupTable {
  readonly group: string;
  readonly clusters: readonly string[];
  /** Stacks of each cluster. */
  readonly size: readonly number[];
  readonly audited: number;
  readonly calls: readonly (Counts & { readonly called: string; readonly byCluster: readonly Counts[] })[];
}

const NONE: Counts = { stacks: 0, audited: 0, stalled: 0 };

const added = (rows: readonly Counts[]): Counts =>
  rows.reduce(
    (sum, row) => ({
      stacks: sum.stacks + row.stacks,
      audited: sum.audited + row.audited,
      stalled: sum.stalled + row.stalled,
    }),
    NONE,
  );

/** Clusters without stacks have no share and are none. */
const tableOf = (group: string, all: readonly ClusterCalls[]): GroupTable => {
  const rows = all.filter(({ stacks }) => stacks > 0);
  const clusters = [...new Set(rows.map(({ cluster }) => cluster))].sort();
  const calls = [...new Set(rows.map(({ called }) => called))].sort().map((called) => {
    const byCluster = clusters.map((cluster) =>
      added(rows.filter((row) => row.cluster === cluster && row.called === called)),
    );
    return { called, byCluster, ...added(byCluster) };
  });
  return {
    group,
    clusters,
    size: clusters.map((_, m) => calls.reduce((sum, { byCluster }) => sum + byCluster[m].stacks, 0)),
    audited: calls.reduce((sum, { audited }) => sum + audited, 0),
    calls,
  };
};

/** Stalled share of each call over both groups: the estimate where a group has no audit of it. */
const pooledShares = (tables: readonly GroupTable[]): ReadonlyMap<string, number> => {
  const rows = tables.flatMap(({ calls }) => calls);
  return new Map(
    rows.map(({ called }) => {
      const { audited, stalled } = added(rows.filter((row) => row.called === called));
      return [called, audited === 0 ? 0.5 : stalled / audited];
    }),
  );
};

/** The estimate of one group, and where its uncertainty comes from. */
interface Parts {
  readonly estimate: number;
  /** Clusters less one. */
  readonly freedom: number;
  /** Squared standard error between clusters, by calls alone. */
  readonly ofCalls: number;
  /** The same, with what the audit found in each cluster. */
  readonly ofClusters: number;
  /** Σ of squared distances to the exact lower ends of the audited shares. */
  readonly below: number;
  /** Σ of squared distances to the exact upper ends. */
  readonly above: number;
}

const partsOf = ({ clusters, size, calls }: GroupTable, pooled: ReadonlyMap<string, number>, tail: number): Parts => {
  const k = clusters.length;
  const byCalls = new Float64Array(k);
  const withAudit = new Float64Array(k);
  let below = 0;
  let above = 0;
  for (const { called, byCluster, stacks, audited } of calls) {
    // Every cluster counts the same, so one stack of a small cluster weighs more.
    let weight = 0;
    let drawn = 0;
    let drawnSquares = 0;
    let hits = 0;
    byCluster.forEach((row, m) => {
      weight += row.stacks / size[m];
      drawn += row.audited / size[m];
      drawnSquares += row.audited / size[m] ** 2;
      hits += row.stalled / size[m];
    });
    const share = audited === 0 ? (pooled.get(called) ?? 0.5) : hits / drawn;
    byCluster.forEach((row, m) => {
      const calledHere = row.stacks / size[m];
      byCalls[m] += calledHere * share;
      const found = audited === 0 ? 0 : (weight / drawn) * ((row.stalled - row.audited * share) / size[m]);
      withAudit[m] += calledHere * share + found;
    });
    if (audited === stacks) continue;
    const effective = audited === 0 ? 0 : drawn ** 2 / drawnSquares / (1 - audited / stacks);
    const ends = exactEnds(share, effective, tail);
    below += ((weight / k) * (share - ends.lower)) ** 2;
    above += ((weight / k) * (ends.upper - share)) ** 2;
  }
  const estimate = byCalls.reduce((sum, z) => sum + z, 0) / k;
  return {
    estimate,
    freedom: k - 1,
    ofCalls: squaredError(byCalls),
    ofClusters: squaredError(withAudit),
    below,
    above,
  };
};

/** Clopper and Pearson's ends for a share of `n` labels, n not necessarily whole; [0, 1] without labels. */
const exactEnds = (share: number, n: number, tail: number): Interval => {
  const hits = share * n;
  const rest = (1 - share) * n;
  return {
    lower: hits > 0 ? Math.min(share, betaQuantile({ a: hits, b: rest + 1, p: tail, tail: 'lower' }).x) : 0,
    upper: rest > 0 ? Math.max(share, betaQuantile({ a: hits + 1, b: rest, p: tail, tail: 'upper' }).x) : 1,
  };
};

/** s² / k of k values. */
const squaredError = (values: Float64Array): number => {
  const k = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / k;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (k - 1) / k;
};

/** How far first − second may lie below its estimate. */
const reach = (first: Parts, second: Parts, tail: number): number => {
  const byClusters = studentReach(
    { error: first.ofClusters, parts: first },
    { error: second.ofClusters, parts: second },
    tail,
  );
  const byCalls = studentReach({ error: first.ofCalls, parts: first }, { error: second.ofCalls, parts: second }, tail);
  return Math.max(byClusters, Math.hypot(byCalls, Math.sqrt(first.below + second.above)));
};

/** One group's squared standard error, and its estimate. */
interface Spread {
  readonly error: number;
  readonly parts: Parts;
}

/** Beyond this many shares, t · s says that clusters are too few, and nothing about their skewness. */
const MOST_SKEWED = 1;

/**
 * t · s of first − second, downwards.
 *
 * Shares of clusters have a long upper tail, so that few clusters are often all on its near side. Where the second group
 * may be larger than it seems, t is corrected for the skewness 2 s/mean of a gamma distribution (Johnson 1978).
 */
const studentReach = (first: Spread, second: Spread, tail: number): number => {
  const sum = first.error + second.error;
  if (!(sum > 0)) return 0;
  const t = studentQuantile(Math.min(welch(first, second), welch(asPlanned(first), asPlanned(second))), tail);
  const steps = (t * Math.sqrt(second.error)) / second.parts.estimate;
  const longer = second.error > 0 ? 1 + (Math.min(steps, MOST_SKEWED) * (2 + t ** -2)) / 3 : 1;
  return t * Math.hypot(Math.sqrt(first.error), longer * Math.sqrt(second.error));
};

/** Degrees of freedom of Welch and Satterthwaite. */
const welch = (first: Spread, second: Spread): number => {
  const share = ({ error, parts }: Spread): number => (error > 0 ? error ** 2 / parts.freedom : 0);
  const shares = share(first) + share(second);
  return shares > 0 ? (first.error + second.error) ** 2 / shares : Number.POSITIVE_INFINITY;
};

/**
 * The group as if clusters differed by the same factor everywhere. Few clusters that happen to be alike would otherwise
 * have a small error and many degrees of freedom too.
 */
const asPlanned = ({ error, parts }: Spread): Spread => ({
  error: error > 0 ? parts.estimate ** 2 / (parts.freedom + 1) : 0,
  parts,
});

const NOTHING: Parts = { estimate: 0, freedom: 1, ofCalls: 0, ofClusters: 0, below: 0, above: 0 };

const shareOf = ({ group, clusters, size, audited, calls }: GroupTable, parts: Parts, tail: number): GroupShare => ({
  group,
  clusters: clusters.length,
  stacks: size.reduce((sum, n) => sum + n, 0),
  audited,
  auditedStalled: calls.reduce((sum, { stalled }) => sum + stalled, 0),
  estimate: parts.estimate,
  interval: {
    lower: Math.max(0, parts.estimate - reach(parts, NOTHING, tail)),
    upper: Math.min(1, parts.estimate + reach(NOTHING, parts, tail)),
  },
});

/** A group whose every share is multiplied. */
const times = (factor: number, parts: Parts): Parts => ({
  estimate: factor * parts.estimate,
  freedom: parts.freedom,
  ofCalls: factor ** 2 * parts.ofCalls,
  ofClusters: factor ** 2 * parts.ofClusters,
  below: factor ** 2 * parts.below,
  above: factor ** 2 * parts.above,
});

/** Halvings that leave nothing of an interval but rounding. */
const HALVINGS = 60;

/** The least R ≥ 0 for which first − R · second may be 0 or below. */
const leastRatio = (first: Parts, second: Parts, tail: number): number => {
  const isAbove = (ratio: number): boolean => {
    const scaled = times(ratio, second);
    return first.estimate - scaled.estimate > reach(first, scaled, tail);
  };
  if (!isAbove(0)) return 0;
  // Above 0 the first group surely has stalls; the search doubles until a ratio is possible.
  let low = 0;
  let high = 1;
  while (isAbove(high)) {
    low = high;
    high *= 2;
    if (!Number.isFinite(high)) return low;
  }
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (isAbove(middle)) low = middle;
    else high = middle;
  }
  return high;
};

const upperRatio = (first: Parts, second: Parts, tail: number): number | undefined => {
  const inverse = leastRatio(second, first, tail);
  return inverse === 0 ? undefined : 1 / inverse;
};
