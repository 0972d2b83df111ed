/** Two thresholds on the posterior, with a finite-sample certificate for both kinds of error. */

export type {
  Band,
  Certificate,
  GoldUnsuitable,
  OperatingPoint,
  RiskCertificate,
  TargetsInfeasible,
} from '../../domain/operatingPoint.js';
export { bestCut } from './bestCut.js';
export { certify } from './certify.js';
export { type CoverageEstimate, expectedCoverage, type GoldValues } from './expectedCoverage.js';
export { type ClassPlan, type Plan, type PlanOptions, plan } from './plan.js';
export {
  certifyStrata,
  type StrataCertificate,
  type StrataOptions,
  type StratumClaim,
  type StratumPoint,
} from './strata.js';
