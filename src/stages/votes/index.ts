/** Votes as columns: interned ids, one canonical order, an explicit policy for duplicates. */

export { EMPTY, type VoteTable } from '../../domain/voteTable.js';
export { alpha, type PairwiseAgreement, pairwiseAgreement } from './alpha.js';
export { type VoteBuilder, type VoteOrder, voteBuilder } from './builder.js';
export { count, from, including, rowOf } from './table.js';
