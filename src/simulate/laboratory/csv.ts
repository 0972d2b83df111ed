import type { SimulatedVotes } from '../settings.js';
import type { SimulatedDataset } from './dataset.js';

/** The files a laboratory would hand over, as text in chunks; each can be read more than once. */
export interface CsvFiles {
  /** `stackId,annotatorId,label` in order of arrival; then `timestamp,calibration` and `movieError` where there are any. */
  readonly votes: Iterable<string>;
  /** `stackId,score`; a stack without a score has no row. */
  readonly scores: Iterable<string>;
  /** `stackId,label,chosen`. */
  readonly gold: Iterable<string>;
  /** `stackId,dataset,mouse,group,recording,flagged`; header only without strata. A known-answer stack has no mouse. */
  readonly strata: Iterable<string>;
}

/** Second 0 of every study: a Monday, as weeks begin with the busiest day. */
const START = Date.UTC(2017, 0, 2);

const voteRow = (votes: SimulatedVotes): { readonly header: string; readonly row: (v: number) => string } => {
  const { stackIds, annotatorIds, stackOf, annotatorOf, label, seconds, known, movieError } = votes;
  const base = (v: number): string => `${stackIds[stackOf[v]]},${annotatorIds[annotatorOf[v]]},${label[v]}`;
  const more: readonly (readonly [name: string, text: (v: number) => string])[] = [
    ...(seconds === undefined
      ? []
      : [['timestamp', (v: number) => new Date(START + 1000 * seconds[v]).toISOString()] as const]),
    ...(known === undefined ? [] : [['calibration', (v: number) => String(known[v])] as const]),
    ...(movieError === undefined ? [] : [['movieError', (v: number) => String(movieError[v])] as const]),
  ];
  return {
    header: ['stackId,annotatorId,label', ...more.map(([name]) => name)].join(','),
    row: (v) => more.reduce((text, [, cell]) => `${text},${cell(v)}`, base(v)),
  };
};

/** Large enough that writing is not held up by calls, small enough that memory stays flat at 10 M votes. */
const ROWS_PER_CHUNK = 8192;

const chunks = (table: {
  readonly header: string;
  readonly rows: number;
  readonly row: (i: number) => string;
}): Iterable<string> => ({
  *[Symbol.iterator]() {
    yield `${table.header}\n`;
    for (let start = 0; start < table.rows; start += ROWS_PER_CHUNK) {
      let text = '';
      const end = Math.min(start + ROWS_PER_CHUNK, table.rows);
      for (let i = start; i < end; i++) text += `${table.row(i)}\n`;
      yield text;
    }
  },
});

/** The dataset as CSV text. See `Simulate.toCsv`. */
export const csvFiles = ({ votes, scores, gold, strata, flagged }: SimulatedDataset): CsvFiles => ({
  votes: chunks({ ...voteRow(votes), rows: votes.label.length }),
  scores: chunks({
    header: 'stackId,score',
    rows: scores.score.length,
    row: (i) => `${scores.stackIds[i]},${scores.score[i]}`,
  }),
  gold: chunks({
    header: 'stackId,label,chosen',
    rows: gold.label.length,
    row: (i) => `${gold.stackIds[i]},${gold.label[i]},${gold.chosen}`,
  }),
  strata: chunks({
    header: 'stackId,dataset,mouse,group,recording,flagged',
    rows: strata === undefined ? 0 : votes.stackIds.length,
    row: (s) => {
      const recording = strata?.recordings[strata.recordingOf[s]];
      const place = [recording?.mouseId ?? '', recording?.group ?? '', recording?.recordingId ?? ''];
      return [votes.stackIds[s], strata?.dataset ?? '', ...place, flagged?.[s] ?? 0].join(',');
    },
  }),
});
