import * as E from 'fp-ts/lib/Either.js';
import type { Issue } from '../../domain/errors.js';
import type { LabelOptions } from '../tables/labels.js';
import type { Place } from './fieldCodec.js';
import { type Columns, type Field, resolve } from './header.js';
import { type IssueLog, quoted, quotedNames } from './issues.js';

/** Which fields a decoder reads, and what it does with each row, in CSV and JSON alike. */
export interface RowReader {
  readonly fields: readonly Field[];
  readonly columns?: Columns | undefined;
  /** One row by canonical names. `others` are the columns no field claims, by their own names, in their order. */
  readonly take: (row: Readonly<Record<string, unknown>>, place: Place, others: ReadonlyMap<string, unknown>) => void;
  /** Whether `take` wants `others`; without it, they are not read. */
  readonly wantsOthers?: boolean;
  /** How labels are spelled, for exports that turn labels or scores around. */
  readonly labels?: LabelOptions | undefined;
  /** What a row is, for messages: `vote`. */
  readonly what: string;
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Plan {
  readonly names: readonly string[];
  readonly at: E.Either<readonly Issue[], Int32Array>;
}

// Objects of one file usually have few different sets of keys. The limit bounds the memory where every row differs.
const PLANS = 256;
const NONE: ReadonlyMap<string, unknown> = new Map();

/**
 * Reads objects row by row. The keys of JSON objects may differ between rows.
 *
 * @param table - the header, where the objects are rows of a table: each has the same names, in the same places
 */
export const objectRows = (reader: RowReader, log: IssueLog, table?: { readonly names: readonly string[] }) => {
  const { fields, columns } = reader;
  const plans = new Map<string, Plan>();
  const missing = new Set(fields.filter((field) => field.required === 'table'));
  let names: readonly string[] = [];
  let rows = 0;

  const planOf = (row: object): Plan => {
    const keys = Object.keys(row);
    const signature = JSON.stringify(keys);
    const known = plans.get(signature);
    if (known !== undefined) return known;
    if (plans.size >= PLANS) plans.clear();
    const plan =
      table === undefined
        ? { names: keys, at: resolve(fields, keys, columns, 'key') }
        : {
            names: keys,
            at: resolve(
              fields,
              table.names.filter((name) => name !== ''),
              columns,
            ),
          };
    plans.set(signature, plan);
    return plan;
  };

  let columnsOf: ReadonlyMap<string, number> | undefined;
  /** The place of each field in a row of a table, counted from 1. */
  const places = (at: Int32Array): ReadonlyMap<string, number> => {
    columnsOf ??= new Map(fields.flatMap(({ name }, f) => (at[f] < 0 ? [] : [[name, at[f] + 1] as const])));
    return columnsOf;
  };

  const take = (value: unknown, line: number): void => {
    rows++;
    if (!isRecord(value)) {
      log.add(() => ({
        line,
        found: quoted(value),
        expected: `one object per ${reader.what}`,
        fix: `Write it as {"stackId": "s1", …}.`,
      }));
      return;
    }
    const plan = planOf(value);
    names = plan.names;
    if (E.isLeft(plan.at)) {
      for (const issue of plan.at.left) log.add(() => ({ line: table === undefined ? line : 1, ...issue }));
      // Without known columns, every row would repeat the same issue.
      if (table !== undefined) log.stop();
      return;
    }
    const at = plan.at.right;
    const row: Record<string, unknown> = {};
    for (let f = 0; f < fields.length; f++) {
      if (at[f] < 0) continue;
      row[fields[f].name] = value[names[at[f]]];
      missing.delete(fields[f]);
    }
    const others =
      reader.wantsOthers === true
        ? new Map(names.filter((_, k) => !at.includes(k)).map((name) => [name, value[name]]))
        : NONE;
    reader.take(row, table === undefined ? { line } : { line, columns: places(at) }, others);
  };

  /** Call after the last row. A field that no row has is an issue: its key probably has another name. */
  const end = (): void => {
    if (rows === 0 || log.total() > 0) return;
    for (const field of missing) {
      log.add(() => ({
        field: field.name,
        found: `rows with the keys ${quotedNames(names)}`,
        expected: `a key ${JSON.stringify(columns?.[field.name] ?? field.name)} in some row`,
        fix: 'Rename the key that holds it.',
      }));
    }
  };

  return { take, end, rows: (): number => rows };
};
