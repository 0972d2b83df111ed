import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import writeExcel, { type SheetData } from 'write-excel-file/node';
import type * as Decode from '../../../src/decode/index.js';

/** A file as a laboratory has it, and what it must be read as, or the words that refuse it. */
export interface FileCase {
  readonly name: string;
  readonly bytes: string | Uint8Array | Promise<Uint8Array>;
  /** What messages call the file. Default `file`. */
  readonly file?: string;
  /** Default `votes`. */
  readonly wanted?: 'votes' | 'scores' | 'gold';
  readonly as?: Decode.ReadAs;
  readonly columns?: Decode.Columns;
  /** Votes as `stack:annotator=label`, scores and gold as `stack=value`, with spaces between. */
  readonly gives?: string;
  /** The format and container it is recognised as. Default `table`. */
  readonly format?: Decode.FormatName;
  readonly container?: Partial<Decode.Container>;
  /** Counts that are not 0 beside votes, gold and scores. */
  readonly counts?: Partial<Decode.Counts>;
  /** What a note must say. */
  readonly notes?: readonly RegExp[];
  /** The whole message of a file that is refused, or a part of it. */
  readonly refused?: string | RegExp;
}

/** A table as text. Cells with the delimiter, quotes or line ends are quoted. */
export const csv = (rows: readonly (readonly unknown[])[], delimiter = ',', ending = '\n'): string =>
  rows
    .map((row) =>
      row
        .map((cell) => (cell === null || cell === undefined ? '' : String(cell)))
        .map((text) => (/["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text))
        .join(delimiter),
    )
    .join(ending) + ending;

export const ndjson = (rows: readonly unknown[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

export const utf16be = (text: string): Uint8Array => Buffer.from(text, 'utf16le').swap16();

/** A workbook; sheets by name, cells as they are. */
export const xlsx = async (sheets: Readonly<Record<string, readonly (readonly unknown[])[]>>): Promise<Uint8Array> => {
  const cells = (rows: readonly (readonly unknown[])[]): SheetData =>
    rows.map((row) =>
      row.map((value) =>
        value === null || value === undefined
          ? null
          : value instanceof Date
            ? { value, format: 'yyyy-mm-dd hh:mm:ss' }
            : { value: value as string | number | boolean },
      ),
    );
  const data = Object.entries(sheets).map(([sheet, rows]) => ({ sheet, data: cells(rows) }));
  return writeExcel(data).toBuffer();
};

/** A Parquet file by its columns. */
export const parquet = (
  columns: Readonly<Record<string, readonly unknown[]>>,
  codec: 'SNAPPY' | 'UNCOMPRESSED' = 'SNAPPY',
): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: Object.entries(columns).map(([name, data]) => ({ name, data: [...data] })),
      codec,
    }),
  );

export const gz = (text: string | Uint8Array): Uint8Array => gzipSync(text);
