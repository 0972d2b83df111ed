import type { GoldChosen } from './gold.js';
import type { Targets } from './targets.js';

/** What was proved about one of the two risks. */
export interface RiskCertificate extends RiskBudget {
  /** Gold stacks of this class that took part. */
  readonly gold: number;
  /** Errors the rule may make on them. Absent: not certifiable with so little gold. */
  readonly allowed?: number;
  /** Errors the rule makes on them; fewer than allowed where scores tie or bands cross. */
  readonly observed: number;
  /** Upper confidence bound of the true risk; at most `limit`. Absent: not certified. */
  readonly atMost?: number;
  /** More gold stacks of this class needed for any certificate; 0 when certified. */
  readonly goldNeeded: number;
}

/** What was proved about an operating point, on how much gold, under which assumptions. */
export interface Certificate {
  readonly method: 'order-statistic';
  readonly targets: Targets;
  /** The risk that a stalled stack is retired as flowing. */
  readonly missedStalls: RiskCertificate;
  /** The risk that a flowing stack is retired as stalled. */
  readonly falseAlarms: RiskCertificate;
  /** True when both certificates hold at one single threshold, so that no stack need be asked about. */
  readonly crossed: boolean;
  readonly assumptions: readonly string[];
}
/** Where to decide, in log-odds of the fused posterior; both comparisons are strict, so ties are asked about. */
export interface Band {
  /** Retire as flowing below this. Absent: not certified, so nothing is retired as flowing. */
  readonly flowingBelow?: number;
  /** Retire as stalled above this. Absent: not certified, so nothing is retired as stalled. */
  readonly stalledAbove?: number;
}
/** A band with its certificate. */
export interface OperatingPoint extends Band {
  readonly certificate: Certificate;
}
/** The gold is too small for the targets. */
export interface TargetsInfeasible {
  readonly _tag: 'TargetsInfeasible';
  /** The highest targets this much gold could certify at this confidence, had it shown no error. */
  readonly best: { readonly sensitivity: number; readonly specificity: number };
  /** More tuning gold needed of each class; 0 where there is enough. */
  readonly goldNeeded: { readonly stalled: number; readonly flowing: number };
  /** The side that could be certified, if any; the other threshold is absent. */
  readonly partial: OperatingPoint;
}
/** This gold cannot certify anything, however much there is of it. */
export interface GoldUnsuitable {
  readonly _tag: 'GoldUnsuitable';
  readonly chosen: GoldChosen;
  readonly reason: string;
  readonly fix: string;
}

/** What one of the two risks may be, and how often its certificate may be wrong. */
export interface RiskBudget {
  /** Largest risk allowed: 1 − target. */
  readonly limit: number;
  /** Probability, over the draw of gold, that the certificate is wrong. */
  readonly delta: number;
}
