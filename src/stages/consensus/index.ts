/** From votes and scores to one posterior per stack. */

export type { Evidence, FusionTerms, Recalibration } from '../../domain/evidence.js';
export type { Posterior } from '../../domain/posterior.js';
export {
  applyRecalibration,
  type Contribution,
  type Explanation,
  explain,
  fuse,
  heldOutTerms,
  type RecalibrationInfeasible,
  type RecalibrationPrior,
  recalibrate,
  terms,
} from '../fusion/index.js';
export { type Bwa, type BwaOptions, bwa } from './bwa.js';
export { type Crowdlab, type CrowdlabOptions, crowdlab } from './crowdlab.js';
export { type Ebcc, type EbccOptions, ebcc } from './ebcc.js';
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
export { type Wawa, type WawaOptions, wawa } from './wawa.js';
