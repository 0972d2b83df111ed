import type { Issue } from '../../domain/errors.js';
import type { IssueLog } from '../text/issues.js';

/** A table that is no text: its column names, and its rows with the numbers that a person would count them by. */
export interface Grid {
  readonly names: readonly string[];
  /** 1-based row of each row: that of the sheet, or the place in a Parquet file. */
  readonly lines: readonly number[];
  /** Cells as JSON has them: text, numbers, booleans, null. */
  readonly rows: readonly (readonly unknown[])[];
  /** The sheet that was read, of a workbook. */
  readonly sheet?: string;
  readonly notes: readonly string[];
}

const issue = (found: string, fix: string): Issue => ({ found, expected: 'an Excel workbook (.xlsx)', fix });

/** Workbooks hold times as days with a fraction, so that a second may come out as .999. */
const timeText = (date: Date): string => {
  const whole = 1000 * Math.round(date.getTime() / 1000);
  return new Date(Math.abs(date.getTime() - whole) <= 1 ? whole : date.getTime()).toISOString();
};

const isEmpty = (row: readonly unknown[]): boolean =>
  row.every((cell) => cell === null || cell === undefined || cell === '');

const refused = (cause: unknown): Issue => {
  const { sheets } = cause as { readonly sheets?: readonly string[] };
  return sheets === undefined
    ? issue(
        'a zip archive that is no workbook, or a damaged one',
        'Unpack the archive; or open the workbook and save it again.',
      )
    : {
        found: `the sheets ${sheets.map((name) => JSON.stringify(name)).join(', ')}`,
        expected: 'the sheet you asked for',
        fix: 'Check the spelling of --sheet.',
      };
};

/** One sheet of a workbook: the first, or the one that is named. The library is loaded when a workbook comes. */
const readWorkbook = async (bytes: Uint8Array, sheet: string | undefined, log: IssueLog): Promise<Grid | undefined> => {
  const { default: read, readSheet } = await import('read-excel-file/universal');
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  try {
    const sheets = sheet === undefined ? await read(blob, { trim: false }) : [];
    const cells = sheet === undefined ? sheets[0].data : await readSheet(blob, sheet, { trim: false });
    const from = cells.findIndex((row) => !isEmpty(row));
    const names = from < 0 ? [] : cells[from].map((cell) => (cell === null ? '' : String(cell)));
    const width = names.findLastIndex((name) => name !== '') + 1;
    const kept = cells.flatMap((row, r) => (r <= from || isEmpty(row) ? [] : [r]));
    const others = sheets.slice(1).map((one) => JSON.stringify(one.sheet));
    return {
      sheet: sheet ?? sheets[0].sheet,
      names: names.slice(0, width),
      lines: kept.map((r) => r + 1),
      rows: kept.map((r) => cells[r].map((cell) => (cell instanceof Date ? timeText(cell) : cell))),
      notes:
        others.length === 0
          ? []
          : [
              `Only the first sheet, ${JSON.stringify(sheets[0].sheet)}, was read. To read another, name it with --sheet: ${others.join(', ')}.`,
            ],
    };
  } catch (cause) {
    log.halt(refused(cause));
    return undefined;
  }
};

/** A value of a column as JSON has it: whole numbers as numbers or text, times as text, bytes as text. */
const plainValue = (value: unknown): unknown => {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
};

/** Parquet, whatever its codec. The libraries are loaded when such a file comes. */
const readParquet = async (bytes: Uint8Array, log: IssueLog): Promise<Grid | undefined> => {
  const [{ parquetMetadata, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const metadata = parquetMetadata(file);
    const all = parquetSchema(metadata).children.map(({ element }) => element.name);
    // pandas keeps an index without a name as a column of its own; it numbers the rows and says nothing.
    const names = all.filter((name) => !/^__index_level_\d+__$/.test(name));
    const rows = await parquetReadObjects({ file, metadata, compressors });
    return {
      names,
      lines: rows.map((_, r) => r + 1),
      rows: rows.map((row) => names.map((name) => plainValue(row[name]))),
      notes: [],
    };
  } catch {
    log.halt({
      found: 'a damaged Parquet file',
      expected: 'a complete Parquet file',
      fix: 'Copy or write the file again.',
    });
    return undefined;
  }
};

/** Reads a workbook or a Parquet file, which must be in memory as a whole. */
export const readGrid = (
  content: 'workbook' | 'parquet',
  bytes: Uint8Array,
  sheet: string | undefined,
  log: IssueLog,
): Promise<Grid | undefined> => (content === 'workbook' ? readWorkbook(bytes, sheet, log) : readParquet(bytes, log));
