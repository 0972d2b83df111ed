import * as E from 'fp-ts/lib/Either.js';
import { type CsvReader, notUtf8, textOf } from './csv.js';
import { resolve } from './header.js';
import type { IssueLog } from './issues.js';
import type { RowReader } from './objects.js';
import { withPoint } from './recordScanner.js';

const NONE: ReadonlyMap<string, string> = new Map();

/** Fields that hold numbers. Their decimal comma is one where no commas stand between columns. */
const NUMBERS: ReadonlySet<string> = new Set(['score', 'logOdds', 'label']);

/** CSV records as rows of strings, for tables that are small enough. */
export const csvRows = (reader: RowReader, log: IssueLog): CsvReader => {
  const { fields } = reader;
  let at: Int32Array = new Int32Array(0);
  let others: readonly { readonly name: string; readonly at: number }[] = [];
  let columns: ReadonlyMap<string, number> = new Map();
  let decimalComma = false;
  return {
    header: (names, line, delimiter = ',') => {
      decimalComma = delimiter !== ',';
      const resolved = resolve(fields, names, reader.columns);
      if (E.isLeft(resolved)) {
        for (const issue of resolved.left) log.add(() => ({ line, ...issue }));
        // Without known columns, every row would repeat the same issue.
        log.stop();
        return;
      }
      at = resolved.right;
      columns = new Map(fields.flatMap((field, f) => (at[f] < 0 ? [] : [[field.name, at[f] + 1]])));
      if (reader.wantsOthers !== true) return;
      others = names.map((name, i) => ({ name: name.trim(), at: i })).filter((column) => !at.includes(column.at));
    },
    records: ({ bytes, bounds, stride, lines, count }) => {
      for (let r = 0; r < count; r++) {
        const text = (column: number): string => {
          const from = bounds[r * stride + column];
          const to = bounds[r * stride + column + 1] - 1;
          const decoded = textOf(bytes, from, to);
          if (decoded === undefined) {
            isText = false;
            log.add(() => notUtf8({ line: lines[r], column: column + 1 }));
          }
          return decoded ?? '';
        };
        let isText = true;
        const row: Record<string, string> = {};
        for (let f = 0; f < fields.length; f++) {
          if (at[f] < 0) continue;
          const { name } = fields[f];
          row[name] = decimalComma && NUMBERS.has(name) ? withPoint(text(at[f])) : text(at[f]);
        }
        const rest = others.length === 0 ? NONE : new Map(others.map((column) => [column.name, text(column.at)]));
        if (isText) reader.take(row, { line: lines[r], columns }, rest);
      }
    },
  };
};
