import * as E from 'fp-ts/lib/Either.js';
import type { DuplicateVotes, InvalidInput } from '../../domain/errors.js';
import type { Duplicates, Vote } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId as rowOfIds } from '../../kernel/ids/voteColumns.js';
import { type VoteOrder, voteBuilder } from './builder.js';

/**
 * Indexes votes: distinct ids, one canonical order, duplicates resolved.
 *
 * The order of `votes` never matters, bit for bit, except where they have no times and `first` or `last` must choose between
 * votes that one annotator cast on one stack; and renaming annotators changes nothing but `annotatorIds`.
 *
 * @param votes - any order; `annotatorId: ''` is the anonymous annotator, whose votes are never duplicates
 * @param duplicates - which of one annotator's votes on one stack count; `first` by default
 * @param order - what tells in which order they came: `time` by default; `rows` for a list that grows at its end; or `none`
 * @returns the table; a stack has rows in annotator order, and `arrival` says in which order votes came, where that is known
 * @left DuplicateVotes when `duplicates` is `reject` and there are some; InvalidInput when only some votes have a time
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
  ({
    duplicates = 'first',
    order = 'time',
  }: {
    readonly duplicates?: Duplicates | undefined;
    readonly order?: VoteOrder | undefined;
  } = {}) =>
  (votes: readonly Vote[]): E.Either<DuplicateVotes | InvalidInput, VoteTable> => {
    const builder = voteBuilder();
    for (const { stackId, annotatorId, label, time } of votes) builder.add(stackId, annotatorId, label, time);
    const untimed = order === 'time' ? timeMissing(votes) : undefined;
    return untimed === undefined ? builder.build(duplicates, order) : E.left(untimed);
  };

/** Votes without a time among votes with one: then nobody knows in which order they came. */
const timeMissing = (votes: readonly Vote[]): InvalidInput | undefined => {
  const isTimed = ({ time }: Vote): boolean => time !== undefined && Number.isFinite(time);
  const bad = votes.flatMap((vote, row) => (isTimed(vote) ? [] : [row]));
  if (bad.length === 0 || votes.every(({ time }) => time === undefined)) return undefined;
  const issues = bad.slice(0, 5).map((row) => ({
    line: row + 1,
    field: 'time',
    found: votes[row].time === undefined ? 'nothing' : String(votes[row].time),
    expected: 'a time in milliseconds, as other votes have',
    fix: "Give each vote its time or give none; or say `order: 'none'`.",
  }));
  return { _tag: 'InvalidInput', source: 'votes', issues, total: bad.length };
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
