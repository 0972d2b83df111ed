/** Exact tests and certificates for whole decision procedures: gates, stop rules, data sets. */
export { type Clustered, clustersNeeded, type DesignEffect, designEffect } from './clusters.js';
export {
  type AcrossDatasets,
  acrossDatasets,
  type DatasetCounts,
  type DatasetsOptions,
  type DatasetVerdict,
  type PartialConjunctionReading,
  type PointReading,
  type PopulationReading,
} from './datasets.js';
export { type DividedTargets, divideTargets } from './divideTargets.js';
export { type EndToEndCounts, endToEndCounts, heldWrong, RAN_OUT, UNDECIDED, UNSEEN } from './endToEnd.js';
export {
  type CountedRisk,
  countedRisks,
  type DecisionCounts,
  type TargetTest,
  type TestVerdict,
  testTargets,
} from './exactTest.js';
export {
  certifyPath,
  type PathCertificate,
  type PathNotCertified,
  type PathTestOptions,
  type Replay,
  type Testing,
} from './learnThenTest.js';
export {
  fixedSequence,
  holm,
  type PartialConjunction,
  partialConjunction,
  type Tests,
} from './multipleTesting.js';
export {
  type Margins,
  type NonInferiority,
  type NonInferiorityOptions,
  nonInferiority,
  type PairedComparison,
  type PairedDecisions,
} from './nonInferiority.js';
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
} from './refusals.js';
