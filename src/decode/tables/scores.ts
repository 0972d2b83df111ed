import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import type { Scores } from '../../domain/scores.js';
import { type Noted, withNotes } from '../../output/dataNotes.js';
import { decodeRow, type FieldCodec, fieldCodec } from '../text/fieldCodec.js';
import { type Columns, preferring, SCORE_COLUMN, STACK_ID } from '../text/header.js';
import { type IssueLog, quoted } from '../text/issues.js';
import { fileNotes } from '../text/recognised.js';
import type { Source } from '../text/source.js';
import { decodeObjects, decodeTable, type TableReader } from '../text/table.js';
import { type IdRule, idsUnder, StackId } from './ids.js';
import type { LabelOptions } from './labels.js';

interface ScoreRow {
  readonly stackId: string;
  readonly score: number | undefined;
}

const MISSING: ReadonlySet<string> = new Set(['', 'nan', 'na', 'n/a', 'null', 'none']);
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const scoreOf = (value: unknown): { readonly value: number | undefined } | undefined => {
  if (value === undefined || value === null) return { value: undefined };
  if (typeof value === 'string') {
    const text = value.trim();
    if (MISSING.has(text.toLowerCase())) return { value: undefined };
    return DECIMAL.test(text) && Number.isFinite(Number(text)) ? { value: Number(text) } : undefined;
  }
  if (typeof value !== 'number') return undefined;
  if (Number.isNaN(value)) return { value: undefined };
  return Number.isFinite(value) ? { value } : undefined;
};

/** A finite number, or nothing. */
export const Score: FieldCodec<number | undefined> = fieldCodec('Score', scoreOf, (value) => ({
  expected: 'a finite number, or nothing where the model gave no score',
  fix:
    typeof value === 'string' && /^\s*[+-]?\d+,\d+\s*$/.test(value)
      ? 'Write the decimals behind a point, not a comma.'
      : 'Write the number, or leave the field empty.',
}));

const ScoreCodec: t.Type<ScoreRow, unknown, unknown> = t.strict({ stackId: StackId, score: Score }, 'Score row');

const scoreReader =
  ({ columns, ids, stackColumn, labels }: ScoreOptions) =>
  (log: IssueLog): TableReader<Noted<Scores>> => {
    const rename = idsUnder(ids, log);
    const scores = new Map<string, number>();
    return {
      rows: {
        what: 'score',
        fields: [preferring(STACK_ID, stackColumn), SCORE_COLUMN],
        columns,
        labels,
        take: (values, place) => {
          const row = decodeRow(ScoreCodec, values, place, log);
          if (row?.score === undefined) return;
          const { score } = row;
          const stackId = rename(row.stackId, place.line);
          const before = scores.get(stackId);
          if (before === undefined) {
            scores.set(stackId, score);
          } else if (before !== score) {
            log.add(() => ({
              line: place.line,
              field: 'score',
              found: `${score} for stack ${quoted(stackId)}, which has ${before} already`,
              expected: 'one score per stack',
              fix: 'Remove one of the two rows.',
            }));
          }
        },
      },
      value: (files) =>
        withNotes({ stackIds: Array.from(scores.keys()), score: Float64Array.from(scores.values()) }, fileNotes(files)),
    };
  };

/** How to read a table of one model's scores. */
export interface ScoreOptions {
  /** Which column to take for a field, e.g. `{ score: 'p_resnet110' }`. */
  readonly columns?: Columns | undefined;
  /** What makes no difference between stack ids; default nothing. */
  readonly ids?: readonly IdRule[] | undefined;
  /** A column of stacks that is taken where the file has it. */
  readonly stackColumn?: string | undefined;
  /** How labels are spelled, in exports whose scores are probabilities of a label. */
  readonly labels?: LabelOptions | undefined;
}

/**
 * Decodes one model's scores from CSV or newline-delimited JSON, plain or gzipped.
 *
 * An empty score, `NaN`, `NA` or `null` means that the model abstained: the stack is absent from the result, and never 0.
 * Scores need not be probabilities: a calibrator also maps numbers outside [0, 1].
 *
 * @returns the scores in the order in which stacks first have one
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const source = Decode.fromText('scores.csv', 'filename,crowd_score\n100041.mp4,0.25\n100042.mp4,\n');
 * Errors.getOrThrow(await Decode.scores()(source)) // => { stackIds: ['100041.mp4'], score: Float64Array [0.25] }
 */
export const decodeScores =
  (options: ScoreOptions = {}) =>
  (source: Source): Promise<E.Either<InvalidInput | IoFailure, Noted<Scores>>> =>
    decodeTable(source, scoreReader(options));

/**
 * Decodes scores from rows of unknown origin, under the same names and rules as files.
 *
 * @returns the scores in the order in which stacks first have one
 * @left InvalidInput, where `line` is the position of the row
 * @example
 * Errors.getOrThrow(Decode.scoreRows()([{ stackId: 's1', score: 0.5 }, { stackId: 's2', score: null }])).stackIds // => ['s1']
 */
export const decodeScoreRows =
  (options: ScoreOptions = {}) =>
  (rows: readonly unknown[]): E.Either<InvalidInput, Noted<Scores>> =>
    decodeObjects('score rows', rows, scoreReader(options));
