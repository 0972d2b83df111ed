/** Which stacks to ask about next, how often, and when to stop. */
export { type Audit, isAudited } from './audit.js';
export { bounds, type Costs, type Reach } from './bounds.js';
export { type Asked, type AskingPlan, next } from './next.js';
export { type Candidate, path, type RulePathOptions, SAFETY } from './path.js';
export { after, constant, type Rule, type Standing, type Stop, stop } from './rule.js';
export { fitTraitModel, plainTraitModel, type TraitLine, type TraitModel, traitModelJson } from './traitModel.js';
export { fewestToSettle, type VoteValue, valueOfAsking, voteValueOf } from './voteValue.js';
