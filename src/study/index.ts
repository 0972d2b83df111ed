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
export { directionNotes } from './direction.js';
export {
  type DriftGroup,
  type DriftLook,
  type DriftStudyOptions,
  type DriftSummary,
  studyDrift as drift,
} from './drift/drift.js';
export { type EarlierLooks, readLooks } from './drift/looksDocument.js';
export type { AgainstCrowd, EndToEnd, RanOut } from './endToEnd.js';
export { type Frontier, type FrontierOptions, type FrontierRow, studyFrontier as frontier } from './frontier.js';
export { readBets } from './gate/betsDocument.js';
export type { ClusterEvidence, GoldClusters } from './gate/clusters.js';
export {
  type DatasetGate,
  freshGold,
  type GateEvidence,
  type GateStudyOptions,
  type GateSummary,
  type GateVerdict,
  gateHypothesis,
  type Mode,
  studyGate as gate,
} from './gate/gate.js';
export {
  type BetsConflict,
  betsConflict,
  type GateHypothesis,
  type GoldBet,
  type GoldBets,
  type GoldEnd,
} from './gate/goldBets.js';
export { type ExpectedErrors, type Headline, studyHeadline as headline } from './headline.js';
export { askingDoubts, type NextRound, nextRound } from './nextRound.js';
export { type AgainstOwnRule, againstOwnRule, type OwnRule, ownRule, type RuleFigures } from './ownRule.js';
export { type GoldFile, type GoldPlan, type PlanStudyOptions, type Rung, studyPlan as plan } from './plan.js';
export { studyPrevalence as prevalence } from './prevalence/estimate.js';
export { decisionTable, type OutcomeCounts } from './prevalence/outcomes.js';
export type { PrevalenceRow, PrevalenceStudyOptions, PrevalenceSummary } from './prevalence/summary.js';
export {
  type StrataEvaluation,
  type StratumEvaluation,
  studyStrata as strata,
  type WhereGold,
  type Worst,
} from './strata.js';
export {
  type AgainstTargets,
  decideBesideGold as decide,
  type JudgedBy,
  type Summary,
  type SummaryOptions,
  studySummary as summary,
} from './summary.js';
