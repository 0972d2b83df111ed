/** Two thresholds on the posterior, with a finite-sample certificate for both kinds of error. */
import type { GoldChosen } from './domain/gold.js';
import type { Targets } from './domain/targets.js';
import type { RiskCertificate } from './thresholds/orderStatistic.js';

export { certify } from './thresholds/certify.js';
export { type Clustered, clustersNeeded, type DesignEffect, designEffect } from './thresholds/clusters.js';
export {
  type AcrossDatasets,
  acrossDatasets,
  type DatasetCounts,
  type DatasetsOptions,
  type DatasetVerdict,
  type PartialConjunctionReading,
  type PointReading,
  type PopulationReading,
} from './thresholds/datasets.js';
export { type DividedTargets, divideTargets } from './thresholds/divideTargets.js';
export { type DriftOfErrors, driftOfErrors, type ErrorDrift } from './thresholds/driftOfErrors.js';
export {
  type DriftOfScores,
  driftOfScores,
  type ScoreDriftOptions,
  type ScoreSamples,
  type TailDrift,
} from './thresholds/driftOfScores.js';
export { bestCut } from './thresholds/empirical.js';
export { type EndToEndCounts, RAN_OUT, UNDECIDED, UNSEEN } from './thresholds/endToEnd.js';
export { type DecisionCounts, type TargetTest, type TargetVerdict, testTargets } from './thresholds/exactTest.js';
export { type CoverageEstimate, expectedCoverage, type GoldValues } from './thresholds/expectedCoverage.js';
export { type Gate, type GateEvidence, type GateOptions, gate, type Mode } from './thresholds/gate.js';
export { type LadderOptions, ladder, type Rung } from './thresholds/ladder.js';
export {
  certifyPath,
  type PathCertificate,
  type PathNotCertified,
  type PathOptions,
  type Replay,
  type Testing,
} from './thresholds/learnThenTest.js';
export { atLook, type Look, nextLook } from './thresholds/looks.js';
export { fixedSequence, holm, type Tests } from './thresholds/multipleTesting.js';
export {
  type Margins,
  type NonInferiority,
  type NonInferiorityOptions,
  nonInferiority,
  type PairedComparison,
  type PairedDecisions,
} from './thresholds/nonInferiority.js';
export { type PartialConjunction, partialConjunction } from './thresholds/partialConjunction.js';
export { type ClassPlan, type Plan, type PlanOptions, plan } from './thresholds/plan.js';
export {
  type Circumstances,
  type ClassClusters,
  type ClustersTooFew,
  type GoldFitted,
  type Refusal,
  type Refused,
  refusals,
  type ScoresCrossFitted,
  type StopRuleDiffers,
} from './thresholds/refusals.js';
export {
  certifyStrata,
  type StrataCertificate,
  type StrataOptions,
  type StratumClaim,
  type StratumPoint,
} from './thresholds/strata.js';
export type { RiskCertificate };

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
