export { append, type Bet, isShown, logWealth, NO_GOLD_YET, refitDelta, type Wager } from './bettingTest.js';
export { type CertifiedStopRule, type CertifyOptions, certifyRule } from './certify.js';
export { type ByClusters, type ClusterOptions, type ClusterResult, certifyByClusters } from './clusters.js';
export { DEFAULT_FIT_SHARES, type DivideOptions, divideGold } from './divide.js';
export { type Action, type Course, firstStop, type Stop, stepwise } from './firstStop.js';
export {
  DEFAULT_EXPERT_PRICE,
  DEFAULT_STALLED_POSTERIOR,
  type RuleCandidate,
  type RulePathOptions,
  rulePath,
} from './path.js';
export { type RuleReplay, replayOn, type Spending, spending } from './replay.js';
export {
  type Contradiction,
  EXPERT_AT_ONCE,
  mostVotes,
  oneLook,
  requireStopRule,
  type StopBounds,
  type StopRule,
} from './rule.js';
export { alarmPrice, type Extent, type FittingRows, fittingRows, type Prices, solve, solveOn } from './solve.js';
