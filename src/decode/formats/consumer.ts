import { present } from '../../domain/present.js';
import type { Grid } from '../containers/grid.js';
import { type CsvReader, notUtf8, textOf } from '../text/csv.js';
import { csvRows } from '../text/csvRows.js';
import type { IssueLog } from '../text/issues.js';
import { isRecord, objectRows, type RowReader } from '../text/objects.js';
import type { Container, Recognised } from '../text/recognised.js';
import { delimiterOf, statedDelimiter } from '../text/recordScanner.js';
import type { Reading, Source } from '../text/source.js';
import type { ForeignRow, Wanted } from './format.js';
import { type Match, recognise, type Sample } from './list.js';
import type { FormatSink } from './sink.js';

/** The reader of a table, as far as the rows of a file go to it. */
interface Table {
  readonly rows: RowReader;
  readonly csv?: CsvReader;
  readonly wanted?: Wanted | 'all';
}

/** Takes JSON values one by one. Of the first, it learns what the file is, and may have to load what reads it. */
export interface ValueReader {
  readonly take: (value: unknown, line: number) => void | Promise<void>;
  readonly end: () => void;
  readonly rows: () => number;
}

/** Where the content of one file goes: it recognises the export, and takes it apart or passes it to the reader of a table. */
export interface Consumer {
  /** @param head - the beginning of the text */
  readonly csv: (head: string) => Promise<CsvReader & { readonly end: (records: number) => void }>;
  readonly json: (form: 'NDJSON' | 'JSON array' | 'JSON') => ValueReader;
  readonly grid: (grid: Grid, form: 'Excel' | 'Parquet') => Promise<void>;
  /** What the file turned out to be; undefined when nothing was read. */
  readonly recognised: (reading: Reading) => Omit<Recognised, 'source'> | undefined;
}

const BY_ROW: Readonly<Record<string, Wanted>> = { vote: 'votes', score: 'scores', 'gold label': 'gold' };

/** Names with a number behind those that stand twice, so that a row can be an object. */
const distinct = (names: readonly string[]): readonly string[] => {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return n === 1 ? name : `${name} (${n})`;
  });
};

/** The column names that a text begins with, well enough to know an export by them. */
const namesIn = (head: string): readonly string[] => {
  const lines = head.split(/\r\n|\n|\r/).filter((line) => line !== '');
  const stated = statedDelimiter(lines[0] ?? '');
  const header = (stated === undefined ? lines[0] : lines[1]) ?? '';
  const delimiter = stated ?? delimiterOf(header);
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (const character of header) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  return distinct([...cells, cell.trim()]);
};

