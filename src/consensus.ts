/** From votes and scores to one posterior per stack. */
export { type Bwa, type BwaOptions, bwa } from './consensus/bwa.js';
export { type Crowdlab, type CrowdlabOptions, crowdlab } from './consensus/crowdlab.js';
export { type Ebcc, type EbccOptions, ebcc } from './consensus/ebcc.js';
export { type Contribution, type Explanation, explain } from './consensus/explain.js';
export { type Evidence, fuse } from './consensus/fuse.js';
export { type Glad, type GladOptions, glad } from './consensus/glad.js';
export { type Ibcc, type IbccOptions, ibcc } from './consensus/ibcc.js';
export {
  type AnnotatorSummary,
  type ClassLook,
  type Estimate,
  type ItemResponse,
  type ItemResponseOptions,
  type ItemResponseWarning,
  itemResponse,
} from './consensus/itemResponse.js';
export { majority } from './consensus/majority.js';
export {
  applyRecalibration,
  type Recalibration,
  type RecalibrationInfeasible,
  type RecalibrationPrior,
  recalibrate,
} from './consensus/recalibrate.js';
export { type FusionTerms, heldOutTerms, terms } from './consensus/terms.js';
export { type Wawa, type WawaOptions, wawa } from './consensus/wawa.js';

/** P(stalled | everything seen) of each stack, as log-odds; rows follow `stackIds`. */
export interface Posterior {
  readonly stackIds: readonly string[];
  /** Natural-log odds of stalled; 0 is a tie. */
  readonly logOdds: Float64Array;
  /** Votes behind each row. */
  readonly votes: Uint32Array;
  /** Model scores behind each row. With no votes and no scores a row is only the prior: nothing was seen. */
  readonly scores: Uint32Array;
}
