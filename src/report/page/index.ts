/** One offline HTML page from plain data, with its JSON twin and its figures. */

export type {
  AgreementPair,
  AgreementPart,
  AnnotatorMark,
  AnnotatorsPart,
  Cell,
  CurvesPart,
  DataTable,
  FrontierLine,
  FrontierPart,
  FrontierPoint,
  KnownPoint,
  PowerPart,
  PowerPoint,
  QualityAtVotes,
  ReliabilityBin,
  ReliabilityPart,
  ReliabilitySeries,
  Saving,
  SourceCurve,
  StrataPart,
  StratumRates,
  ThresholdPoint,
  TrajectoriesPart,
  Trajectory,
  TrajectoryBounds,
  VotesPart,
  WeekRow,
  WeeksPart,
} from '../figures/index.js';
export type { PitfallCheck } from './checks.js';
export { pitfallChecks } from './checks.js';
export type {
  CountsAround,
  ExplorerPart,
  ExplorerPrices,
  GalleryFilm,
  GalleryPart,
  LabelsPart,
  PageData,
  ProvenancePart,
  ThresholdTable,
  TwoThresholds,
  VerdictClaim,
  VerdictPart,
} from './data.js';
export { type Explored, type ExplorerSettings, explore, exploredTexts, explorerStart } from './explorer.js';
export { type Evaluated, ofSummary } from './ofSummary.js';
export { type FigureFile, type PageFiles, pageFiles } from './page.js';
export { onGold, reliabilitySeries, sourceCurve, thresholdTable, voteCounts } from './summaries.js';
