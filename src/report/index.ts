/** Every file and every text that the command line writes, as strings. Nothing here touches a disk. */

export { annotatorsCsv, annotatorsJson, contrastCsv, contrastJson } from './annotatorFiles.js';
export { curvesCsv, type EvaluatedSources, evaluationCsv } from './evaluationFiles.js';
export {
  auditCsv,
  betsJson,
  DECISION_COLUMNS,
  decisionsCsv,
  driftJson,
  evaluationJson,
  frontierCsv,
  gateJson,
  nextCsv,
  page,
  policyJson,
  prevalenceCsv,
  prevalenceJson,
  reviewCsv,
} from './files.js';
export type { PageData, PageFiles } from './page/index.js';
export { annotatorsText } from './text/annotators.js';
export {
  askingText,
  endToEndText,
  proofText,
  risksText,
  roundText,
  ruleText,
} from './text/certification.js';
export { againstCrowdText, againstOwnRuleText } from './text/compared.js';
export { contrastText } from './text/contrast.js';
export { driftText } from './text/drift.js';
export { type ExplainedDecision, explanationText } from './text/explanation.js';
export { gateText } from './text/gate.js';
export { type Heading, headingText, notCertifiedText } from './text/heading.js';
export { inspectionText } from './text/inspection.js';
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
export { frontierText, planText } from './text/plan.js';
export { lostText, prevalenceText } from './text/prevalence.js';
export { atPrevalenceText, noteText, strataText, summaryText, workText } from './text/summary.js';
