/** Everything needed to decide, as one document: fitted once, applied to any batch. */

export type {
  Arrival,
  AskingCertified,
  AskingNotCertified,
  VotesTooFew,
} from './askingPolicy.js';
export { type Decisions, decide, explain, type Sources, sources } from './decide.js';
export {
  decodePolicy as fromText,
  encodePolicy as toText,
  migratePolicy as migrate,
  policyFromJson as fromJSON,
  policyHash as hash,
  policyToJson as toJSON,
} from './document.js';
export { type FitOptions, type Fitted, fit, type Methods } from './fit.js';
export type { AskingOptions } from './fitAsking.js';
export {
  bandAt,
  type Certification,
  certifiedAsking,
  type Inputs,
  isCertified,
  operatingPoint,
  type Policy,
  type Prevalence,
  type Provenance,
  type Verdict,
  verdict,
} from './policy.js';
export { type Reason, reasonsUnder } from './reasons.js';
export { endedBy, type Replayed, replayed } from './replay.js';
export { askingPlan, audits, routeUnder } from './route.js';
export { scoreEdges } from './scoreEdges.js';
export { type AskingSummary, askingSummary, type Work, workOf as work } from './work.js';
