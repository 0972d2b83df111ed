import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { DuplicateVotes, InvalidInput, IoFailure } from '../../domain/errors.js';
import { ANONYMOUS, type Duplicates, type Vote } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { NOT_UTF8 } from '../../kernel/ids/interner.js';
import { type VoteBuilder, voteBuilder } from '../../stages/votes/index.js';
import { type CsvReader, notUtf8, textOf } from '../text/csv.js';
import { decodeRow, fieldIssue, type Place } from '../text/fieldCodec.js';
import { ANNOTATOR_ID, type Columns, resolve, STACK_ID, VOTE_LABEL } from '../text/header.js';
import type { IssueLog } from '../text/issues.js';
import { BATCH } from '../text/recordScanner.js';
import type { Source } from '../text/source.js';
import { decodeObjects, decodeTable, type TableReader } from '../text/table.js';
import { AnnotatorId, StackId } from './ids.js';
import { labelAt, NO_LABEL, VoteLabel } from './labels.js';

const VoteCodec: t.Type<Vote, unknown, unknown> = t.strict(
  { stackId: StackId, annotatorId: AnnotatorId, label: VoteLabel },
  'Vote',
);

const FIELDS = [STACK_ID, ANNOTATOR_ID, VOTE_LABEL];

/** Passes CSV records to the builder as bytes: ids are interned without making strings. */
const csvVotes = (builder: VoteBuilder, columns: Columns | undefined, log: IssueLog): CsvReader => {
  const stackIndex = new Uint32Array(BATCH);
  const annotatorIndex = new Uint32Array(BATCH);
  const labels = new Uint8Array(BATCH);
  let stackColumn = 0;
  let annotatorColumn = -1;
  let labelColumn = 0;
  let positions: ReadonlyMap<string, number> = new Map();

  return {
    header: (names, line) => {
      const resolved = resolve(FIELDS, names, columns);
      if (E.isLeft(resolved)) {
        for (const issue of resolved.left) log.add(() => ({ line, ...issue }));
        log.stop();
        return;
      }
      const at = resolved.right;
      [stackColumn, annotatorColumn, labelColumn] = at;
      positions = new Map(FIELDS.map((field, f) => [field.name, at[f] + 1]));
      if (annotatorColumn < 0) annotatorIndex.fill(builder.annotators.internString(ANONYMOUS));
    },
    records: ({ bytes, bounds, stride, lines, count }) => {
      const issuesBefore = log.total();
      const place = (r: number): Place => ({ line: lines[r], columns: positions });
      builder.stacks.internInto(stackIndex, { bytes, bounds, first: stackColumn, stride, count });
      if (annotatorColumn >= 0) {
        builder.annotators.internInto(annotatorIndex, { bytes, bounds, first: annotatorColumn, stride, count });
      }
      for (let r = 0; r < count; r++) {
        const base = r * stride;
        if (stackIndex[r] === NOT_UTF8) log.add(() => notUtf8({ line: lines[r], column: stackColumn + 1 }));
        if (annotatorIndex[r] === NOT_UTF8) log.add(() => notUtf8({ line: lines[r], column: annotatorColumn + 1 }));
        if (bounds[base + stackColumn] === bounds[base + stackColumn + 1] - 1) {
          log.add(() => fieldIssue(StackId, '', place(r), 'stackId'));
        }
        const from = bounds[base + labelColumn];
        const to = bounds[base + labelColumn + 1] - 1;
        const label = labelAt(bytes, from, to);
        if (label === NO_LABEL) {
          const text = textOf(bytes, from, to);
          log.add(() =>
            text === undefined
              ? notUtf8({ line: lines[r], column: labelColumn + 1 })
              : fieldIssue(VoteLabel, text, place(r), 'label'),
          );
        }
        labels[r] = label;
      }
      if (issuesBefore === 0 && log.total() === 0) builder.append(stackIndex, annotatorIndex, labels, count);
    },
  };
};

const voteReader =
  (columns: Columns | undefined, mayBeEmpty = false) =>
  (log: IssueLog): TableReader<VoteBuilder> => {
    const builder = voteBuilder();
    return {
      mayBeEmpty,
      csv: csvVotes(builder, columns, log),
      rows: {
        what: 'vote',
        fields: FIELDS,
        columns,
        take: (row, place) => {
          const vote = decodeRow(VoteCodec, row, place, log);
          if (vote !== undefined) builder.add(vote.stackId, vote.annotatorId, vote.label);
        },
      },
      value: () => builder,
    };
  };

/** How to read a table of votes. */
export interface VoteOptions {
  /** What to do when one annotator votes twice on one stack; default `first`. */
  readonly duplicates?: Duplicates | undefined;
  /** Which column to take for a field, e.g. `{ annotatorId: 'initials' }`. */
  readonly columns?: Columns | undefined;
  /** Whether a file may have a header and no votes, as before the first answer. Default false: that is an issue. */
  readonly mayBeEmpty?: boolean | undefined;
  /** Called with the number of bytes read so far. */
  readonly onBytes?: ((n: number) => void) | undefined;
}

/**
 * Decodes votes from CSV or newline-delimited JSON, plain or gzipped.
 *
 * Columns are found by our names or those that others use (`task`, `worker`, `answer`, …), in any order; the rest, such as a
 * timestamp or a calibration flag, is not read. Ids are used as they are written; an empty annotator is anonymous. A label is
 * 0, 1, flowing, stalled, false or true.
 *
 * @returns the votes as one table
 * @left InvalidInput with the first five issues and their number; DuplicateVotes under `reject`; IoFailure
 * @example
 * const source = Decode.fromText('votes.csv', 'task,worker,label\nt1,ann,1\nt1,ben,stalled\nt2,ann,0\n');
 * Errors.getOrThrow(await Decode.votes()(source)).label // => Uint8Array [1, 1, 0]
 */
export const decodeVotes =
  ({ duplicates = 'first', columns, mayBeEmpty, onBytes }: VoteOptions = {}) =>
  async (source: Source): Promise<E.Either<InvalidInput | DuplicateVotes | IoFailure, VoteTable>> => {
    const builder = await decodeTable(source, voteReader(columns, mayBeEmpty), onBytes);
    return E.isLeft(builder) ? builder : builder.right.build(duplicates);
  };

/**
 * Decodes votes from rows of unknown origin, such as parsed JSON, under the same names and rules as files.
 *
 * @returns the votes as one table; no rows give an empty one
 * @left InvalidInput, where `line` is the position of the row; DuplicateVotes under `reject`
 * @example
 * Errors.getOrThrow(Decode.voteRows()([{ task: 7, worker: 'ann', answer: true }])).stackIds // => ['7']
 */
export const decodeVoteRows =
  ({ duplicates = 'first', columns }: Pick<VoteOptions, 'columns' | 'duplicates'> = {}) =>
  (rows: readonly unknown[]): E.Either<InvalidInput | DuplicateVotes, VoteTable> => {
    const builder = decodeObjects('vote rows', rows, voteReader(columns));
    return E.isLeft(builder) ? builder : builder.right.build(duplicates);
  };
