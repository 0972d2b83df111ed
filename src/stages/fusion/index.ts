/** Votes and a model fused into one posterior per stack, and what each of them said: all that a policy decides by. */

export { type Contribution, type Explanation, explain } from './explain.js';
export { fuse } from './fuse.js';
export {
  applyRecalibration,
  type RecalibrationInfeasible,
  type RecalibrationPrior,
  recalibrate,
} from './recalibrate.js';
export { heldOutTerms, terms } from './terms.js';
