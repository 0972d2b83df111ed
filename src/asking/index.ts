/** Which stacks to ask about next, how often, and when to stop. */
export { type Audit, isAudited } from './audit.js';
export { type Served, type ServeOptions, serve } from './serve.js';
export { fitTraitModel, plainTraitModel, type TraitLine, type TraitModel, traitModelJson } from './traitModel.js';
export { type VoteValue, valueOfAsking, voteValueOf } from './voteValue.js';
