export {
  append,
  type Bet,
  type BetState,
  followLosses,
  isShown,
  logWealth,
  type NewGold,
  NO_GOLD_YET,
  type Wager,
} from './bettingTest.js';
export {
  type EstimatedRisk,
  type LabelsOptions,
  type LabelsToCollect,
  labelsToCollect,
  type RuleByEstimate,
} from './byEstimate.js';
export { type CertifiedStopRule, type CertifyOptions, certifyStopRule } from './certify.js';
export { type ByClusters, type ClusterOptions, type ClusterResult, certifyByClusters } from './clusters.js';
export { DEFAULT_FIT_SHARES, type DivideOptions, divideGold } from './divide.js';
export { type Action, firstStop, type StopPoint, type VoteCourse } from './firstStop.js';
export {
  type ClassMissing,
  type ClustersNotCertified,
  candidatesFor,
  DEFAULT_MOST_VOTES,
  type FittedPath,
  type FittedStopRule,
  fit,
  type Lacking,
  SHORT,
  type StopFitData,
  type StopFitOptions,
  type TooFewVotes,
} from './fit.js';
export {
  DEFAULT_FIRST_SHARE,
  follow,
  type GrowingGold,
  type GrowingGoldState,
  type LookThenBet,
  lookThenBet,
  stillNeeded,
} from './lookThenBet.js';
export {
  DEFAULT_EXPERT_PRICE,
  DEFAULT_STALLED_POSTERIOR,
  type RuleCandidate,
  rulePath,
  type StopPathOptions,
} from './path.js';
export { askedAtOnce, type RuleReplay, replayOn, type Spending, spending } from './replay.js';
export {
  type Contradiction,
  EXPERT_AT_ONCE,
  mostVotesOf,
  oneLook,
  requireStopRule,
  type StopBounds,
  type StopRule,
} from './rule.js';
export {
  alarmPrice,
  type Extent,
  type FittingRows,
  fittingRows,
  type Prices,
  type SolveOptions,
  solve,
  solveOn,
} from './solve.js';
