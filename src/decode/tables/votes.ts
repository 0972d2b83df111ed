import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { DuplicateVotes, InvalidInput, IoFailure, Issue } from '../../domain/errors.js';
import { STALLED } from '../../domain/label.js';
import { ANONYMOUS, type Duplicates } from '../../domain/vote.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { NOT_UTF8 } from '../../kernel/ids/interner.js';
import {
  abstentionsNote,
  annotatorsNote,
  type DataNote,
  type Noted,
  oneAgainstRestNote,
  repeatsNote,
  timesNote,
  type ValueCounts,
  valuesText,
  withNotes,
} from '../../output/dataNotes.js';
import { type VoteBuilder, type VoteOrder, voteBuilder } from '../../stages/votes/index.js';
import { type CsvReader, notUtf8, textOf } from '../text/csv.js';
import { decodeRow, fieldIssue, type Place } from '../text/fieldCodec.js';
import { ANNOTATOR_ID, type Columns, type Field, resolve, STACK_ID, VOTE_LABEL, VOTE_TIME } from '../text/header.js';
import { type IssueLog, quotedNames } from '../text/issues.js';
import { fileNotes } from '../text/recognised.js';
import { BATCH, type RecordBatch } from '../text/recordScanner.js';
import type { Source } from '../text/source.js';
import { decodeObjects, decodeTable, type TableReader } from '../text/table.js';
import { type AnnotatorSearch, annotatorSearch } from './annotatorSearch.js';
import { AnnotatorId, type IdRule, idsUnder, StackId } from './ids.js';
import { ABSTAINED, type LabelCode, type LabelOptions, type LabelReader, labelReader, NO_LABEL } from './labels.js';
import { BAD_TIME, NO_TIME, timeAt, VoteTime } from './times.js';

interface VoteRow {
  readonly stackId: string;
  readonly annotatorId: string;
  readonly label: LabelCode;
  readonly time: number | undefined;
}

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
    count: (): number => untimed,
    logTo: (log: IssueLog): void => {
      if (timed === 0) return;
      for (let i = 0; i < untimed; i++) log.add(() => fieldIssue(VoteTime, undefined, places[i], 'time'));
    },
  };
};

const EXAMPLES = 5;

/** What the readers of CSV and of rows share. */
interface VoteReading {
  readonly builder: VoteBuilder;
  readonly fields: readonly Field[];
  readonly columns: Columns | undefined;
  readonly labels: LabelReader;
  readonly untimed: ReturnType<typeof untimedVotes>;
  /** Set where no column is known to name annotators. */
  search?: AnnotatorSearch;
}

/** Leaves out the records whose label is an abstention, in place; a record without a stack stays, to be told. @returns how many are left */
const withoutAbstentions = (
  { bounds, lines, stride, count }: RecordBatch,
  stackColumn: number,
  { stackIndex, labels }: { readonly stackIndex: Uint32Array; readonly labels: Uint8Array },
): number => {
  let kept = 0;
  for (let r = 0; r < count; r++) {
    const at = r * stride + stackColumn;
    const isNowhere = stackIndex[r] === NOT_UTF8 || bounds[at] === bounds[at + 1] - 1;
    if (labels[r] === ABSTAINED && !isNowhere) continue;
    if (kept < r) {
      bounds.copyWithin(kept * stride, r * stride, (r + 1) * stride);
      lines[kept] = lines[r];
      stackIndex[kept] = stackIndex[r];
      labels[kept] = labels[r];
    }
    kept++;
  }
  return kept;
};

