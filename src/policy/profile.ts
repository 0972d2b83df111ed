import type { Arrivals } from '../asking/replay/index.js';
import type { ModelEvidence } from '../domain/evidence.js';
import type { GoldChosen, GoldSet } from '../domain/gold.js';
import { present } from '../domain/present.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';

/** Mean of one value per stack, with its variance between stacks. */
export interface StackMean {
  readonly stacks: number;
  readonly mean: number;
  readonly variance: number;
}

/** What a group of stacks is like, as plain data. */
export interface GroupProfile {
  readonly stacks: number;
  /** Entry n counts the stacks with n votes; the last entry those with as many or more. */
  readonly votes: readonly number[];
  /** Of the first votes of each stack: the share cast by annotators the policy knows. */
  readonly known: StackMean;
  /**
   * Of the first votes of each stack: the share that says stalled. No stacks in a batch that was voted on as needed, because
   * its long stacks are the doubtful ones.
   */
  readonly stalledVotes: StackMean;
  /** Of stacks that the rule asks about before any vote: the share whose first vote says stalled, the same in every schedule. */
  readonly firstAsked?: StackMean | undefined;
  /** Stacks with a score. */
  readonly scored: number;
  /** Scored stacks by the evidence of their score: entry b counts nats in `NATS_EDGES[b − 1]` (included) to `NATS_EDGES[b]`. */
  readonly nats: readonly number[];
}

/** How alike the stacks of one mouse or session are, by one-way analysis of variance of score evidence, or of vote shares without scores. */
export interface ClusterProfile {
  readonly clusters: number;
  readonly designEffect: number;
  /** F statistic with its degrees of freedom. */
  readonly f: number;
  readonly between: number;
  readonly within: number;
}

/** How votes come to a certified rule: any way, or in one look at so many votes. */
export type Schedule = 'any' | { readonly oneLook: number };

/** What gold was like when a rule was certified on it. Kept in the policy, to be held against each batch. */
export interface GoldProfile {
  readonly stalled: GroupProfile;
  readonly flowing: GroupProfile;
  readonly prevalence: number;
  readonly sampling: GoldChosen;
  readonly schedule: Schedule;
  /** What was taken as independent in the proof. */
  readonly unit: 'stack' | 'cluster';
  readonly clusters?: ClusterProfile | undefined;
}

/** What the stacks of a batch are like. */
export interface BatchProfile {
  readonly stacks: GroupProfile;
  /** Whether it is known in which order votes came; absent where no stack has two of them. */
  readonly isOrdered?: boolean | undefined;
  readonly clusters?: ClusterProfile | undefined;
}

/** What a profile counts. */
export interface ProfileOptions {
  /** Annotators the policy has measured. */
  readonly annotatorIds: readonly string[];
  /** Votes of a stack that its rule may use at most. */
  readonly mostVotes: number;
  /** Mouse or session by stack id. */
  readonly clusterOf?: ReadonlyMap<string, string> | undefined;
  /** Stacks of the batch that are not like the others, such as gold. */
  readonly leaveOut?: ReadonlySet<string> | undefined;
}

/** Prevalence, schedule and unit of the certificate that gold is for. */
export interface GoldProfileOptions extends ProfileOptions {
  /** In (0, 1). */
  readonly prevalence: number;
  readonly schedule: Schedule;
  readonly unit?: 'stack' | 'cluster' | undefined;
}

/** Stacks in order of arrival, with the evidence of their scores. */
export interface Profiled {
  readonly votes: Arrivals;
  /** Whether votes are in the order in which they came. Absent: they are. */
  readonly isOrdered?: boolean | undefined;
  /** Rows follow `votes.stackIds`. */
  readonly model?: ModelEvidence | undefined;
  /** 1 where the rule asks about a stack before any vote (`StopRule.askedAtOnce`); rows follow `votes.stackIds`. */
  readonly isAsked?: Uint8Array | undefined;
}

