import type { SimulatedDataset } from './dataset.js';

/** The three files a laboratory would hand over, as text in chunks; each can be read more than once. */
export interface CsvFiles {
  /** `stackId,annotatorId,label` in order of arrival. */
  readonly votes: Iterable<string>;
  /** `stackId,score`; a stack without a score has no row. */
  readonly scores: Iterable<string>;
  /** `stackId,label,chosen`. */
  readonly gold: Iterable<string>;
}

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
export const csvFiles = ({ votes, scores, gold }: SimulatedDataset): CsvFiles => ({
  votes: chunks({
    header: 'stackId,annotatorId,label',
    rows: votes.label.length,
    row: (v) => `${votes.stackIds[votes.stackOf[v]]},${votes.annotatorIds[votes.annotatorOf[v]]},${votes.label[v]}`,
  }),
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
});
