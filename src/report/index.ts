/** Every file and every text that the command line writes, as strings. Nothing here touches a disk. */

export { auditCsv, DECISION_COLUMNS, decisionsCsv, nextCsv } from './csv/decisions.js';
export { prevalenceCsv } from './csv/prevalence.js';
export { driftJson, evaluationJson, gateJson, policyJson, prevalenceJson } from './json.js';
export { againstCrowdText, askingText, endToEndText, type RoundText, roundText } from './text/asking.js';
export { anotherLookText, certificationText, claimText } from './text/certification.js';
export {
  type DemoStack,
  type DemoStep,
  demoIntroduction,
  demoStacksText,
  leftOutText,
  stepsText,
} from './text/demo.js';
export { driftText } from './text/drift.js';
export { type EarlyStopSummary, earlyStopText, type Unproven } from './text/earlyStop.js';
export { type ExplainedDecision, explanationText } from './text/explanation.js';
export { gateText } from './text/gate.js';
export { type Compared, comparisonText, type Described, modelText } from './text/model.js';
export { type PlanSummary, planText } from './text/plan.js';
export { lostText, prevalenceText } from './text/prevalence.js';
export { durationText, type ScoreSummary, scoreText, speedText } from './text/score.js';
export { atPrevalenceText, strataText } from './text/strata.js';
export { noteText, summaryText, uncoveredText, workText } from './text/summary.js';
