/** Every file and every text that the command line writes, as strings. Nothing here touches a disk. */

export {
  auditCsv,
  DECISION_COLUMNS,
  decisionsCsv,
  driftJson,
  evaluationJson,
  gateJson,
  nextCsv,
  page,
  policyJson,
  prevalenceCsv,
  prevalenceJson,
} from './files.js';
export type { PageData, PageFiles } from './page/index.js';
export {
  againstCrowdText,
  anotherLookText,
  askingText,
  certificationText,
  claimText,
  endToEndText,
  type RoundText,
  roundText,
} from './text/certification.js';
export { driftText } from './text/drift.js';
export { type ExplainedDecision, explanationText } from './text/explanation.js';
export { gateText } from './text/gate.js';
export {
  type Compared,
  comparisonText,
  type Described,
  durationText,
  type EarlyStopSummary,
  earlyStopText,
  modelText,
  type ScoreSummary,
  scoreText,
  speedText,
  type Unproven,
} from './text/model.js';
export { type PlanSummary, planText } from './text/plan.js';
export { lostText, prevalenceText } from './text/prevalence.js';
export { atPrevalenceText, noteText, strataText, summaryText, uncoveredText, workText } from './text/summary.js';