/** Passes CSV records to the builder as bytes: ids are interned without making strings. */
const csvVotes = (reading: VoteReading, log: IssueLog): CsvReader => {
  const { builder, fields, columns, labels: reader, untimed } = reading;
  const stackIndex = new Uint32Array(BATCH);
  const annotatorIndex = new Uint32Array(BATCH);
  const labels = new Uint8Array(BATCH);
  const times = new Float64Array(BATCH);
  let stackColumn = 0;
  let annotatorColumn = -1;
  let labelColumn = 0;
  let timeColumn = -1;
  let positions: ReadonlyMap<string, number> = new Map();

  /** Reads labels, and leaves out the records that are abstentions. @returns how many are left */
  const readLabels = (batch: RecordBatch): number => {
    const { bytes, bounds, stride, count } = batch;
    let abstained = 0;
    for (let r = 0; r < count; r++) {
      const at = r * stride + labelColumn;
      const label = reader.at(bytes, bounds[at], bounds[at + 1] - 1);
      labels[r] = label;
      if (label === ABSTAINED) abstained++;
    }
    return abstained === 0 ? count : withoutAbstentions(batch, stackColumn, { stackIndex, labels });
  };

  /** Logs what is wrong with a record, in the order of columns. */
  const check = ({ bytes, bounds, stride, lines }: RecordBatch, r: number): void => {
    const place = (): Place => ({ line: lines[r], columns: positions });
    const base = r * stride;
    const bad = (column: number, issue: (text: string) => Issue): void => {
      const text = textOf(bytes, bounds[base + column], bounds[base + column + 1] - 1);
      log.add(() => (text === undefined ? notUtf8({ line: lines[r], column: column + 1 }) : issue(text)));
    };
    if (stackIndex[r] === NOT_UTF8) log.add(() => notUtf8({ line: lines[r], column: stackColumn + 1 }));
    if (annotatorIndex[r] === NOT_UTF8) log.add(() => notUtf8({ line: lines[r], column: annotatorColumn + 1 }));
    if (bounds[base + stackColumn] === bounds[base + stackColumn + 1] - 1) {
      log.add(() => fieldIssue(StackId, '', place(), 'stackId'));
    }
    if (labels[r] === NO_LABEL) bad(labelColumn, (text) => fieldIssue(reader.codec, text, place(), 'label'));
    if (timeColumn < 0) return;
    times[r] = timeAt(bytes, bounds[base + timeColumn], bounds[base + timeColumn + 1] - 1);
    if (times[r] === NO_TIME) untimed.add(place);
    else if (times[r] === BAD_TIME) bad(timeColumn, (text) => fieldIssue(VoteTime, text, place(), 'time'));
    else untimed.addTimed(1);
  };

  const look = (search: AnnotatorSearch, { bytes, bounds, stride, count }: RecordBatch): void => {
    for (let r = 0; r < count; r++) {
      search.row(stackIndex[r]);
      for (const [k, column] of search.wanted.entries()) {
        search.value(k, bytes, bounds[r * stride + column], bounds[r * stride + column + 1] - 1);
      }
    }
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
      if (annotatorColumn >= 0) return;
      annotatorIndex.fill(builder.annotators.internString(ANONYMOUS));
      if (columns?.['annotatorId'] === '') return;
      const others = names.map((name, i) => ({ name: name.trim(), at: i })).filter((one) => !at.includes(one.at));
      reading.search = annotatorSearch(others);
    },
    records: (batch) => {
      const { bytes, bounds, stride } = batch;
      const issuesBefore = log.total();
      const untimedBefore = untimed.count();
      const all = { bytes, bounds, first: stackColumn, stride, count: batch.count };
      builder.stacks.internInto(stackIndex, all);
      const count = readLabels(batch);
      if (annotatorColumn >= 0) {
        builder.annotators.internInto(annotatorIndex, { ...all, first: annotatorColumn, count });
      }
      for (let r = 0; r < count; r++) {
        const at = r * stride + stackColumn;
        const isGood =
          labels[r] <= STALLED &&
          stackIndex[r] !== NOT_UTF8 &&
          annotatorIndex[r] !== NOT_UTF8 &&
          bounds[at] < bounds[at + 1] - 1;
        if (!isGood || timeColumn >= 0) check(batch, r);
      }
      if (reading.search?.isFull() === false) look(reading.search, { ...batch, count });
      if (issuesBefore > 0 || log.total() > 0) return;
      const isTimed = timeColumn >= 0 && untimed.count() === untimedBefore;
      builder.append(stackIndex, annotatorIndex, labels, count, isTimed ? times : undefined);
    },
  };
};

