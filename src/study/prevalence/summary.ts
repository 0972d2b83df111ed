import type { DecisionName, DecisionTable, Strata } from '../../decode/index.js';
import type { GoldSet } from '../../domain/gold.js';
import type { Interval, Rate } from '../../domain/interval.js';
import type { Provenance } from '../../policy/index.js';
import type * as Prevalence from '../../stages/prevalence/index.js';
import type { FateCounts } from './outcomes.js';

/** One figure with what it is about. */
export interface PrevalenceRow extends FateCounts {
  readonly method: 'prediction-powered' | 'rogan-gladen';
  /** The column of strata; absent for all stacks. */
  readonly by?: string;
  readonly stratum: string;
  /** `seen`: every stack of which anything was seen. `decided`: those called stalled or flowing only. */
  readonly about: 'seen' | 'decided';
  /** How many that is. */
  readonly stacks: number;
  readonly audited?: number;
  readonly auditedStalled?: number;
  readonly estimate?: number;
  /** Before it was moved into [0, 1]. */
  readonly unclamped?: number;
  readonly interval?: Interval;
}

export interface PrevalenceSummary {
  readonly schema: 'tandem-prevalence/1';
  readonly confidence: number;
  readonly claim: 'each' | 'all';
  readonly counts: FateCounts;
  readonly rows: readonly PrevalenceRow[];
  /** Lost stalls, by the audit of those called flowing. */
  readonly lost?: Prevalence.LostPositives;
  /** The rates of the calls on gold, for Rogan and Gladen. */
  readonly calls?: { readonly sensitivity: Rate; readonly specificity: Rate };
  /** With the cluster as the unit, by the audit. Empty without clusters or without an audit. */
  readonly between: readonly ({
    readonly cluster: string;
    readonly by?: string;
    readonly stratum: string;
    /** Clusters without a figure of their own: nothing audited in one of their groups. */
    readonly without: number;
  } & Prevalence.BetweenClusters)[];
  readonly warnings: readonly string[];
  readonly provenance?: Provenance;
}

export interface PrevalenceQuestion {
  readonly decisions: DecisionTable & { readonly decision: readonly DecisionName[] };
  /** Expert labels on a random, blinded audit of these decisions. */
  readonly audit?: GoldSet;
  /** Gold that did not tune the decisions; random, or random within each class. */
  readonly gold?: GoldSet;
  /** Gold that fitted or tuned the policy: no judge of it. */
  readonly goldUsed: readonly string[];
  /** The policy asks until a certified rule stops, so gold with all its votes errs at rates of another procedure. */
  readonly asks: boolean;
  readonly strata: readonly Strata[];
  readonly clusters?: Strata;
  readonly confidence: number;
  readonly claim: 'each' | 'all';
}
