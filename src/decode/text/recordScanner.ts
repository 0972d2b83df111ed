import type { IssueLog } from './issues.js';
import { CR, LF } from './wholeLines.js';

/** Up to `count` CSV records: field f of record r is bytes `bounds[r * stride + f]` .. `bounds[r * stride + f + 1] - 2`. */
export interface RecordBatch {
  readonly bytes: Uint8Array;
  readonly bounds: Int32Array;
  /** One more than there are fields. */
  readonly stride: number;
  /** Line on which record r begins. */
  readonly lines: Uint32Array;
  readonly count: number;
}

/** Divides unquoted CSV into records without making strings. */
export interface RecordScanner {
  /** @returns where it stopped: `to`, or the start of the first record with a quote in it */
  readonly scan: (bytes: Uint8Array, from: number, to: number) => number;
  /** The line it will read next. */
  readonly line: () => number;
}

export const BATCH = 1024;
const COMMA = 44;
const QUOTE = 34;

const CANDIDATES = [',', ';', '\t', '|'] as const;
const WORDS: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };

/** "comma", for messages. */
export const delimiterWord = (delimiter: string): string => WORDS[delimiter] ?? 'delimiter';

/** The delimiter that a first line `sep=;` names. Excel writes and obeys such lines. */
export const statedDelimiter = (line: string): string | undefined => /^"?sep=(.)"?$/i.exec(line)?.[1];

/**
 * What stands between the columns of a header: the candidate that occurs most outside double quotes; a comma, where another is
 * not more frequent.
 */
export const delimiterOf = (header: string): string => {
  const outside = header.replace(/"[^"]*"/g, '');
  const counts = CANDIDATES.map((candidate) => outside.split(candidate).length);
  return CANDIDATES[counts.indexOf(Math.max(...counts))];
};

/** A number with a decimal comma, as spreadsheets write it in most of Europe, where semicolons or tabs stand between columns. */
const DECIMAL_COMMA = /^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$/;

/** The number with a decimal point. */
export const withPoint = (text: string): string => (DECIMAL_COMMA.test(text) ? text.replace(',', '.') : text);

/** A row of another length than the header. */
export const rowLengthIssue = (line: number, found: number, expected: number, delimiter = 'comma') => ({
  line,
  found: `${found} ${found === 1 ? 'field' : 'fields'}`,
  expected: `${expected} ${expected === 1 ? 'field' : 'fields'}, as in the header`,
  fix:
    found > expected
      ? `Put double quotes around a field that has a ${delimiter} in it, or remove the extra field.`
      : 'Complete the row, or remove it.',
});

/** A NUL byte is never text: the rest cannot be trusted. */
export const nulIssue = (line: number) => ({
  line,
  found: 'a NUL byte',
  expected: 'UTF-8 text',
  fix: 'Check that this is a text file, saved as "CSV UTF-8".',
});

export const recordScanner = (
  {
    fields,
    firstLine,
    delimiter = ',',
  }: { readonly fields: number; readonly firstLine: number; readonly delimiter?: string },
  log: IssueLog,
  take: (batch: RecordBatch) => void,
): RecordScanner => {
  const stride = fields + 1;
  const bounds = new Int32Array(BATCH * stride);
  const lines = new Uint32Array(BATCH);
  const separator = delimiter.charCodeAt(0);
  let line = firstLine;

  const scan: RecordScanner['scan'] = (bytes, from, to) => {
    // The codes of letters, digits, '-' and '.' are above that of the comma: one comparison skips most bytes.
    const above = Math.max(COMMA, separator);
    const between = separator;
    let count = 0;
    let next = from;
    while (next < to) {
      const start = next;
      const base = count * stride;
      let k = base;
      bounds[k++] = start;
      let i = start;
      let c = 0;
      while (true) {
        do c = bytes[i++];
        while (c > above);
        if (c === between) {
          if (k <= base + fields) bounds[k] = i;
          k++;
        } else if (c === LF || c === CR || c === QUOTE || c === 0) {
          break;
        }
      }
      if (c === QUOTE || c === 0) {
        take({ bytes, bounds, stride, lines, count });
        if (c === 0) log.halt(nulIssue(line));
        return c === 0 ? to : start;
      }
      const isEmpty = i === start + 1;
      if (k <= base + fields) bounds[k] = i;
      if (c === CR && bytes[i] === LF && i < to) i++;
      next = i;
      const found = k - base;
      if (found === fields && !isEmpty) {
        lines[count++] = line;
        if (count === BATCH) {
          take({ bytes, bounds, stride, lines, count });
          count = 0;
        }
      } else if (!isEmpty) {
        // Earlier rows are passed on first, so that issues come in line order, wherever a chunk ends.
        take({ bytes, bounds, stride, lines, count });
        count = 0;
        const at = line;
        log.add(() => rowLengthIssue(at, found, fields, delimiterWord(delimiter)));
      }
      line++;
    }
    take({ bytes, bounds, stride, lines, count });
    return to;
  };
  return { scan, line: () => line };
};
