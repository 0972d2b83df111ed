import * as E from 'fp-ts/lib/Either.js';
import type { DecisionTable, Strata } from '../decode/index.js';
import type { GoldSet } from '../domain/gold.js';
import { naturalOrder } from '../kernel/ids/naturalOrder.js';
import { countText } from '../output/format.js';
import type { Provenance } from '../policy/index.js';
import * as Prevalence from '../stages/prevalence/index.js';
import { sharesDiffer } from './prevalence/auditShares.js';
import { grouped, groupOf, type Row, rowsOf } from './prevalence/outcomes.js';

/** Which groups are compared, and what their units are. */
export interface ContrastStudyOptions {
  /** The column whose values are the groups, e.g. genotype or treatment. */
  readonly groups: Strata;
  /** The unit of the study, e.g. the mouse. */
  readonly clusters: Strata;
  /** The two groups to compare; default every pair of groups, in natural order. */
  readonly versus?: readonly [first: string, second: string] | undefined;
  /** Of the intervals, in (0, 1); default .95. */
  readonly confidence?: number | undefined;
  /** Whether the confidence holds for each pair of groups (the default), or for all pairs at once. */
  readonly claim?: 'each' | 'all' | undefined;
  /** Stacks that are among the decisions because of their class, such as enriched gold. */
  readonly leftOut?: readonly string[] | undefined;
}

/** A group before it is compared. */
export interface ContrastGroup {
  readonly group: string;
  readonly clusters: number;
  readonly stacks: number;
  readonly audited: number;
  readonly auditedStalled: number;
}

/** Do these mice have more stalls than those? Each pair of groups, with the interval that holds whatever the decisions' errors. */
export interface ContrastSummary {
  readonly schema: 'tandem-contrast/1';
  /** Columns of groups and clusters. */
  readonly by: { readonly group: string; readonly cluster: string };
  readonly confidence: number;
  readonly claim: 'each' | 'all';
  readonly groups: readonly ContrastGroup[];
  readonly contrasts: readonly Prevalence.Contrast[];
  /** Pairs that cannot be compared, and why. */
  readonly refused: readonly (Prevalence.ContrastInfeasible & { readonly pair: readonly [string, string] })[];
  readonly warnings: readonly string[];
  readonly provenance?: Provenance;
}

const SEEN = ['stalled', 'flowing', 'ask crowd', 'ask expert'] as const;

/**
 * Stalled shares of groups of mice compared, from decisions on all stacks and expert labels on a random audit of them.
 *
 * @param options - columns of groups and clusters, from `Decode.strata`
 * @param data - `decisions` from `Decode.decisions` or `Study.decisionTable`; `audit`: labels of a random, blinded part of them
 * @returns what `tandem contrast` writes to contrast.json
 * @throws RangeError when `decisions` are scores alone
 * @example
 * const ids = Array.from({ length: 600 }, (_, i) => `s${i}`);
 * const isStalled = (i) => i % (i % 6 < 3 ? 20 : 50) === 0;
 * const decisions = { stackIds: ids, decision: ids.map((_, i) => (isStalled(i) ? 'stalled' : 'flowing')), value: { stackIds: [], score: new Float64Array(0) } };
 * const audit = Gold.from({ chosen: 'random' })(ids.flatMap((stackId, i) => (isStalled(i) || i % 7 === 0 ? [{ stackId, label: isStalled(i) ? 1 : 0 }] : [])));
 * const groups = { by: 'group', of: new Map(ids.map((id, i) => [id, i % 6 < 3 ? 'treated' : 'control'])) };
 * const clusters = { by: 'mouse', of: new Map(ids.map((id, i) => [id, `m${i % 6}`])) };
 * const { groups: found, contrasts } = Study.contrast({ groups, clusters })({ decisions, audit });
 * found.map(({ group, clusters: mice }) => [group, mice]) // => [['control', 3], ['treated', 3]]
 * contrasts[0].difference.estimate < 0 // => true
 * @see docs/math.md#contrast
 */
