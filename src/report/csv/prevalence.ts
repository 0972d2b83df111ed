import { csvRow } from '../../output/csvRow.js';
import type { PrevalenceSummary } from '../../study/index.js';

/** Columns of prevalence.csv; the six counts after `rows` add up to it. */
const COLUMNS: readonly string[] = [
  ...['method', 'by', 'stratum', 'about', 'stacks', 'estimate', 'lower', 'upper', 'confidence'],
  ...['rows', 'calledStalled', 'calledFlowing', 'askCrowd', 'askExpert', 'unread', 'leftOut'],
  ...['audited', 'auditedStalled'],
];

const DIGITS = 6;

/**
 * `prevalence.csv`: one row per method, stratum and set of stacks.
 *
 * @param summary - from `Study.prevalence`
 * @returns lines with their line ends, the header first
 * @example
 * const none = { rows: 0, calledStalled: 0, calledFlowing: 0, askCrowd: 0, askExpert: 0, unread: 0, leftOut: 0 };
 * const summary = { schema: 'tandem-prevalence/1', confidence: 0.95, claim: 'each', counts: none, rows: [], between: [], warnings: [] };
 * [...Report.prevalenceCsv(summary)][0].split(',').slice(0, 3) // => ['method', 'by', 'stratum']
 */
export function* prevalenceCsv({ rows, confidence }: PrevalenceSummary): Generator<string> {
  yield csvRow(COLUMNS);
  const number = (value: number | undefined): string =>
    value === undefined ? '' : String(Number(value.toPrecision(DIGITS)));
  for (const row of rows) {
    yield csvRow([
      ...[row.method, row.by ?? '', row.stratum, row.about, number(row.stacks), number(row.estimate)],
      ...[number(row.interval?.lower), number(row.interval?.upper), number(confidence)],
      ...[row.rows, row.calledStalled, row.calledFlowing, row.askCrowd, row.askExpert, row.unread, row.leftOut].map(
        String,
      ),
      ...[number(row.audited), number(row.auditedStalled)],
    ]);
  }
}
