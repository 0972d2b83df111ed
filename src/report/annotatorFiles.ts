import { csvRow } from '../output/csvRow.js';
import type { Contrast } from '../stages/prevalence/index.js';
import type { AnnotatorRow, AnnotatorsSummary, ContrastSummary } from '../study/index.js';

/** Digits of figures that people read; noise digits after them say nothing. */
const DIGITS = 6;

const number = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toPrecision(DIGITS)));

/** Columns of annotators.csv. Rates and shares are from 0 to 1, `bias` and `information` are in nats. */
const ANNOTATOR_COLUMNS: readonly string[] = [
  ...['kind', 'annotatorId', 'votes', 'activity', 'goldVotes'],
  ...['sensitivity', 'sensitivityLower', 'sensitivityUpper', 'specificity', 'specificityLower', 'specificityUpper'],
  ...['bias', 'information', 'stalledShare', 'stalledShareLower', 'stalledShareUpper'],
  ...['flags', 'sameAs', 'earlier', 'later', 'change', 'changeLower', 'changeUpper', 'confidence'],
];

/**
 * `annotators.csv`: one row per annotator, and one for a newcomer. Several flags or partners have a semicolon between.
 *
 * @param summary - from `Study.annotators`
 * @returns lines with their line ends, the header first; a column is empty where nothing is known
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const lines = [...Report.annotatorsCsv(Study.annotators({ prevalence: 0.1 })(votes))];
 * lines[0].split(',').slice(0, 5) // => ['kind', 'annotatorId', 'votes', 'activity', 'goldVotes']
 * lines.slice(1).map((line) => line.split(',')[0]) // => ['annotator', 'newcomer']
 */
export function* annotatorsCsv({ annotators, newcomer, confidence }: AnnotatorsSummary): Generator<string> {
  yield csvRow(ANNOTATOR_COLUMNS);
  for (const row of annotators) yield csvRow([...annotatorCells(row), number(confidence)]);
  yield csvRow([...annotatorCells(newcomer), number(confidence)]);
}

const annotatorCells = (
  row: Omit<AnnotatorRow, 'stalledShare'> & Partial<Pick<AnnotatorRow, 'stalledShare'>>,
): readonly string[] => {
  const { sensitivity, specificity, stalledShare, change } = row;
  const rate = ({ estimate, interval }: typeof sensitivity): readonly string[] =>
    [estimate, interval.lower, interval.upper].map(number);
  return [
    ...[row.kind, row.annotatorId, String(row.votes), number(row.activity), String(row.goldVotes)],
    ...rate(sensitivity),
    ...rate(specificity),
    ...[number(row.bias), number(row.information)],
    ...(stalledShare === undefined ? ['', '', ''] : rate(stalledShare)),
    ...[row.flags.join(';'), row.sameAs.map(({ annotatorId }) => annotatorId).join(';')],
    ...[number(change?.earlier), number(change?.later)],
    ...[number(change?.change.estimate), number(change?.change.interval.lower), number(change?.change.interval.upper)],
  ];
};

/** Columns of contrast.csv: shares from 0 to 1, differences from −1 to 1. */
const CONTRAST_COLUMNS: readonly string[] = [
  ...['quantity', 'first', 'second', 'estimate', 'lower', 'upper', 'confidence'],
  ...['clusters', 'stacks', 'audited', 'auditedStalled'],
];

/**
 * `contrast.csv`: for each pair of groups the share of each, the difference and the ratio, one row each.
 *
 * @param summary - from `Study.contrast`
 * @returns lines with their line ends, the header first; `upper` of a ratio is empty where it has no upper end
 * @example
 * const summary = { schema: 'tandem-contrast/1', by: { group: 'group', cluster: 'mouse' }, confidence: 0.95, claim: 'each', groups: [], contrasts: [], refused: [], warnings: [] };
 * [...Report.contrastCsv(summary)][0].split(',').slice(0, 3) // => ['quantity', 'first', 'second']
 */
export function* contrastCsv({ contrasts }: ContrastSummary): Generator<string> {
  yield csvRow(CONTRAST_COLUMNS);
  for (const contrast of contrasts) yield* contrastRows(contrast);
}

function* contrastRows({ groups: [first, second], difference, ratio, confidence }: Contrast): Generator<string> {
  for (const group of [first, second]) {
    yield csvRow([
      ...['share', group.group, '', number(group.estimate), number(group.interval.lower)],
      ...[number(group.interval.upper), number(confidence)],
      ...[group.clusters, group.stacks, group.audited, group.auditedStalled].map(String),
    ]);
  }
  const pair = [first.group, second.group];
  const rest = [number(confidence), '', '', '', ''];
  const { lower, upper } = difference.interval;
  yield csvRow(['difference', ...pair, ...[difference.estimate, lower, upper].map(number), ...rest]);
  yield csvRow(['ratio', ...pair, number(ratio.estimate), number(ratio.lower), number(ratio.upper), ...rest]);
}

const documentText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

/** `annotators.json`: what `Study.annotators` found, with `provenance` where it is known. */
export const annotatorsJson = (summary: AnnotatorsSummary): string => documentText(summary);

/** `contrast.json`: what `Study.contrast` found, with `provenance` where it is known. */
export const contrastJson = (summary: ContrastSummary): string => documentText(summary);
