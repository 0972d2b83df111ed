/** From votes and scores to one posterior per stack. */

export type { Evidence, FusionTerms, Recalibration } from '../../domain/evidence.js';
export type { Posterior } from '../../domain/posterior.js';
export { type Bwa, type BwaOptions, bwa } from './bwa.js';
export { type Crowdlab, type CrowdlabOptions, crowdlab } from './crowdlab.js';
export { type Ebcc, type EbccOptions, ebcc } from './ebcc.js';
export { type Contribution, type Explanation, explain } from './explain.js';
export { fuse } from './fuse.js';
export { type Glad, type GladOptions, glad } from './glad.js';
export { type Ibcc, type IbccOptions, ibcc } from './ibcc.js';
export {
  type AnnotatorSummary,
  type ItemResponse,
  type ItemResponseOptions,
  type ItemResponseWarning,
  itemResponse,
} from './itemResponse/fit.js';
export type { ClassTrait, ParameterEstimate } from './itemResponse/summary.js';
export { majority } from './majority.js';
export {
  applyRecalibration,
  type RecalibrationInfeasible,
  type RecalibrationPrior,
  recalibrate,
} from './recalibrate.js';
export { heldOutTerms, terms } from './terms.js';
export { type Wawa, type WawaOptions, wawa } from './wawa.js';