export const studyContrast =
  ({ groups, clusters, versus, confidence = 0.95, claim = 'each', leftOut = [] }: ContrastStudyOptions) =>
  (data: { readonly decisions: DecisionTable; readonly audit: GoldSet }): ContrastSummary => {
    const { decision } = data.decisions;
    if (decision === undefined) throw RangeError('decisions: expected a decision for each stack, got scores alone');
    const all = rowsOf({ ...data.decisions, decision }, { audit: data.audit, leftOut: new Set(leftOut) });
    const rows = all.filter(({ outcome, leftOut: isOut }) => outcome !== 'unread' && !isOut);
    const byGroup = grouped(rows, groups);
    const calls = [...byGroup].flatMap(([group, own]) =>
      [...grouped(own, clusters)].flatMap(([cluster, stacks]) =>
        SEEN.map((called): Prevalence.ClusterCalls => ({ group, cluster, called, ...groupOf(stacks, called) })),
      ),
    );
    const pairs = versus === undefined ? pairsOf([...byGroup.keys()]) : [versus];
    const level = claim === 'all' ? 1 - (1 - confidence) / Math.max(1, pairs.length) : confidence;
    const contrasts: Prevalence.Contrast[] = [];
    const refused: (Prevalence.ContrastInfeasible & { readonly pair: readonly [string, string] })[] = [];
    for (const pair of pairs) {
      const compared = Prevalence.contrast({ groups: pair, confidence: level })(calls);
      if (E.isLeft(compared)) refused.push({ ...compared.left, pair });
      else contrasts.push(compared.right);
    }
    return {
      schema: 'tandem-contrast/1',
      by: { group: groups.by, cluster: clusters.by },
      confidence,
      claim,
      groups: [...byGroup.keys()].map((group) => countsOf(group, calls)),
      contrasts,
      refused,
      warnings: warningsOf({ all, rows, byGroup, audit: data.audit, groups, clusters, calls }),
    };
  };

const pairsOf = (names: readonly string[]): readonly (readonly [string, string])[] => {
  const ordered = [...names].sort(naturalOrder);
  return ordered.flatMap((first, i) => ordered.slice(i + 1).map((second) => [first, second] as const));
};

const countsOf = (group: string, calls: readonly Prevalence.ClusterCalls[]): ContrastGroup => {
  const own = calls.filter((row) => row.group === group);
  const sum = (key: 'stacks' | 'audited' | 'stalled'): number => own.reduce((total, row) => total + row[key], 0);
  return {
    group,
    clusters: new Set(own.map(({ cluster }) => cluster)).size,
    stacks: sum('stacks'),
    audited: sum('audited'),
    auditedStalled: sum('stalled'),
  };
};

const warningsOf = ({
  all,
  rows,
  byGroup,
  audit,
  groups,
  clusters,
  calls,
}: {
  readonly all: readonly Row[];
  readonly rows: readonly Row[];
  readonly byGroup: ReadonlyMap<string, readonly Row[]>;
  readonly audit: GoldSet;
  readonly groups: Strata;
  readonly clusters: Strata;
  readonly calls: readonly Prevalence.ClusterCalls[];
}): readonly string[] => {
  const warnings: string[] = [];
  const known = new Set(rows.map(({ stackId }) => stackId));
  const strangers = audit.stackIds.filter((id) => !known.has(id)).length;
  if (strangers > 0) {
    warnings.push(`${countText(strangers)} audited stacks have no decision here and take no part`);
  }
  const unread = all.length - rows.length;
  if (unread > 0) warnings.push(`${countText(unread)} stacks are unread or left out, and take no part`);
  for (const { by, of: stratumOf } of [groups, clusters]) {
    const without = rows.filter(({ stackId }) => !stratumOf.has(stackId)).length;
    if (without > 0) warnings.push(`${countText(without)} stacks have no ${by} and take no part`);
  }
  const groupsOf = new Map<string, Set<string>>();
  for (const { cluster, group } of calls) groupsOf.set(cluster, (groupsOf.get(cluster) ?? new Set()).add(group));
  const shared = [...groupsOf].filter(([, own]) => own.size > 1).map(([cluster]) => cluster);
  if (shared.length > 0) {
    warnings.push(
      `${clusters.by} ${shared[0]}${shared.length > 1 ? ` and ${countText(shared.length - 1)} more` : ''} has stacks in several groups and counts once in each, as if it were as many; a paired comparison would be narrower`,
    );
  }
  for (const [, own] of byGroup) warnings.push(...sharesDiffer({ by: clusters.by, groups: grouped(own, clusters) }));
  return warnings;
};
