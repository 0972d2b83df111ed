import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { DuplicateVotes, InvalidInput, IoFailure } from '../../domain/errors.js';
import { ANONYMOUS, type Duplicates, type Vote } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { NOT_UTF8 } from '../../kernel/ids/interner.js';
import { type VoteBuilder, type VoteOrder, voteBuilder } from '../../stages/votes/index.js';
import { type CsvReader, notUtf8, textOf } from '../text/csv.js';
import { decodeRow, fieldIssue, type Place } from '../text/fieldCodec.js';
import { ANNOTATOR_ID, type Columns, type Field, resolve, STACK_ID, VOTE_LABEL, VOTE_TIME } from '../text/header.js';
import type { IssueLog } from '../text/issues.js';
import { BATCH, type RecordBatch } from '../text/recordScanner.js';
import type { Source } from '../text/source.js';
import { decodeObjects, decodeTable, type TableReader } from '../text/table.js';
import { AnnotatorId, StackId } from './ids.js';
import { labelAt, NO_LABEL, VoteLabel } from './labels.js';
import { BAD_TIME, NO_TIME, timeAt, VoteTime } from './times.js';

interface VoteRow extends Vote {
  readonly time: number | undefined;
}

const VoteCodec: t.Type<VoteRow, unknown, unknown> = t.strict(
  { stackId: StackId, annotatorId: AnnotatorId, label: VoteLabel, time: VoteTime },
  'Vote',
);

const FIELDS = [STACK_ID, ANNOTATOR_ID, VOTE_LABEL];

/** Where votes without a time stand. They are an issue only beside votes with one. */
const untimedVotes = () => {
  const places: Place[] = [];
  let untimed = 0;
  let timed = 0;
  return {
    addTimed: (n: number): void => {
      timed += n;
    },
    add: (place: () => Place): void => {
      untimed++;
      if (places.length < EXAMPLES) places.push(place());
    },
    logTo: (log: IssueLog): void => {
      if (timed === 0) return;
      for (let i = 0; i < untimed; i++) log.add(() => fieldIssue(VoteTime, undefined, places[i], 'time'));
    },
  };
};

const EXAMPLES = 5;

interface CsvTarget {
  readonly builder: VoteBuilder;
  readonly fields: readonly Field[];
  readonly columns: Columns | undefined;
  readonly untimed: ReturnType<typeof untimedVotes>;
}

/** Passes CSV records to the builder as bytes: ids are interned without making strings. */
const csvVotes = ({ builder, fields, columns, untimed }: CsvTarget, log: IssueLog): CsvReader => {
  const stackIndex = new Uint32Array(BATCH);
  const annotatorIndex = new Uint32Array(BATCH);
  const labels = new Uint8Array(BATCH);
  const times = new Float64Array(BATCH);
  let stackColumn = 0;
  let annotatorColumn = -1;
  let labelColumn = 0;
  let timeColumn = -1;
  let positions: ReadonlyMap<string, number> = new Map();

  /** @returns whether each of the records has a time */
  const readTimes = ({ bytes, bounds, stride, lines, count }: RecordBatch): boolean => {
    const place = (r: number): Place => ({ line: lines[r], columns: positions });
    let missing = 0;
    for (let r = 0; r < count; r++) {
      const from = bounds[r * stride + timeColumn];
      const to = bounds[r * stride + timeColumn + 1] - 1;
      times[r] = timeAt(bytes, from, to);
      if (times[r] === NO_TIME) {
        missing++;
        untimed.add(() => place(r));
      } else if (times[r] === BAD_TIME) {
        const text = textOf(bytes, from, to);
        log.add(() =>
          text === undefined
            ? notUtf8({ line: lines[r], column: timeColumn + 1 })
            : fieldIssue(VoteTime, text, place(r), 'time'),
        );
      }
    }
    untimed.addTimed(count - missing);
    return missing === 0;
  };

  return {
    header: (names, line) => {
      const resolved = resolve(fields, names, columns);
      if (E.isLeft(resolved)) {
        for (const issue of resolved.left) log.add(() => ({ line, ...issue }));
        log.stop();
        return;
      }
      const at = resolved.right;
      [stackColumn, annotatorColumn, labelColumn] = at;
      timeColumn = at[FIELDS.length] ?? -1;
      positions = new Map(fields.map((field, f) => [field.name, at[f] + 1]));
      if (annotatorColumn < 0) annotatorIndex.fill(builder.annotators.internString(ANONYMOUS));
    },
    records: (batch) => {
      const { bytes, bounds, stride, lines, count } = batch;
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
      const isTimed = timeColumn >= 0 && readTimes(batch);
      if (issuesBefore > 0 || log.total() > 0) return;
      builder.append(stackIndex, annotatorIndex, labels, count, isTimed ? times : undefined);
    },
  };
};

const voteReader =
  ({ columns, mayBeEmpty = false, order }: VoteOptions) =>
  (log: IssueLog): TableReader<VoteBuilder> => {
    const builder = voteBuilder();
    const untimed = untimedVotes();
    const fields = order === undefined || order === 'time' ? [...FIELDS, VOTE_TIME] : FIELDS;
    return {
      mayBeEmpty,
      csv: csvVotes({ builder, fields, columns, untimed }, log),
      rows: {
        what: 'vote',
        fields,
        columns,
        take: (row, place) => {
          const vote = decodeRow(VoteCodec, row, place, log);
          if (vote === undefined) return;
          if (vote.time === undefined) untimed.add(() => place);
          else untimed.addTimed(1);
          builder.add(vote.stackId, vote.annotatorId, vote.label, vote.time);
        },
      },
      value: () => {
        untimed.logTo(log);
        return builder;
      },
    };
  };

/** How to read a table of votes. */
export interface VoteOptions {
  /** What to do when one annotator votes twice on one stack; default `first`. */
  readonly duplicates?: Duplicates | undefined;
  /** What tells in which order votes came; default `time`, where the file has such a column. `rows`: the file grows at its end. */
  readonly order?: VoteOrder | undefined;
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
 * Columns are found by our names or those that others use (`task`, `worker`, `answer`, `created_at`, …), in any order; the rest,
 * such as a calibration flag, is not read. Times are ISO 8601, with a zone or UTC, or Unix seconds or milliseconds. Ids are used as they are written; an empty annotator is anonymous. A label is
 * 0, 1, flowing, stalled, false or true.
 *
 * @returns the votes as one table; `arrival` where their times or `order` tell it
 * @left InvalidInput with the first five issues and their number; DuplicateVotes under `reject`; IoFailure
 * @example
 * const source = Decode.fromText('votes.csv', 'task,worker,label\nt1,ann,1\nt1,ben,stalled\nt2,ann,0\n');
 * Errors.getOrThrow(await Decode.votes()(source)).label // => Uint8Array [1, 1, 0]
 */
export const decodeVotes =
  (options: VoteOptions = {}) =>
  async (source: Source): Promise<E.Either<InvalidInput | DuplicateVotes | IoFailure, VoteTable>> => {
    const builder = await decodeTable(source, voteReader(options), options.onBytes);
    return E.isLeft(builder) ? builder : builder.right.build(options.duplicates ?? 'first', options.order);
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
  (options: Pick<VoteOptions, 'columns' | 'duplicates' | 'order'> = {}) =>
  (rows: readonly unknown[]): E.Either<InvalidInput | DuplicateVotes, VoteTable> => {
    const builder = decodeObjects('vote rows', rows, voteReader(options));
    return E.isLeft(builder) ? builder : builder.right.build(options.duplicates ?? 'first', options.order);
  };