const encoder = new TextEncoder();

/** Values of the columns that no field claims, for the search: the first row says which there are. */
const lookAt = (reading: VoteReading, stackId: string, others: ReadonlyMap<string, unknown>): void => {
  reading.search ??= annotatorSearch([...others.keys()].map((name, at) => ({ name, at })));
  const { search, builder } = reading;
  const values = [...others.values()];
  search.row(builder.stacks.internString(stackId));
  for (const [k, at] of search.wanted.entries()) {
    const value = values[at];
    const isPlain = typeof value === 'string' || typeof value === 'number';
    const bytes = isPlain ? encoder.encode(String(value)) : NO_BYTES;
    search.value(k, bytes, 0, bytes.length);
  }
};

const NO_BYTES = new Uint8Array(0);

const unnamedIssue = (column: string): Issue => ({
  field: 'annotatorId',
  found: `no column that is known to name annotators, and a column ${quotedNames([column])} whose values repeat, but not on one stack`,
  expected: 'to know who voted',
  fix: `Say that it does: --annotator-column ${JSON.stringify(column)}; or that nobody is named: --annotator-column none.`,
});

const abstentionsAlone = (values: ValueCounts): Issue => ({
  field: 'label',
  found: `abstentions alone: ${valuesText(values)}`,
  expected: 'at least one vote',
  fix: 'Say what these mean: --positive VALUE --negative VALUE; or which column holds the labels: --label-column NAME.',
});

/** Votes in a builder, and what is to be noted of the rows they came from. */
interface ReadVotes {
  readonly builder: VoteBuilder;
  readonly notes: () => readonly DataNote[];
}

const voteReader =
  ({ columns, mayBeEmpty = false, order, labels: words = {}, ids }: VoteOptions) =>
  (log: IssueLog): TableReader<ReadVotes> => {
    const builder = voteBuilder();
    const labels = labelReader(words, log);
    const rename = idsUnder(ids, log);
    const fields = order === undefined || order === 'time' ? [...FIELDS, VOTE_TIME] : FIELDS;
    const reading: VoteReading = { builder, fields, columns, labels, untimed: untimedVotes() };
    const { untimed } = reading;
    const codec: t.Type<VoteRow, unknown, unknown> = t.strict(
      { stackId: StackId, annotatorId: AnnotatorId, label: labels.codec, time: VoteTime },
      'Vote',
    );
    // Who is named in one row need not be named in the next one.
    let isNamed = columns?.['annotatorId'] === '';
    return {
      mayBeEmpty,
      // Ids under a rule need strings.
      ...(ids === undefined || ids.length === 0 ? { csv: csvVotes(reading, log) } : {}),
      rows: {
        what: 'vote',
        fields,
        columns,
        labels: words,
        get wantsOthers() {
          return !isNamed && reading.search?.isFull() !== true;
        },
        take: (row, place, others) => {
          const vote = decodeRow(codec, row, place, log);
          isNamed ||= 'annotatorId' in row;
          if (vote === undefined) return;
          const stackId = rename(vote.stackId, place.line);
          if (vote.label === ABSTAINED || vote.label === NO_LABEL) {
            builder.includeStack(stackId);
            return;
          }
          if (vote.time === undefined) untimed.add(() => place);
          else untimed.addTimed(1);
          builder.add(stackId, vote.annotatorId, vote.label, vote.time);
          if (!isNamed && others.size > 0 && reading.search?.isFull() !== true) lookAt(reading, stackId, others);
        },
      },
      value: (files) => {
        untimed.logTo(log);
        const abstained = labels.abstained();
        if (abstained.length > 0 && builder.votes() === 0 && !mayBeEmpty) log.add(() => abstentionsAlone(abstained));
        const unnamed = isNamed ? undefined : reading.search?.found();
        if (unnamed?.isText === true) log.add(() => unnamedIssue(unnamed.column));
        return {
          builder,
          notes: () => [
            ...fileNotes(files),
            ...(unnamed === undefined ? [] : [annotatorsNote(unnamed.column)]),
            ...someNote(labels.rest(), (rest) => oneAgainstRestNote(words.positive ?? [], rest)),
            ...someNote(abstained, abstentionsNote),
          ],
        };
      },
    };
  };

