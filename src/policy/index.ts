/** Everything needed to decide, as one document: fitted once, applied to any batch. */

export {
  GOLD_CHECK_LEVEL,
  type GoldCheck,
  type GoldCheckOptions,
  type GoldData,
  goldChecks,
} from '../stages/goldChecks/index.js';
export {
  audits,
  batchMismatches,
  type Decisions,
  decide,
  explain,
  type MismatchOptions,
  type Routed,
  routesUnder,
  type Sources,
  sources,
} from './decide.js';
export {
  decodeLedger as ledgerFromText,
  decodePolicy as fromText,
  encodeLedger as ledgerToText,
  encodePolicy as toText,
  migratePolicy as migrate,
  policyFromJson as fromJSON,
  policyHash as hash,
  policyToJson as toJSON,
} from './document.js';
export { inRuleOrder } from './evidence.js';
export { type FitOptions, type Fitted, fit, type Methods } from './fit.js';
export {
  DEFAULT_SPEND,
  type Ledger,
  type Look,
  type NextLook,
  NO_LOOKS,
  nextLook,
  type SharedGold,
} from './ledger.js';
export { type BatchMismatch, MISMATCH_LEVEL, mismatches } from './mismatches.js';
export {
  type EarlierVersion,
  type ErrorSpent,
  type GoldDoubted,
  goldMet,
  type Inputs,
  isCertified,
  type Policy,
  type Prevalence,
  type Proof,
  type Provenance,
  type RuleCertificate,
  type Status,
  spendingOf,
  type Verdict,
  verdict,
} from './policy.js';
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
export { type Reason, reasonsUnder, type Standing } from './reasons.js';
export { endedBy, replayed } from './replay.js';
export { scoreEdges } from './scoreEdges.js';
export { type Work, workOf as work } from './work.js';
