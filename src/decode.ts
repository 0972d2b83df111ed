/** Files and rows of unknown origin in, checked values out. Every failure says where, what, and how to mend it. */
export { type DecisionTable, decodeDecisions as decisions, type Fate } from './decode/decisions.js';
export { decodeGold as gold, decodeGoldRows as goldRows, type GoldOptions, type Where } from './decode/gold.js';
export type { Columns } from './decode/header.js';
export { decodePolicy as policy, encodePolicy, policyHash } from './decode/policy.js';
export { decodeScoreRows as scoreRows, decodeScores as scores, type ScoreOptions } from './decode/scores.js';
export { fromFile, fromText, type Source } from './decode/source.js';
export { decodeStacks as stacks, type StackTable } from './decode/stacks.js';
export { type Strata, strata } from './decode/strata.js';
export { decodeVoteRows as voteRows, decodeVotes as votes, type VoteOptions } from './decode/votes.js';
