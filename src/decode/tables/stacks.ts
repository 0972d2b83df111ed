import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { decodeRow } from '../text/fieldCodec.js';
import { METADATA, STACK_ID } from '../text/header.js';
import { type IssueLog, quoted } from '../text/issues.js';
import type { Source } from '../text/source.js';
import { decodeTable, type TableReader } from '../text/table.js';
import { StackId } from './ids.js';

/** What a file says about stacks besides votes: project, mouse, stratum, number of frames and any other column. */
export interface StackTable {
  /** Distinct stack ids, in file order. */
  readonly stackIds: readonly string[];
  /** Text by column name, aligned with `stackIds`; empty where nothing is written. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

const StackCodec: t.Type<{ readonly stackId: string }, unknown, unknown> = t.strict({ stackId: StackId }, 'Stack');

const textIn = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const stackReader = (log: IssueLog): TableReader<StackTable> => {
  const rowOf = new Map<string, number>();
  const columns = new Map<string, string[]>();
  const put = (name: string, value: unknown): void => {
    const column = columns.get(name) ?? [];
    columns.set(name, column);
    while (column.length < rowOf.size - 1) column.push('');
    column.push(textIn(value));
  };
  return {
    rows: {
      what: 'stack',
      fields: [STACK_ID, ...METADATA],
      wantsOthers: true,
      take: (values, place, others) => {
        const stack = decodeRow(StackCodec, values, place, log);
        if (stack === undefined) return;
        if (rowOf.has(stack.stackId)) {
          log.add(() => ({
            line: place.line,
            field: 'stackId',
            found: `stack ${quoted(stack.stackId)} again`,
            expected: 'one row per stack',
            fix: 'Remove one of the rows.',
          }));
          return;
        }
        rowOf.set(stack.stackId, rowOf.size);
        for (const { name } of METADATA) if (name in values) put(name, values[name]);
        for (const [name, value] of others) put(name, value);
      },
    },
    value: () => {
      for (const column of columns.values()) while (column.length < rowOf.size) column.push('');
      return { stackIds: Array.from(rowOf.keys()), columns };
    },
  };
};

/**
 * Decodes a table about stacks from CSV or newline-delimited JSON, plain or gzipped.
 *
 * `project`, `mouse`, `stratum` and `frames` get these names; other columns keep theirs.
 *
 * @returns the stacks in file order, and every other column as text
 * @left InvalidInput with the first five issues and their number; IoFailure
 * @example
 * const source = Decode.fromText('metadata.csv', 'filename,project_id\n1.mp4,G\n2.mp4,M\n');
 * Errors.getOrThrow(await Decode.stacks(source)).columns.get('project') // => ['G', 'M']
 */
export const decodeStacks = (source: Source): Promise<E.Either<InvalidInput | IoFailure, StackTable>> =>
  decodeTable(source, stackReader);
