import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import type { Encoding } from '../containers/encoding.js';
import { type Consumer, consumer, type ValueReader } from '../formats/consumer.js';
import type { Wanted } from '../formats/format.js';
import { type CsvReader, notUtf8, readCsv } from './csv.js';
import { type IssueLog, issueLog } from './issues.js';
import { objectRows, type RowReader } from './objects.js';
import type { Recognised } from './recognised.js';
import { allBytes, type ReadAs, type Reading, reading, resumed, type Source } from './source.js';
import { wholeLines } from './wholeLines.js';

/** How one kind of table is read. Each decoding makes its own reader. */
export interface TableReader<Value> {
  readonly rows: RowReader;
  /** A faster reader for CSV. Without it, every record becomes a row of strings. */
  readonly csv?: CsvReader;
  /** Whether a header without rows is an empty table. Otherwise it is an issue: the export may have stopped early. */
  readonly mayBeEmpty?: boolean;
  /** What exports are taken apart for; `all` for everything that is in them. Default: by what a row is called. */
  readonly wanted?: Wanted | 'all';
  /**
   * The value, called after all rows were read without an issue; it may log an issue itself.
   *
   * @param files - what they turned out to be; none for rows in memory
   */
  readonly value: (files: readonly Recognised[]) => Value;
}

type Told = Omit<Recognised, 'source'>;

const SPACE = 32;

/** As much of a text as is looked at before it is read. */
const HEAD = 1 << 16;

/** The first character that is no space, and the text as it was. */
const peeked = async (chunks: AsyncIterable<Uint8Array>) => {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let start = '';
  let head = '';
  const decoder = new TextDecoder();
  // How the text is cut into chunks must not matter, so the head is full, or the text ends.
  while (head.length < HEAD) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value.slice());
    if (start === '') {
      const at = next.value.findIndex((byte) => byte > SPACE || byte === 0);
      if (at < 0) continue;
      start = String.fromCharCode(next.value[at]);
      head += decoder.decode(next.value.subarray(at), { stream: true });
    } else {
      head += decoder.decode(next.value, { stream: true });
    }
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield* taken;
    yield* resumed(new Uint8Array(0), iterator);
  };
  return { start, head: head.slice(0, HEAD), chunks: all() };
};

/** Whether a text that begins with `{` is one object over several lines, and not an object per line. */
const spreadOverLines = (head: string): boolean => {
  const end = head.indexOf('\n');
  if (end < 0) return false;
  const outside = head.slice(0, end).replace(/"(?:[^"\\]|\\.)*"/g, '');
  const open = (outside.match(/[{[]/g)?.length ?? 0) - (outside.match(/[}\]]/g)?.length ?? 0);
  return open > 0 && !outside.includes('"') && /^\s*[^{\s]/.test(head.slice(end));
};

const readValues = async (chunks: AsyncIterable<Uint8Array>, to: ValueReader, log: IssueLog): Promise<void> => {
  const [{ jsonValues }, { jsonIssue, jsonOf }] = await Promise.all([
    import('../containers/jsonValues.js'),
    import('./ndjson.js'),
  ]);
  for await (const { bytes, line } of jsonValues(chunks, 1, log)) {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      log.add(() => notUtf8({ line }));
      continue;
    }
    const parsed = jsonOf(text);
    if (parsed === undefined) log.add(() => jsonIssue(text, line, 'a whole JSON value'));
    else await to.take(parsed.value, line);
  }
};

const readText = async (
  { chunks }: Reading,
  table: Pick<TableReader<unknown>, 'rows' | 'mayBeEmpty'>,
  to: Consumer,
  log: IssueLog,
): Promise<void> => {
  const { what } = table.rows;
  const { start, head, chunks: text } = await peeked(chunks);
  if (log.halted()) return;
  if (start === '') {
    log.halt({ found: 'an empty file', expected: `at least one ${what}`, fix: 'Check that the export finished.' });
    return;
  }
  if (start === '[' || (start === '{' && spreadOverLines(head))) {
    const values = to.json(start === '[' ? 'JSON array' : 'JSON');
    await readValues(text, values, log);
    if (!log.halted()) values.end();
    if (log.total() > 0 || values.rows() > 0 || table.mayBeEmpty === true) return;
    log.halt({ found: 'an empty list', expected: `at least one ${what}`, fix: 'Check that the export finished.' });
  } else if (start === '{') {
    const values = to.json('NDJSON');
    const { readNdjson } = await import('./ndjson.js');
    await readNdjson(wholeLines(text, log), 1, values, log);
  } else {
    const seen = { header: 0, records: 0 };
    const csv = await to.csv(head);
    if (log.halted()) return;
    const counted: CsvReader = {
      header: (names, at, delimiter) => {
        seen.header = at;
        csv.header(names, at, delimiter);
      },
      records: (batch) => {
        seen.records += batch.count;
        csv.records(batch);
      },
    };
    await readCsv(wholeLines(text, log), 1, counted, log);
    if (!log.halted()) csv.end(seen.records);
    if (log.total() > 0 || seen.records > 0 || table.mayBeEmpty === true) return;
    log.halt({
      line: seen.header,
      found: 'a header with nothing below it',
      expected: `at least one ${what}`,
      fix: 'Check that the export finished.',
    });
  }
};