/** Places at which distributions of score evidence are compared, in nats. */
export const NATS_EDGES: readonly number[] = Array.from({ length: 61 }, (_, i) => i / 2 - 15);

const MOST_COUNTED = 100;
/** Share of a batch that has all the votes a rule may use, from which votes were not given as needed. */
const WHOLE = 0.95;

/**
 * What gold was like: votes for each stack, known annotators, score evidence, clusters, sampling design, schedule.
 *
 * @param options - what the policy knows, and what was certified
 * @param data - gold for tuning among stacks in order of arrival; gold that is not there takes no part
 * @returns plain data
 * @throws RangeError when `prevalence` is outside (0, 1)
 * @example
 * const votes = Replay.arrivals({ stackIds: ['s1', 's2'], annotatorIds: ['ann', 'bob'], stackOf: Uint32Array.of(0, 0, 1), annotatorOf: Uint32Array.of(0, 1, 1), label: Uint8Array.of(1, 1, 0) });
 * const gold = Gold.from({ chosen: 'stratified' })([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }]);
 * const profile = Policy.goldProfile({ annotatorIds: ['ann'], mostVotes: 7, prevalence: 0.01, schedule: 'any' })({ votes, gold });
 * [profile.stalled.known.mean, profile.flowing.known.mean] // => [0.5, 0]
 * @see docs/math.md#is-the-certificate-about-these-stacks
 */
export const goldProfile =
  (options: GoldProfileOptions) =>
  ({ gold, ...data }: Profiled & { readonly gold: GoldSet }): GoldProfile => {
    const { prevalence, schedule, unit = 'stack' } = options;
    if (!(prevalence > 0 && prevalence < 1)) {
      throw RangeError(`prevalence: expected a number in (0, 1), got ${prevalence}`);
    }
    const place = rowOfId(data.votes.stackIds);
    const rowsOf = (label: number): readonly number[] =>
      gold.stackIds.flatMap((id, g) => (gold.label[g] === label ? (place.get(id) ?? []) : []));
    const group = groupProfile(options, data, true);
    const [stalled, flowing] = [rowsOf(1), rowsOf(0)];
    return present({
      stalled: group(stalled),
      flowing: group(flowing),
      prevalence,
      sampling: gold.chosen,
      schedule,
      unit,
      // Within a class, because classes differ more than clusters do.
      clusters: clusterProfile(options, data)(flowing),
    });
  };

/**
 * What the stacks of a batch are like, to be held against the gold of a policy.
 *
 * @param options - what the policy knows
 * @returns plain data for `Policy.mismatches`
 * @example
 * const votes = Replay.arrivals({ stackIds: ['s1'], annotatorIds: ['ann', 'bob'], stackOf: Uint32Array.of(0, 0), annotatorOf: Uint32Array.of(0, 1), label: Uint8Array.of(1, 0) });
 * Policy.batchProfile({ annotatorIds: ['ann'], mostVotes: 7 })({ votes }).stacks.votes[2] // => 1
 */
export const batchProfile =
  (options: ProfileOptions) =>
  (data: Profiled): BatchProfile => {
    const { stackIds, offsets } = data.votes;
    const rows = stackIds.flatMap((id, s) => (options.leaveOut?.has(id) === true ? [] : [s]));
    const hasOrder = rows.some((s) => offsets[s + 1] - offsets[s] > 1);
    return present({
      stacks: groupProfile(options, data)(rows),
      isOrdered: hasOrder ? (data.isOrdered ?? true) : undefined,
      clusters: clusterProfile(options, data)(rows),
    });
  };

/** Votes the rule may use: where they begin, and where they end. */
const firstVotes = ({ mostVotes }: ProfileOptions, { offsets }: Arrivals, s: number): readonly [number, number] => [
  offsets[s],
  Math.min(offsets[s + 1], offsets[s] + mostVotes),
];