export const consumer = (table: Table, source: Source, log: IssueLog): Consumer => {
  const { rows } = table;
  const wanted = table.wanted ?? BY_ROW[rows.what];
  let container: Omit<Container, 'compression' | 'encoding'> = { form: 'CSV' };
  let match: Match | undefined;
  let sink: FormatSink | undefined;
  let total = 0;
  let gridNotes: readonly string[] = [];

  /** Recognises the export, and opens what reads it, unless it is a table. Logs an export that does not hold what is wanted. */
  const opened = async (sample: Sample): Promise<Match | undefined> => {
    match = recognise(sample, source.as?.format);
    const { format } = match;
    if (wanted === undefined || (format.open === undefined && format.gives.length > 0)) return match;
    const { cannotGive, formatSink } = await import('./sink.js');
    const refused = cannotGive(format, wanted);
    if (refused !== undefined) {
      log.halt(refused);
      return undefined;
    }
    if (format.open !== undefined) {
      const names = sample.kind === 'table' ? sample.names : [];
      sink = formatSink(format, await format.open(), { rows, wanted, setting: { source: source.name, names } }, log);
    }
    return match;
  };

  const csv: Consumer['csv'] = async (head) => {
    const found = await opened({ kind: 'table', names: namesIn(head) });
    const to = found === undefined || sink !== undefined ? undefined : (table.csv ?? csvRows(rows, log));
    let names: readonly string[] = [];
    return {
      header: (header, line, delimiter = ',') => {
        container = { form: 'CSV', delimiter };
        names = distinct(header.map((name) => name.trim()));
        sink?.header(header);
        to?.header(header, line, delimiter);
      },
      records: (batch) => {
        if (to !== undefined) {
          to.records(batch);
          return;
        }
        if (sink === undefined) return;
        const { bytes, bounds, stride, lines, count } = batch;
        for (let r = 0; r < count && !log.halted(); r++) {
          const row: Record<string, string> = {};
          let bad = -1;
          for (let f = 0; f < names.length; f++) {
            const text = textOf(bytes, bounds[r * stride + f], bounds[r * stride + f + 1] - 1);
            if (text === undefined) bad = f;
            row[names[f]] = text ?? '';
          }
          const line = lines[r];
          if (bad < 0) sink.row(row, line);
          else log.add(() => notUtf8({ line, column: bad + 1 }));
        }
      },
      end: (records) => {
        total = records;
        if (records > 0) sink?.end();
      },
    };
  };

  const json: Consumer['json'] = (form) => {
    let plain: ReturnType<typeof objectRows> | undefined;
    container = { form };
    const give = (value: unknown, line: number): void => {
      if (log.halted()) return;
      if (sink === undefined) plain?.take(value, line);
      else if (isRecord(value)) sink.row(value, line);
      else log.add(() => ({ line, found: 'no object', expected: 'one object per task', fix: 'Export it again.' }));
    };
    const begin = async (value: unknown, line: number): Promise<void> => {
      if (isRecord(value)) await opened({ kind: 'json', value });
      if (sink === undefined && !log.halted()) plain = objectRows(rows, log);
      give(value, line);
    };
    return {
      take: (value, line) => {
        total++;
        return total === 1 ? begin(value, line) : give(value, line);
      },
      end: () => {
        plain?.end();
        sink?.end();
      },
      rows: () => total,
    };
  };

  const grid: Consumer['grid'] = async ({ names: header, lines, rows: cells, sheet, notes }, form) => {
    container = present({ form, sheet });
    gridNotes = notes;
    total = cells.length;
    if (cells.length === 0) {
      log.halt({
        found: header.length === 0 ? 'an empty sheet' : 'a header with nothing below it',
        expected: `at least one ${rows.what}`,
        fix: 'Check that the export finished, or name another sheet with --sheet.',
      });
      return;
    }
    const written = header.map((name) => name.trim());
    const names = distinct(written);
    const found = await opened({ kind: 'table', names });
    if (found === undefined) return;
    sink?.header(header);
    const plain = sink === undefined ? objectRows(rows, log, { names: written }) : undefined;
    for (let r = 0; r < cells.length && !log.halted(); r++) {
      const row: ForeignRow = Object.fromEntries(names.map((name, f) => [name, cells[r][f] ?? null]));
      if (sink === undefined) plain?.take(row, lines[r]);
      else sink.row(row, lines[r]);
    }
    if (log.halted()) return;
    plain?.end();
    sink?.end();
  };

  return {
    csv,
    json,
    grid,
    recognised: ({ encoding, compression, content }) => {
      if (match === undefined) return undefined;
      const { format, why } = match;
      const { delimiter = ',' } = container;
      return present({
        container: present({ ...container, compression, encoding: content === 'text' ? encoding : undefined }),
        format: { name: format.name, title: format.title, why },
        rows: total,
        counts: sink?.counts(),
        notes: [
          ...(encoding === 'UTF-8' ? [] : [`Read as ${encoding}. Check that letters beyond a to z are right.`]),
          ...(delimiter !== ',' && rows.what === 'score' ? ['A decimal comma is read as a decimal point.'] : []),
          ...gridNotes,
          ...(sink === undefined ? (format.notes ?? []) : sink.notes()),
        ],
      });
    },
  };
};
