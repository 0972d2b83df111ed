import type * as E from 'fp-ts/lib/Either.js';
import type { DuplicateVotes } from '../../domain/errors.js';
import type { Duplicates, Vote } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId as rowOfIds } from '../../kernel/ids/voteColumns.js';
import { voteBuilder } from './builder.js';

/**
 * Indexes votes: distinct ids, one canonical order, duplicates resolved.
 *
 * The order of `votes` never matters, bit for bit, except where `first` or `last` must choose between votes that one annotator
 * cast on one stack; and renaming annotators changes nothing but `annotatorIds`.
 *
 * @param votes - any order; `annotatorId: ''` is the anonymous annotator, whose votes are never duplicates
 * @param duplicates - which of one annotator's votes on one stack count; `first` by default
 * @returns the table; a stack has rows in annotator order
 * @left DuplicateVotes when `duplicates` is `reject` and there are some
 * @throws RangeError when an id has a lone surrogate
 * @example
 * const votes = Errors.getOrThrow(
 *   Votes.from()([
 *     { stackId: 's2', annotatorId: 'ann', label: 1 },
 *     { stackId: 's1', annotatorId: 'ann', label: 0 },
 *     { stackId: 's2', annotatorId: 'ben', label: 1 },
 *   ]),
 * );
 * votes.stackIds // => ['s1', 's2']
 * votes.offsets // => Uint32Array [0, 1, 3]
 */
export const from =
  ({ duplicates = 'first' }: { readonly duplicates?: Duplicates | undefined } = {}) =>
  (votes: readonly Vote[]): E.Either<DuplicateVotes, VoteTable> => {
    const builder = voteBuilder();
    for (const { stackId, annotatorId, label } of votes) builder.add(stackId, annotatorId, label);
    return builder.build(duplicates);
  };

/**
 * Adds stacks that nobody has voted on, so that models and budgets may reach them. A stack without votes has no rows, which
 * is not the same as flowing votes.
 *
 * @param stackIds - any order, repeats allowed
 * @returns the same table when every stack is there already
 * @throws RangeError when an id has a lone surrogate
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's2', annotatorId: 'ann', label: 1 }]));
 * Votes.including(['s1', 's3'])(votes).offsets // => Uint32Array [0, 0, 1, 1]
 */
export const including =
  (stackIds: readonly string[]) =>
  (votes: VoteTable): VoteTable => {
    const builder = voteBuilder();
    for (const id of votes.stackIds) builder.includeStack(id);
    for (const id of stackIds) builder.includeStack(id);
    const n = votes.stackIds.length;
    if (builder.stacks.size() === n) return votes;
    const { ids, rank } = builder.stacks.sorted();
    // New stacks do not change the order of the old ones, so rows and annotators stay where they are.
    const offsets = new Uint32Array(ids.length + 1);
    for (let s = 0; s < n; s++) offsets[rank[s] + 1] = votes.offsets[s + 1] - votes.offsets[s];
    for (let s = 0; s < ids.length; s++) offsets[s + 1] += offsets[s];
    return { ...votes, stackIds: ids, offsets };
  };

/**
 * Where each stack stands in the table.
 *
 * @returns stack id → s, the index into `stackIds` and `offsets`
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * Votes.rowOf(votes).get('s1') // => 0
 */
export const rowOf = (votes: VoteTable): ReadonlyMap<string, number> => rowOfIds(votes.stackIds);

/**
 * How many votes the table holds.
 *
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * Votes.count(votes) // => 1
 */
export const count = (votes: VoteTable): number => votes.annotatorOf.length;
