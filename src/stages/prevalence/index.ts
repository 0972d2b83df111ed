/** How many stacks are stalled, with intervals that hold for the decisions at hand. */

export { type BetweenClusters, betweenClusters } from './betweenClusters.js';
export {
  type ClusterCalls,
  type Contrast,
  type ContrastInfeasible,
  type ContrastOptions,
  contrast,
  type GroupShare,
} from './contrast.js';
export {
  type CalledStacks,
  corrected,
  type PrevalenceByStratum,
  type PrevalenceEstimate,
  type PrevalenceOptions,
} from './corrected.js';
export {
  type AuditedCalls,
  type AuditedEstimate,
  type AuditedPrevalence,
  type AuditedPrevalenceOptions,
  fromAudit,
} from './fromAudit.js';
export {
  type AuditedGroup,
  type AuditedOutcomes,
  type LostPositives,
  type LostPositivesOptions,
  lostPositives,
} from './lostPositives.js';
