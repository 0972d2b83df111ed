/** Do decisions still hold? Tests of error rates and of scores over time. */
export { type DriftOfErrors, driftOfErrors, type ErrorDrift } from './errors.js';
export {
  type DriftOfScores,
  driftOfScores,
  type ScoreDriftOptions,
  type ScoreSamples,
  type TailDrift,
} from './scores.js';
