import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { type CsvReader, readCsv } from './csv.js';
import { csvRows } from './csvRows.js';
import { type IssueLog, issueLog } from './issues.js';
import { readNdjson } from './ndjson.js';
import { objectRows, type RowReader } from './objects.js';
import { reading, type Source } from './source.js';
import { type Block, lineEnds, wholeLines } from './wholeLines.js';

/** How one kind of table is read. Each decoding makes its own reader. */
export interface TableReader<Value> {
  readonly rows: RowReader;
  /** A faster reader for CSV. Without it, every record becomes a row of strings. */
  readonly csv?: CsvReader;
  /** Whether a header without rows is an empty table. Otherwise it is an issue: the export may have stopped early. */
  readonly mayBeEmpty?: boolean;
  /** The value, called after all rows were read without an issue; it may log an issue itself. */
  readonly value: () => Value;
}

const SPACE = 32;

const firstCharacter = ({ bytes, from, to }: Block): string => {
  let i = from;
  while (i < to && bytes[i] <= SPACE && bytes[i] !== 0) i++;
  return i < to ? String.fromCharCode(bytes[i]) : '';
};

async function* resumed(first: Block, rest: AsyncGenerator<Block>): AsyncGenerator<Block> {
  yield first;
  yield* rest;
}

const readText = async (blocks: AsyncGenerator<Block>, reader: TableReader<unknown>, log: IssueLog): Promise<void> => {
  const { rows } = reader;
  let line = 1;
  let first = await blocks.next();
  while (first.done !== true && firstCharacter(first.value) === '') {
    line += lineEnds(first.value.bytes, first.value.from, first.value.to);
    first = await blocks.next();
  }
  if (log.halted()) return;
  if (first.done === true) {
    log.halt({ found: 'an empty file', expected: `at least one ${rows.what}`, fix: 'Check that the export finished.' });
    return;
  }
  const start = firstCharacter(first.value);
  const text = resumed(first.value, blocks);
  if (start === '[') {
    log.halt({
      line,
      found: 'a JSON array',
      expected: 'CSV, or NDJSON with one object per line',
      fix: `Write each element on a line of its own, e.g. with jq -c '.[]'.`,
    });
  } else if (start === '{') {
    await readNdjson(text, line, rows, log);
  } else {
    const seen = { header: 0, records: 0 };
    const csv = reader.csv ?? csvRows(rows, log);
    const counted: CsvReader = {
      header: (names, at) => {
        seen.header = at;
        csv.header(names, at);
      },
      records: (batch) => {
        seen.records += batch.count;
        csv.records(batch);
      },
    };
    await readCsv(text, line, counted, log);
    if (log.total() > 0 || seen.records > 0 || reader.mayBeEmpty === true) return;
    log.halt({
      line: seen.header,
      found: 'a header with nothing below it',
      expected: `at least one ${rows.what}`,
      fix: 'Check that the export finished.',
    });
  }
};

/** Decodes a whole source, or nothing of it: a source with one bad row gives no value. */
export const decodeTable = async <Value>(
  source: Source,
  reader: (log: IssueLog) => TableReader<Value>,
  onBytes?: (n: number) => void,
): Promise<E.Either<InvalidInput | IoFailure, Value>> => {
  const log = issueLog(source.name);
  const table = reader(log);
  const text = reading(source, log, onBytes);
  await readText(wholeLines(text.chunks, log), table, log);
  const failure = text.failure();
  return failure === undefined ? finished(table, log) : E.left(failure);
};

/** Decodes rows in memory; their positions count from 1. */
export const decodeObjects = <Value>(
  name: string,
  rows: readonly unknown[],
  reader: (log: IssueLog) => TableReader<Value>,
): E.Either<InvalidInput, Value> => {
  const log = issueLog(name);
  const table = reader(log);
  const objects = objectRows(table.rows, log);
  for (let i = 0; i < rows.length; i++) objects.take(rows[i], i + 1);
  objects.end();
  return finished(table, log);
};

const finished = <Value>(table: TableReader<Value>, log: IssueLog): E.Either<InvalidInput, Value> => {
  if (log.total() > 0) return E.left(log.invalid());
  const value = table.value();
  return log.total() > 0 ? E.left(log.invalid()) : E.right(value);
};
