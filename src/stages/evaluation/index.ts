/** How good decisions are, on gold that neither fitted nor tuned them; every rate with its exact interval. */

export type { Interval, Rate } from '../../domain/interval.js';
export { type AtPrevalence, atPrevalence, type Prevalent } from './atPrevalence.js';
export {
  brier,
  type CalibrationBin,
  type CalibrationError,
  ece,
  logLoss,
  type ProbableLabels,
} from './calibrationError.js';
export { type Confusion, confusion } from './confusion.js';
export { type CurveOptions, type CurvePoint, curvePoints } from './curvePoints.js';
export { auc, averagePrecision } from './curves.js';
export {
  against,
  type Calls,
  calls,
  type Evaluation,
  type EvaluationOptions,
  evaluate,
  type GoldJudged,
  type TargetVerdict,
} from './evaluate.js';
export { rate } from './intervals.js';
export { type BestMcc, bestMcc, type Mcc, mcc, mccAt, type ThresholdCounts } from './mcc.js';
export { type ScoredLabels, sweep } from './sweep.js';
