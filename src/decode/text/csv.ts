import { type CsvError, type Parser, parse } from '#csv-parse';
import type { Issue } from '../../domain/errors.js';
import type { IssueLog } from './issues.js';
import {
  BATCH,
  delimiterOf,
  delimiterWord,
  nulIssue,
  type RecordBatch,
  type RecordScanner,
  recordScanner,
  rowLengthIssue,
  statedDelimiter,
} from './recordScanner.js';
import { type Block, CR, LF, lineEnds } from './wholeLines.js';

/** Takes the records of a CSV file. */
export interface CsvReader {
  /** Called with the column names of the file, and the character between columns; problems are logged. */
  readonly header: (names: readonly string[], line: number, delimiter?: string) => void;
  /** Called with records that have as many fields as the header. The batch is reused: copy what must last. */
  readonly records: (batch: RecordBatch) => void;
}

const QUOTE = 34;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The issue of bytes that are not text. */
export const notUtf8 = (place: Omit<Issue, 'found' | 'expected' | 'fix'>): Issue => ({
  ...place,
  found: 'bytes that are not UTF-8',
  expected: 'UTF-8 text',
  fix: 'Save the file as "CSV UTF-8".',
});

/** Text of bytes `from` .. `to - 1`, if they are UTF-8. */
export const textOf = (bytes: Uint8Array, from: number, to: number): string | undefined => {
  try {
    return strict.decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
};

const startHeader = (
  reader: CsvReader,
  log: IssueLog,
  line: number,
  names: readonly (string | undefined)[],
  delimiter: string,
): number => {
  const texts = names.filter((name) => name !== undefined);
  if (texts.length < names.length) log.halt(notUtf8({ line }));
  else if (texts.some((name) => name.includes('\0'))) log.halt(nulIssue(line));
  else reader.header(texts, line, delimiter);
  return names.length;
};

const quoteIssue = (error: CsvError, line: number, delimiter: string): Issue | undefined => {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return {
        line,
        found: 'a double quote that is never closed',
        expected: 'a closing double quote',
        fix: 'Close the quote; inside a quoted field, write a double quote twice.',
      };
    case 'CSV_INVALID_CLOSING_QUOTE':
      return {
        line,
        found: 'more text after a closing double quote',
        expected: `a ${delimiter} or the end of the line`,
        fix: 'Inside a quoted field, write a double quote twice.',
      };
    case 'INVALID_OPENING_QUOTE':
      return {
        line,
        found: 'a double quote in the middle of a field',
        expected: 'quotes around the whole field',
        fix: 'Put double quotes around the whole field and write the one inside twice; no space may stand before them.',
      };
    default:
      return undefined;
  }
};

/** Gathers the records of csv-parse into batches like those of the scanner. */
const batches = (reader: CsvReader) => {
  const lines = new Uint32Array(BATCH);
  let bytes = new Uint8Array(1 << 16);
  let bounds = new Int32Array(0);
  let stride = 0;
  let used = 0;
  let count = 0;
  const flush = (): void => {
    if (count > 0) reader.records({ bytes, bounds, stride, lines, count });
    used = 0;
    count = 0;
  };
  const add = (record: readonly Uint8Array[], line: number): void => {
    if (stride !== record.length + 1) {
      stride = record.length + 1;
      bounds = new Int32Array(BATCH * stride);
    }
    const size = record.reduce((sum, field) => sum + field.length + 1, 0);
    if (count === BATCH || used + size > bytes.length) flush();
    if (size > bytes.length) bytes = new Uint8Array(2 * size);
    lines[count] = line;
    for (let f = 0; f < record.length; f++) {
      bounds[count * stride + f] = used;
      bytes.set(record[f], used);
      used += record[f].length + 1;
    }
    bounds[count * stride + record.length] = used;
    count++;
  };
  return { add, flush };
};

const MAX_RECORD = 1 << 24;

/** csv-parse for browsers brings a `Buffer` of its own and takes no foreign bytes, only text with a character for each. */
const accepted = (block: Uint8Array): Uint8Array | string => {
  if ('Buffer' in globalThis) return block;
  let text = '';
  for (const byte of block) text += String.fromCharCode(byte);
  return text;
};

/** Gives all blocks to the parser, at its pace; rejects with what failed first. */
const feed = async (blocks: AsyncIterable<Uint8Array>, parser: Parser): Promise<void> => {
  const ended = new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
  const given = async (): Promise<void> => {
    for await (const block of blocks) {
      await new Promise<void>((resolve, reject) => {
        parser.write(accepted(block), 'binary', (error) => (error ? reject(error) : resolve()));
      });
    }
    parser.end();
  };
  await Promise.all([ended, given()]);
};