const groupProfile = (options: ProfileOptions, { votes, model, isAsked }: Profiled, isGold = false) => {
  const known = new Set(options.annotatorIds);
  const isKnown = votes.annotatorIds.map((id) => Number(known.has(id)));
  return (rows: readonly number[]): GroupProfile => {
    const counts = new Array<number>(MOST_COUNTED + 1).fill(0);
    const nats = new Array<number>(NATS_EDGES.length + 1).fill(0);
    const shares = { known: [] as number[], stalled: [] as number[], firstAsked: [] as number[] };
    let [scored, whole] = [0, 0];
    for (const s of rows) {
      counts[Math.min(MOST_COUNTED, votes.offsets[s + 1] - votes.offsets[s])]++;
      if ((model?.scores[s] ?? 0) > 0) {
        scored++;
        nats[binOf(model?.nats[s] ?? 0)]++;
      }
      const [from, to] = firstVotes(options, votes, s);
      if (to - from === options.mostVotes) whole++;
      if (from === to) continue;
      if (isAsked?.[s] === 1) shares.firstAsked.push(votes.label[from]);
      let [met, stalled] = [0, 0];
      for (let v = from; v < to; v++) {
        met += isKnown[votes.annotatorOf[v]];
        stalled += votes.label[v];
      }
      shares.known.push(met / (to - from));
      shares.stalled.push(stalled / (to - from));
    }
    const last = counts.findLastIndex((count) => count > 0);
    return present({
      stacks: rows.length,
      votes: counts.slice(0, last + 1),
      known: meanOf(shares.known),
      stalledVotes: meanOf(isGold || whole >= WHOLE * rows.length ? shares.stalled : []),
      firstAsked: isAsked === undefined ? undefined : meanOf(shares.firstAsked),
      scored,
      nats,
    });
  };
};

const binOf = (nats: number): number => {
  const above = NATS_EDGES.findIndex((edge) => nats < edge);
  return above < 0 ? NATS_EDGES.length : above;
};

const meanOf = (values: readonly number[]): StackMean => {
  const stacks = values.length;
  if (stacks === 0) return { stacks, mean: 0, variance: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / stacks;
  return { stacks, mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / stacks };
};

const clusterProfile =
  (options: ProfileOptions, { votes, model }: Profiled) =>
  (rows: readonly number[]): ClusterProfile | undefined => {
    const { clusterOf } = options;
    if (clusterOf === undefined) return undefined;
    const isScored = rows.some((s) => (model?.scores[s] ?? 0) > 0);
    const valueAt = (s: number): number | undefined => {
      if (isScored) return (model?.scores[s] ?? 0) > 0 ? model?.nats[s] : undefined;
      const [from, to] = firstVotes(options, votes, s);
      return from === to ? undefined : votes.label.subarray(from, to).reduce((sum, one) => sum + one, 0) / (to - from);
    };
    const groups = new Map<string, number[]>();
    for (const s of rows) {
      const cluster = clusterOf.get(votes.stackIds[s]);
      const value = valueAt(s);
      if (cluster === undefined || value === undefined) continue;
      const own = groups.get(cluster) ?? [];
      own.push(value);
      groups.set(cluster, own);
    }
    return analysisOf([...groups.values()]);
  };

/** One-way analysis of variance; absent where it has no degrees of freedom or nothing varies. */
const analysisOf = (groups: readonly (readonly number[])[]): ClusterProfile | undefined => {
  const all = groups.flat();
  const [between, within] = [groups.length - 1, all.length - groups.length];
  if (between < 1 || within < 1) return undefined;
  const mean = meanOf(all).mean;
  let [among, inside, squares] = [0, 0, 0];
  for (const own of groups) {
    const { mean: center, variance } = meanOf(own);
    among += own.length * (center - mean) ** 2;
    inside += own.length * variance;
    squares += own.length ** 2;
  }
  if (!(inside > 0)) return undefined;
  const f = among / between / (inside / within);
  const size = (all.length - squares / all.length) / between;
  const icc = Math.max(0, (f - 1) / (f - 1 + size));
  return { clusters: groups.length, designEffect: 1 + (squares / all.length - 1) * icc, f, between, within };
};
