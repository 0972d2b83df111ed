/** Which stacks to ask about next, how often, and when to stop. */
export { type Audit, isAudited } from './audit.js';
export { bounds, type Costs, type Reach } from './bounds.js';
export { type Asked, type AskingPlan, next } from './next.js';
export { type Candidate, type PathOptions, path, SAFETY } from './path.js';
export { constant, type Rule, type Standing, type Stop, stop } from './rule.js';
export { fitLook, type Look, type LookLine } from './traitModel.js';
export { type VoteWorth, valueOfVote, worthOfVote } from './voteValue.js';
