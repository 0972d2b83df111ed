/** What a laboratory asks of its decisions: everything that a verb of `tandem` prints or writes, as plain data. */

export {
  type AnnotatorRow,
  type AnnotatorsStudyOptions,
  type AnnotatorsSummary,
  studyAnnotators as annotators,
} from './annotators.js';
export {
  type ContrastGroup,
  type ContrastStudyOptions,
  type ContrastSummary,
  studyContrast as contrast,
} from './contrast.js';
export { type DriftGroup, type DriftStudyOptions, type DriftSummary, studyDrift as drift } from './drift.js';
export type { AgainstCrowd, EndToEnd, RanOut } from './endToEnd.js';
export {
  type DatasetGate,
  type GateStudyOptions,
  type GateSummary,
  type GateVerdict,
  studyGate as gate,
} from './gate.js';
export type { GoldClusters } from './gateClusters.js';
export { GOLD_CHECK_LEVEL, type GoldCheck, type GoldCheckOptions, goldChecks } from './goldChecks.js';
export type { GoldData } from './goldEvidence/goldRows.js';
export { type BatchMismatch, MISMATCH_LEVEL, mismatches } from './mismatches.js';
export { type AskingPromise, askingPromise as promise, type NextRound, nextRound } from './nextRound.js';
export {
  type CoverageForecast,
  type GoldFile,
  type GoldPlan,
  type PlanStudyOptions,
  studyPlan as plan,
} from './plan.js';
export { studyPrevalence as prevalence } from './prevalence/estimate.js';
export { decisionTable, type OutcomeCounts } from './prevalence/outcomes.js';
export type { PrevalenceRow, PrevalenceStudyOptions, PrevalenceSummary } from './prevalence/summary.js';
export { OTHER_PROCEDURE } from './prevalence/warnings.js';
export {
  type BatchProfile,
  batchProfile,
  type ClusterProfile,
  type GoldProfile,
  type GoldProfileOptions,
  type GroupProfile,
  goldProfile,
  NATS_EDGES,
  type Profiled,
  type ProfileOptions,
  type Schedule,
  type StackMean,
} from './profile.js';
export {
  type StrataEvaluation,
  type StratumEvaluation,
  studyStrata as strata,
  type WhereGold,
  type Worst,
} from './strata.js';
export { type Summary, type SummaryOptions, studySummary as summary } from './summary.js';
