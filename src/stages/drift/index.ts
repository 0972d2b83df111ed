/** Do decisions still hold? Tests of error rates and of scores over time. */
export { type ClusteredScores, type DriftOfClusters, ofClusters } from './clusters.js';
export { type DriftOfErrors, type ErrorDrift, ofErrors } from './errors.js';
export {
  type DriftOfScores,
  ofScores,
  type ScoreDriftOptions,
  type ScoreSamples,
  type TailDrift,
} from './scores.js';