/** Reads blocks with quotes in them; they begin at a record. `fields` is undefined while the header is still to come. */
const readQuoted = async (
  blocks: AsyncIterable<Uint8Array>,
  start: { readonly line: number; readonly fields: number | undefined; readonly delimiter: string },
  reader: CsvReader,
  log: IssueLog,
): Promise<void> => {
  let { line, fields } = start;
  const gathered = batches(reader);
  const take = (record: Buffer[]): null => {
    if (log.halted()) return null;
    const isBlank = record.length === 1 && record[0].length === 0;
    if (fields === undefined && !isBlank) {
      fields = startHeader(
        reader,
        log,
        line,
        record.map((field) => textOf(field, 0, field.length)),
        start.delimiter,
      );
    } else if (!isBlank && record.length !== fields) {
      gathered.flush();
      const at = line;
      log.add(() => rowLengthIssue(at, record.length, fields ?? 0, delimiterWord(start.delimiter)));
    } else if (record.some((field) => field.includes(0))) {
      gathered.flush();
      log.halt(nulIssue(line));
    } else if (!isBlank) {
      gathered.add(record, line);
    }
    line += 1 + record.reduce((sum, field) => sum + lineEnds(field, 0, field.length), 0);
    return null;
  };
  const parser = parse({
    encoding: null,
    delimiter: start.delimiter,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: MAX_RECORD,
    on_record: (record: unknown) => take(record as Buffer[]),
  });
  parser.resume();
  try {
    await feed(blocks, parser);
  } catch (error) {
    const issue = quoteIssue(error as CsvError, line, delimiterWord(start.delimiter));
    if (issue === undefined) throw error;
    // After a fatal issue the rest is not read, so the text may end inside quotes.
    if (log.halted()) return;
    gathered.flush();
    log.halt(issue);
    return;
  }
  gathered.flush();
};

const lineEnd = (bytes: Uint8Array, from: number, to: number): number => {
  let end = from;
  while (end < to && bytes[end] !== LF && bytes[end] !== CR) end++;
  return end;
};

/** Copies of blocks: csv-parse may keep its input, and the buffer of a block is reused. */
async function* copied(first: Block, from: number, blocks: AsyncIterator<Block>): AsyncGenerator<Uint8Array> {
  yield first.bytes.slice(from, first.to);
  for (let next = await blocks.next(); next.done !== true; next = await blocks.next()) {
    yield next.value.bytes.slice(next.value.from, next.value.to);
  }
}

/** Reads CSV: with our own scanner up to the first record with a double quote, and with csv-parse from there on. */
export const readCsv = async (
  blocks: AsyncIterator<Block>,
  firstLine: number,
  reader: CsvReader,
  log: IssueLog,
): Promise<void> => {
  let line = firstLine;
  let fields = 0;
  let delimiter: string | undefined;
  let scanner: RecordScanner | undefined;
  for (let next = await blocks.next(); next.done !== true && !log.halted(); next = await blocks.next()) {
    const { bytes, to } = next.value;
    let { from } = next.value;
    while (scanner === undefined && from < to) {
      const end = lineEnd(bytes, from, to);
      const after = bytes[end] === CR && bytes[end + 1] === LF && end + 1 < to ? end + 2 : end + 1;
      const text = textOf(bytes, from, end);
      const stated = delimiter === undefined && text !== undefined ? statedDelimiter(text) : undefined;
      if (stated !== undefined) {
        delimiter = stated;
      } else if (end > from) {
        delimiter ??= delimiterOf(text ?? '');
        if (bytes.subarray(from, end).includes(QUOTE)) {
          await readQuoted(copied(next.value, from, blocks), { line, fields: undefined, delimiter }, reader, log);
          return;
        }
        fields = startHeader(reader, log, line, text === undefined ? [text] : text.split(delimiter), delimiter);
        if (log.halted()) return;
        scanner = recordScanner({ fields, firstLine: line + 1, delimiter }, log, reader.records);
      }
      from = after;
      line++;
    }
    if (scanner === undefined) continue;
    const stopped = scanner.scan(bytes, from, to);
    if (stopped < to && !log.halted()) {
      const start = { line: scanner.line(), fields, delimiter: delimiter ?? ',' };
      await readQuoted(copied(next.value, stopped, blocks), start, reader, log);
      return;
    }
  }
};
