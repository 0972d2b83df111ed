/** Pictures from plain data: accessible SVG as text, the same bytes on every machine, without a browser. */

export { type AgreementPair, type AgreementPart, agreementDrawing, quadrantsDrawing } from './agreement.js';
export { type AnnotatorMark, type AnnotatorsPart, activityDrawing, annotatorsDrawing } from './annotators.js';
export { type Axis, along } from './axis.js';
export {
  type Cell,
  chart,
  type DataTable,
  type Drawing,
  type Plot,
  RIGHT_MARGIN,
  WIDTH,
  words,
} from './chart.js';
export {
  type CurvesPart,
  evenly,
  type KnownPoint,
  precisionDrawing,
  rocDrawing,
  type SourceCurve,
  type ThresholdPoint,
} from './curves.js';
export { forestDrawing, type StrataPart, type StratumRates, shrink } from './forest.js';
export { type FrontierLine, type FrontierPart, type FrontierPoint, frontierDrawing } from './frontier.js';
export { short } from './marks.js';
export { type PowerPart, type PowerPoint, powerDrawing } from './power.js';
export {
  probabilityDrawing,
  type ReliabilityBin,
  type ReliabilityPart,
  type ReliabilitySeries,
  reliabilityDrawing,
} from './reliability.js';
export { coordinate, escaped, FIGURE_STYLE, standalone, tag } from './svg.js';
export {
  type TrajectoriesPart,
  type Trajectory,
  type TrajectoryBounds,
  trajectoriesDrawing,
} from './trajectories.js';
export {
  type QualityAtVotes,
  qualityDrawing,
  type Saving,
  savingsDrawing,
  type VotesPart,
  votesDrawing,
} from './votes.js';
export { scoresByWeekDrawing, type WeekRow, type WeeksPart, weeksDrawing } from './weeks.js';
