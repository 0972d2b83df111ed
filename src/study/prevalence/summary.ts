import type { Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import type { Interval, Rate } from '../../domain/interval.js';
import type { Policy, Provenance } from '../../policy/index.js';
import type * as Prevalence from '../../stages/prevalence/index.js';
import type { DecidedTable, OutcomeCounts } from './outcomes.js';

/** One figure, and which stacks it is about. */
export interface PrevalenceRow extends OutcomeCounts {
  readonly method: 'prediction-powered' | 'rogan-gladen';
  /** The column of strata; absent for all stacks. */
  readonly by?: string;
  readonly stratum: string;
  /** `seen`: every stack with votes or a score. `decided`: only those called stalled or flowing. */
  readonly about: 'seen' | 'decided';
  /** Number of these stacks. */
  readonly stacks: number;
  readonly audited?: number;
  readonly auditedStalled?: number;
  readonly estimate?: number;
  /** Before it was moved into [0, 1]. */
  readonly unclamped?: number;
  readonly interval?: Interval;
}

/** How many stacks are stalled, overall and in each stratum. */
export interface PrevalenceSummary {
  readonly schema: 'tandem-prevalence/1';
  readonly confidence: number;
  readonly claim: 'each' | 'all';
  readonly counts: OutcomeCounts;
  readonly rows: readonly PrevalenceRow[];
  /** Stalled stacks that were retired as flowing, estimated from the audit. */
  readonly lost?: Prevalence.LostPositives;
  /** Sensitivity and specificity of the calls on gold, for the Rogan–Gladen estimate. */
  readonly calls?: { readonly sensitivity: Rate; readonly specificity: Rate };
  /** Estimates with the cluster as the unit, from the audit. Empty without clusters or without an audit. */
  readonly between: readonly ({
    readonly cluster: string;
    readonly by?: string;
    readonly stratum: string;
    /** Clusters without an estimate of their own, because one of their kinds of decision was not audited. */
    readonly without: number;
  } & Prevalence.BetweenClusters)[];
  readonly warnings: readonly string[];
  readonly provenance?: Provenance;
}

export interface PrevalenceQuestion {
  readonly decisions: DecidedTable;
  /** Expert labels on a random, blinded audit of these decisions. */
  readonly audit?: GoldSet | undefined;
  /** Gold that did not tune the decisions; random, or random within each class. */
  readonly gold?: GoldSet | undefined;
  /** Gold that fitted or tuned the policy and must not evaluate it. */
  readonly goldUsed: readonly string[];
  readonly strata: readonly Strata[];
  readonly clusters?: Strata | undefined;
  readonly confidence: number;
  readonly claim: 'each' | 'all';
}

/** Strata, clusters, and what the intervals claim. */
export interface PrevalenceStudyOptions {
  /** Its gold is left out, and does not judge its calls. */
  readonly policy?: Policy | undefined;
  /** Columns that divide the stacks. */
  readonly strata?: readonly Strata[] | undefined;
  /** The unit of the study, e.g. the mouse. */
  readonly clusters?: Strata | undefined;
  /** Of the intervals, in (0, 1); default .95. */
  readonly confidence?: number | undefined;
  /** Whether the confidence holds for each interval (the default), or for all strata of a column at once. */
  readonly claim?: 'each' | 'all' | undefined;
}
