/** Votes as columns: interned ids, one canonical order, an explicit policy for duplicates. */

export { EMPTY, type VoteTable } from '../../domain/voteTable.js';
export { alpha, type PairwiseAgreement, pairwiseAgreement } from './alpha.js';
export { type ArrivingVotes, arrivalOf } from './arrival.js';
export { type VoteBuilder, voteBuilder } from './builder.js';
export { count, from, including, rowOf } from './table.js';
