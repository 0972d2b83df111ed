import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import type { GoldChosen, GoldSet } from '../../domain/gold.js';
import { type Label, labelName } from '../../domain/label.js';
import { type Noted, oneAgainstRestNote, unsureGoldNote, withNotes } from '../../output/dataNotes.js';
import { decodeRow, type FieldCodec, fieldCodec } from '../text/fieldCodec.js';
import { CHOSEN, type Columns, GOLD_LABEL, named, preferring, STACK_ID } from '../text/header.js';
import { type IssueLog, quoted } from '../text/issues.js';
import { fileNotes } from '../text/recognised.js';
import type { Source } from '../text/source.js';
import { decodeObjects, decodeTable, type TableReader } from '../text/table.js';
import { type IdRule, idsUnder, StackId } from './ids.js';
import { goldLabel, type LabelOptions, labelReader } from './labels.js';

interface GoldRow {
  readonly stackId: string;
  readonly label: Label | undefined;
  /** Undefined when the file has no such column. */
  readonly chosen: GoldChosen | undefined;
}

const WAYS: readonly GoldChosen[] = ['random', 'stratified', 'candidates-only', 'crowd'];

const Chosen: FieldCodec<GoldChosen | undefined> = fieldCodec(
  'Chosen',
  (value) => {
    if (value === undefined || value === null) return { value: undefined };
    const way = typeof value === 'string' ? WAYS.find((name) => name === value.trim().toLowerCase()) : undefined;
    return way === undefined ? undefined : { value: way };
  },
  () => ({
    expected: WAYS.join(', ').replace(/, (?=[^,]*$)/, ' or '),
    fix: 'Write how the expert-labelled stacks were chosen, the same in every row.',
  }),
);

/** Keep only rows whose column says so. */
export interface Where {
  readonly column: string;
  readonly value: string;
}

/** How to read a table of expert truth. */
export interface GoldOptions {
  /** Which column to take for a field, e.g. `{ label: 'expert_2' }`. */
  readonly columns?: Columns | undefined;
  /** How the stacks were chosen, when the file has no column `chosen`; default `random`. */
  readonly chosen?: GoldChosen | undefined;
  readonly where?: Where | undefined;
  /** How labels are spelled; default as for votes. */
  readonly labels?: LabelOptions | undefined;
  /** What makes no difference between stack ids; default nothing. */
  readonly ids?: readonly IdRule[] | undefined;
  /** A column of stacks that is taken where the file has it. */
  readonly stackColumn?: string | undefined;
}

// The field name of the column in `where`. No other field is called so.
const WHERE = 'where';

const textIn = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).trim() : '';

const goldReader =
  ({ columns, chosen, where, labels: words = {}, ids, stackColumn }: GoldOptions) =>
  (log: IssueLog): TableReader<Noted<GoldSet>> => {
    const labels = new Map<string, Label>();
    const reader = labelReader(words, log);
    const rename = idsUnder(ids, log);
    const codec: t.Type<GoldRow, unknown, unknown> = t.strict(
      { stackId: StackId, label: goldLabel(reader), chosen: Chosen },
      'Gold row',
    );
    let chosenInFile: GoldChosen | undefined;
    let selected = 0;
    let rejected = '';

    const checkChosen = (way: GoldChosen, line: number): void => {
      const before = chosenInFile ?? chosen;
      chosenInFile ??= way;
      if (before === undefined || before === way) return;
      log.add(() => ({
        line,
        field: 'chosen',
        found: quoted(way),
        expected: `${quoted(before)}, as ${before === chosen ? 'in the options' : 'in the rows above'}`,
        fix: 'Stacks chosen in different ways prove different things: decode them from different files.',
      }));
    };

    const take = (stackId: string, label: Label, line: number): void => {
      const before = labels.get(stackId);
      if (before === undefined) labels.set(stackId, label);
      if (before === undefined || before === label) return;
      log.add(() => ({
        line,
        field: 'label',
        found: `${labelName(label)} for stack ${quoted(stackId)}, which is ${labelName(before)} already`,
        expected: 'one truth per stack',
        fix: 'Ask the experts which one holds, and remove the other row.',
      }));
    };

    return {
      rows: {
        what: 'gold label',
        labels: words,
        fields: [preferring(STACK_ID, stackColumn), GOLD_LABEL, CHOSEN, ...(where === undefined ? [] : [named(WHERE)])],
        columns: where === undefined ? columns : { ...columns, [WHERE]: where.column },
        take: (values, place) => {
          if (where !== undefined && textIn(values[WHERE]) !== where.value.trim()) {
            rejected = textIn(values[WHERE]);
            return;
          }
          selected++;
          const row = decodeRow(codec, values, place, log);
          if (row === undefined) return;
          if (row.chosen !== undefined) checkChosen(row.chosen, place.line);
          if (row.label !== undefined) take(rename(row.stackId, place.line), row.label, place.line);
        },
      },
      value: (files) => {
        if (where !== undefined && selected === 0) {
          log.add(() => ({
            field: where.column,
            found: `${quoted(rejected)} and the like`,
            expected: `${quoted(where.value)} in some row`,
            fix: 'Check the spelling of the value you asked for.',
          }));
        }
        const gold = {
          stackIds: Array.from(labels.keys()),
          label: Uint8Array.from(labels.values()),
          chosen: chosenInFile ?? chosen ?? 'random',
        };
        // An empty cell is how a file says that no expert looked, and needs no note.
        const unsure = reader.abstained().filter(([text]) => text !== '');
        return withNotes(gold, [
          ...fileNotes(files),
          ...(reader.rest().length === 0 ? [] : [oneAgainstRestNote(words.positive ?? [], reader.rest())]),
          ...(unsure.length === 0 ? [] : [unsureGoldNote(unsure)]),
        ]);
      },
    };
  };

/**
 * Decodes expert truth from CSV or newline-delimited JSON, plain or gzipped.
 *
 * A row with an empty label is ignored: no expert looked at the stack. So is "unsure", and `notes` counts it. How the stacks were chosen decides what they can prove;
 * a column `chosen`, with the same value in every row, or the option says how.
 *
 * @returns distinct stacks in the order in which they first have a label
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const text = 'filename,project_id,stalled\n1.mp4,G,1\n2.mp4,G,0\n3.mp4,M,1\n';
 * const decode = Decode.gold({ where: { column: 'project_id', value: 'G' } });
 * Errors.getOrThrow(await decode(Decode.fromText('metadata.csv', text))).stackIds // => ['1.mp4', '2.mp4']
 */
export const decodeGold =
  (options: GoldOptions = {}) =>
  (source: Source): Promise<E.Either<InvalidInput | IoFailure, Noted<GoldSet>>> =>
    decodeTable(source, goldReader(options));

/**
 * Decodes expert truth from rows of unknown origin, under the same names and rules as files.
 *
 * @returns distinct stacks in the order in which they first have a label
 * @left InvalidInput, where `line` is the position of the row
 * @example
 * Errors.getOrThrow(Decode.goldRows({ chosen: 'stratified' })([{ stackId: 's1', label: 'stalled' }])).label // => Uint8Array [1]
 */
export const decodeGoldRows =
  (options: GoldOptions = {}) =>
  (rows: readonly unknown[]): E.Either<InvalidInput, Noted<GoldSet>> =>
    decodeObjects('gold rows', rows, goldReader(options));