/** One file, read into `table`. */
const readPart = async (
  source: Source,
  table: TableReader<unknown>,
  log: IssueLog,
  {
    encoding,
    onBytes,
  }: { readonly encoding: Encoding | undefined; readonly onBytes: ((n: number) => void) | undefined },
): Promise<{ readonly failure: IoFailure | undefined; readonly told: Told | undefined }> => {
  let told: Told | undefined;
  const failure = await reading(source, log, { encoding, onBytes }, async (open) => {
    const to = consumer(table, source, log);
    if (open.content === 'text') {
      await readText(open, table, to, log);
    } else {
      const { readGrid } = await import('../containers/grid.js');
      const bytes = await allBytes(open.chunks);
      const grid = await readGrid(open.content, bytes, source.as?.sheet, log);
      if (grid !== undefined) await to.grid(grid, open.content === 'workbook' ? 'Excel' : 'Parquet');
    }
    told = to.recognised(open);
  });
  return { failure, told };
};

const isNotUtf8 = (log: IssueLog): boolean => log.invalid().issues.some(({ found }) => found === notUtf8({}).found);

/**
 * Whether the whole of a source may be Windows-1252. It is read once more for that, if it can be: a generator has only the
 * rest to give, or nothing.
 *
 * @param least - bytes that were read before
 */
const isWindows1252 = async (source: Source, least: number): Promise<boolean> => {
  if (source.bytes[Symbol.asyncIterator]() === (source.bytes as unknown)) return false;
  const { mayBeWindows1252 } = await import('../containers/encoding.js');
  const log = issueLog(source.name);
  let may = false;
  let bytes = 0;
  const count = (n: number): void => {
    bytes = n;
  };
  const failure = await reading(source, log, { onBytes: count }, async ({ content, encoding, chunks }) => {
    may = content === 'text' && encoding === 'UTF-8' && (await mayBeWindows1252(chunks));
  });
  return may && bytes >= least && failure === undefined && log.total() === 0;
};

/** Decodes a whole source, or nothing of it: a source with one bad row gives no value. */
export const decodeTable = async <Value>(
  source: Source,
  reader: (log: IssueLog) => TableReader<Value>,
  onBytes?: (n: number) => void,
): Promise<E.Either<InvalidInput | IoFailure, Value>> => {
  const parts = source.parts ?? [source];
  const encodings = new Map<Source, Encoding>();
  const attempt = async (): Promise<E.Either<InvalidInput | IoFailure, Value> | 'again'> => {
    const log = issueLog(source.name);
    const table = reader(log);
    const told: (readonly [ReadAs | undefined, Recognised])[] = [];
    let before = 0;
    for (const part of parts) {
      let here = 0;
      const counted = (n: number): void => {
        here = n;
        onBytes?.(before + n);
      };
      const read = await readPart(part, table, log, { encoding: encodings.get(part), onBytes: counted });
      if (read.failure !== undefined) return E.left(read.failure);
      if (log.total() > 0) {
        if (isNotUtf8(log) && !encodings.has(part) && (await isWindows1252(part, here))) {
          encodings.set(part, 'Windows-1252');
          return 'again';
        }
        return E.left({ ...log.invalid(), source: part.name });
      }
      if (read.told !== undefined) told.push([part.as, { source: part.name, ...read.told }]);
      before += here;
    }
    const value = finished(
      table,
      log,
      told.map(([, recognised]) => recognised),
    );
    if (E.isRight(value)) for (const [as, recognised] of told) as?.onRecognised?.(recognised);
    return value;
  };
  for (;;) {
    const value = await attempt();
    if (value !== 'again') return value;
  }
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

const finished = <Value>(
  table: TableReader<Value>,
  log: IssueLog,
  files: readonly Recognised[] = [],
): E.Either<InvalidInput, Value> => {
  if (log.total() > 0) return E.left(log.invalid());
  const value = table.value(files);
  return log.total() > 0 ? E.left(log.invalid()) : E.right(value);
};
