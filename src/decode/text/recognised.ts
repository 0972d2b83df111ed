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
