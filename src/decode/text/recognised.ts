import type { DataNote } from '../../output/dataNotes.js';
import { countText } from '../../output/format.js';
import type { Encoding } from '../containers/encoding.js';
import type { FormatName } from '../formats/list.js';

/** What holds the rows of a file. */
export interface Container {
  readonly form: 'CSV' | 'NDJSON' | 'JSON array' | 'JSON' | 'Excel' | 'Parquet';
  readonly compression?: 'gzip' | 'zstd';
  /** Of text. */
  readonly encoding?: Encoding;
  /** The character between columns, of CSV. */
  readonly delimiter?: string;
  /** The sheet that was read, of a workbook. */
  readonly sheet?: string;
}

/** How many of each there were in an export of a labelling tool. */
export interface Counts {
  readonly votes: number;
  /** The annotator saw the stack and gave no answer: skipped, cancelled, empty. */
  readonly abstentions: number;
  /** Answers that cannot be understood, such as two choices for one question. They are left out. */
  readonly invalid: number;
  /** A vote after the first of the same annotator on the same stack. `duplicates` says which of them counts. */
  readonly repeats: number;
  /** Answers that a model or another person had filled in before, or that were adjudicated. They are left out. */
  readonly notIndependent: number;
  /** Answers that the requester rejected. They are left out. */
  readonly rejected: number;
  /** Expert truth. It never becomes a vote. */
  readonly gold: number;
  readonly scores: number;
}

/** What a file turned out to be, and what was taken from it. */
export interface Recognised {
  readonly source: string;
  readonly container: Container;
  readonly format: {
    readonly name: FormatName;
    /** For people: "Zooniverse classification export". */
    readonly title: string;
    /** By which mark it was recognised. */
    readonly why: string;
  };
  /** Rows, or elements of a JSON array, without the header. */
  readonly rows: number;
  /** Of an export that is taken apart; a table of rows has none. */
  readonly counts?: Counts;
  /** What its owner should know, as sentences. */
  readonly notes: readonly string[];
}

const WORDS: Readonly<Record<keyof Counts, readonly [one: string, many: string]>> = {
  votes: ['vote', 'votes'],
  abstentions: ['abstention', 'abstentions'],
  invalid: ['invalid answer', 'invalid answers'],
  repeats: ['repeat', 'repeats'],
  notIndependent: ['answer that is not independent', 'answers that are not independent'],
  rejected: ['rejected answer', 'rejected answers'],
  gold: ['gold label', 'gold labels'],
  scores: ['score', 'scores'],
};

/** "300 votes, 2 abstentions, no repeats …": the four outcomes of votes always, the others where there are some. */
const countsText = (counts: Counts): string =>
  (Object.keys(WORDS) as (keyof Counts)[])
    .filter(
      (key) => counts[key] > 0 || key === 'votes' || key === 'abstentions' || key === 'invalid' || key === 'repeats',
    )
    .map((key) => {
      const n = counts[key];
      return `${n === 0 ? 'no' : countText(n)} ${WORDS[key][n === 1 ? 0 : 1]}`;
    })
    .join(', ');

/** What the owner of files should know about how they were read. A plain table needs no word. */
export const fileNotes = (files: readonly Recognised[]): readonly DataNote[] =>
  files.flatMap(({ source, format, rows, counts, notes }) => {
    const name = source.split(/[\\/]/).pop();
    const taken = counts === undefined ? [] : [`${format.title} (by ${format.why}): ${countsText(counts)}`];
    return [...taken, ...notes].map((text) => ({
      about: 'file' as const,
      n: rows,
      text: `${name}: ${text.replace(/\.$/, '')}`,
    }));
  });
