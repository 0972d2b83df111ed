/** Everything needed to decide, as one document: fitted once, applied to any batch, explained at any time. */
export type {
  Arrival,
  AskingCertified,
  AskingNotCertified,
  VotesTooFew,
} from './policy/askingDocument.js';
export { type Decisions, decide, explain, type Sources, sources } from './policy/decide.js';
export {
  type Batch,
  bandAt,
  type Certification,
  certifiedAsking,
  isCertified,
  operatingPoint,
  type Policy,
  type Prevalence,
  type Provenance,
  type Verdict,
  verdict,
} from './policy/document.js';
export { type FitOptions, type Fitted, fit, type Methods } from './policy/fit.js';
export type { AskingOptions } from './policy/fitAsking.js';
export { type Reason, reasonsUnder } from './policy/reasons.js';
export { endedBy, type Replayed, replayed } from './policy/replayed.js';
export { audits, routeUnder } from './policy/route.js';
export { scoreEdges } from './policy/scoreEdges.js';