const someNote = (values: ValueCounts, note: (values: ValueCounts) => DataNote): readonly DataNote[] =>
  values.length === 0 ? [] : [note(values)];

/** The table of votes that were read, with what is to be noted. */
const built = (
  { builder, notes }: ReadVotes,
  { duplicates = 'first', order }: VoteOptions,
): E.Either<DuplicateVotes, Noted<VoteTable>> => {
  const table = builder.build(duplicates, order);
  if (E.isLeft(table)) return table;
  const { dropped, contradicting, earlier } = builder.counts();
  const { label, arrival } = table.right;
  const byTime = arrival !== undefined && order !== 'rows';
  const repeats =
    dropped === 0 || duplicates === 'all' || duplicates === 'reject'
      ? []
      : [repeatsNote(duplicates, { dropped, contradicting, byTime })];
  const times = earlier === 0 ? [] : [timesNote(earlier, label.length + dropped)];
  return E.right(withNotes(table.right, [...notes(), ...repeats, ...times]));
};

/** How to read a table of votes. */
export interface VoteOptions {
  /** What to do when one annotator votes twice on one stack; default `first`. */
  readonly duplicates?: Duplicates | undefined;
  /** What tells in which order votes came; default `time`, where the file has such a column. `rows`: the file grows at its end. */
  readonly order?: VoteOrder | undefined;
  /** Which column to take for a field, e.g. `{ annotatorId: 'initials' }`. */
  readonly columns?: Columns | undefined;
  /** How labels are spelled. Default: 1, 0, stalled, flowing, yes, no, true, false; "unsure" and the like are abstentions. */
  readonly labels?: LabelOptions | undefined;
  /** What makes no difference between stack ids; default nothing: ids are used as they are written. */
  readonly ids?: readonly IdRule[] | undefined;
  /** Whether a file may have a header and no votes, as before the first answer. Default false: that is an issue. */
  readonly mayBeEmpty?: boolean | undefined;
  /** Called with the number of bytes read so far. */
  readonly onBytes?: ((n: number) => void) | undefined;
}

/**
 * Decodes votes from CSV or newline-delimited JSON, plain or gzipped.
 *
 * Columns are found by our names or those that others use (`task`, `worker`, `answer`, `created_at`, …), in any order; the rest,
 * such as a calibration flag, is not read. Times are ISO 8601, with a zone or UTC, or Unix seconds or milliseconds. An empty
 * annotator is anonymous. A label is 0, 1, flowing, stalled, no, yes, false or true; an empty one, "unsure" or "don't know" is an
 * abstention: no vote, and counted in `notes`.
 *
 * @returns the votes as one table; `arrival` where their times or `order` tell it; `notes` where there is something to know
 * @left InvalidInput with the first five issues and their number; DuplicateVotes under `reject`; IoFailure
 * @example
 * const source = Decode.fromText('votes.csv', 'task,worker,label\nt1,ann,1\nt1,ben,stalled\nt2,ann,0\nt2,ben,unsure\n');
 * const votes = Errors.getOrThrow(await Decode.votes()(source));
 * votes.label // => Uint8Array [1, 1, 0]
 * votes.notes?.[0].text // => '1 answer is an abstention and no vote: "unsure" 1×'
 */
export const decodeVotes =
  (options: VoteOptions = {}) =>
  async (source: Source): Promise<E.Either<InvalidInput | DuplicateVotes | IoFailure, Noted<VoteTable>>> => {
    const read = await decodeTable(source, voteReader(options), options.onBytes);
    return E.isLeft(read) ? read : built(read.right, options);
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
  (options: Omit<VoteOptions, 'mayBeEmpty' | 'onBytes'> = {}) =>
  (rows: readonly unknown[]): E.Either<InvalidInput | DuplicateVotes, Noted<VoteTable>> => {
    const read = decodeObjects('vote rows', rows, voteReader(options));
    return E.isLeft(read) ? read : built(read.right, options);
  };
