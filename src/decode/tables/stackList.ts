import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { decodeRow, type FieldCodec, fieldCodec } from '../text/fieldCodec.js';
import { type Field, STACK_ID } from '../text/header.js';
import type { Source } from '../text/source.js';
import { decodeTable } from '../text/table.js';
import { StackId } from './ids.js';

/** One line of a list of stacks: where the file is, and what the stack is called if the list says so. */
export interface ListedPath {
  readonly path: string;
  readonly stackId?: string;
}

const PATH: Field = {
  name: 'path',
  required: 'row',
  aliases: ['filepath', 'file', 'filename', 'stack', 'stackid', 'movie', 'video'],
};
const FILE_NAMES = ['filename', 'file', 'filepath'];
// A file name is a path first; only a column of its own names the stack.
const ID: Field = {
  ...STACK_ID,
  required: 'no',
  aliases: STACK_ID.aliases.filter((alias) => !FILE_NAMES.includes(alias)),
};

const Path: FieldCodec<string> = fieldCodec(
  'Path',
  (value) => (typeof value === 'string' && value.trim() !== '' ? { value: value.trim() } : undefined),
  () => ({ expected: 'the path of a file', fix: 'Write where the stack is, or remove the row.' }),
);

const Row: t.Type<{ readonly path: string }, unknown, unknown> = t.strict({ path: Path }, 'Listed stack');
const Named: t.Type<{ readonly path: string; readonly stackId: string }, unknown, unknown> = t.strict(
  { path: Path, stackId: StackId },
  'Listed stack',
);

/**
 * Decodes a list of stacks from CSV or newline-delimited JSON: a column `path` (or `filename`, `stack`), and `stackId`
 * where the stacks have other names than their files. Other columns are ignored.
 *
 * @returns the rows in file order
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const source = Decode.fromText('list.csv', 'path,stackId\nfilms/1.mp4,s1\n');
 * Errors.getOrThrow(await Decode.stackList(source)) // => [{ path: 'films/1.mp4', stackId: 's1' }]
 */
export const decodeStackList = (source: Source): Promise<E.Either<InvalidInput | IoFailure, readonly ListedPath[]>> =>
  decodeTable(source, (log) => {
    const listed: ListedPath[] = [];
    return {
      rows: {
        what: 'stack',
        fields: [PATH, ID],
        columns: undefined,
        take: (values, place) => {
          const id = values['stackId'];
          const isNamed = id !== undefined && id !== '' && id !== values['path'];
          const row = isNamed ? decodeRow(Named, values, place, log) : decodeRow(Row, values, place, log);
          if (row !== undefined) listed.push(row);
        },
      },
      value: () => listed,
    };
  });
