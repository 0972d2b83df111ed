import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { interner } from '../../kernel/ids/interner.js';
import type { ArrivingVotes } from '../../stages/votes/index.js';
import { decodeRow } from '../text/fieldCodec.js';
import { ANNOTATOR_ID, type Columns, STACK_ID, VOTE_LABEL } from '../text/header.js';
import type { IssueLog } from '../text/issues.js';
import type { Source } from '../text/source.js';
import { decodeTable, type TableReader } from '../text/table.js';
import { AnnotatorId, StackId } from './ids.js';

const RowCodec = t.strict({ stackId: StackId, annotatorId: AnnotatorId }, 'Vote');

const orderReader =
  (columns: Columns | undefined) =>
  (log: IssueLog): TableReader<ArrivingVotes> => {
    const stacks = interner();
    const annotators = interner();
    const stackOf: number[] = [];
    const annotatorOf: number[] = [];
    const stackIds: string[] = [];
    const annotatorIds: string[] = [];
    const numberIn = (ids: ReturnType<typeof interner>, names: string[], id: string): number => {
      const index = ids.internString(id);
      if (index === names.length) names.push(id);
      return index;
    };
    return {
      rows: {
        what: 'vote',
        fields: [STACK_ID, ANNOTATOR_ID, VOTE_LABEL],
        columns,
        take: (values, place) => {
          const row = decodeRow(RowCodec, values, place, log);
          if (row === undefined) return;
          stackOf.push(numberIn(stacks, stackIds, row.stackId));
          annotatorOf.push(numberIn(annotators, annotatorIds, row.annotatorId));
        },
      },
      value: () => ({
        stackIds,
        annotatorIds,
        stackOf: Uint32Array.from(stackOf),
        annotatorOf: Uint32Array.from(annotatorOf),
      }),
    };
  };

/**
 * The order of the rows of a table of votes, for `Votes.arrivalOf`: a table of votes itself does not keep it.
 *
 * @param options - `columns` as for `Decode.votes`
 * @returns who voted on what, in the order of the rows
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const source = Decode.fromText('votes.csv', 'task,worker,label\nt2,ann,1\nt1,ann,0\n');
 * Errors.getOrThrow(await Decode.voteOrder()(source)).stackIds // => ['t2', 't1']
 */
export const decodeVoteOrder =
  ({ columns }: { readonly columns?: Columns | undefined } = {}) =>
  (source: Source): Promise<E.Either<InvalidInput | IoFailure, ArrivingVotes>> =>
    decodeTable(source, orderReader(columns));
