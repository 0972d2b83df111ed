/** Which stacks to ask about next, how often, and when to stop. */
export { type Audit, isAudited } from './asking/audit.js';
export { bounds, type Costs, type Reach } from './asking/bounds.js';
export { fitLook, type Look, type LookLine } from './asking/look.js';
export { type Asked, type AskingPlan, fromPolicy, next } from './asking/next.js';
export { type Candidate, type PathOptions, path, SAFETY } from './asking/path.js';
export { constant, type Rule, type Standing, type Stop, stop } from './asking/rule.js';
/** One rule with an expert at every number of votes, and its certificate. */
export * as StopRule from './asking/stopRule/index.js';
export { type VoteWorth, valueOfVote, worthOfVote } from './asking/worth.js';
