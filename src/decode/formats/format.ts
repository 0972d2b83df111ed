import type { Issue } from '../../domain/errors.js';
import type { Columns } from '../text/header.js';

/** What a caller wants of a file. */
export type Wanted = 'votes' | 'scores' | 'gold';

/** One row of an export: a record by its column names, or a JSON object. */
export type ForeignRow = Readonly<Record<string, unknown>>;

/** One answer about one stack, with ids and labels as the export writes them. */
export interface GivenAnswer {
  readonly stackId: unknown;
  /** Absent: anonymous. */
  readonly annotatorId?: unknown;
  readonly label: unknown;
  /** As text, in a form that dates can be read from. */
  readonly time?: string | undefined;
}

/** Where the reader of an export puts what it finds. Everything is counted; the wanted kind is passed on. */
export interface Findings {
  /** @param against - whether the annotator said that the label does not hold */
  readonly vote: (answer: GivenAnswer, against?: 'against') => void;
  readonly abstention: (answer: Omit<GivenAnswer, 'label'>) => void;
  readonly gold: (truth: { readonly stackId: unknown; readonly label: unknown }) => void;
  /** `label`: the class whose probability the score is. Absent: the score is used as it stands. */
  readonly score: (score: { readonly stackId: unknown; readonly score: unknown; readonly label?: unknown }) => void;
  /** @param why - as in "2 answers …, e.g. on line 7" */
  readonly invalid: (why: string) => void;
  /** The label is that of an answer which was not given freely. */
  readonly notIndependent: (why: string) => void;
  readonly rejected: (why: string) => void;
  /** Said once, whatever the number of rows. */
  readonly note: (text: string) => void;
  /** Stops reading. */
  readonly refuse: (issue: Issue) => void;
}

/** What the reader of an export knows beside its rows. */
export interface Setting {
  /** What messages call the file. */
  readonly source: string;
  /** The columns that the caller named: `stackId` names what identifies a stack, `label` the question, `score` the model. */
  readonly columns: Columns;
  /** Column names, of a table. A name that stands twice has a number behind it. */
  readonly names: readonly string[];
  /** The header as it is written. */
  readonly header: readonly string[];
}

/** Reads the rows of one export. */
export interface FormatReader {
  readonly row: (row: ForeignRow, findings: Findings) => void;
  readonly end?: (findings: Findings) => void;
}

/** Begins to read an export. */
export type OpenFormat = (setting: Setting) => FormatReader;

export const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** JSON in a cell; undefined where it is none. */
export const jsonIn = (cell: unknown): unknown => {
  if (typeof cell !== 'string') return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return undefined;
  }
};

/** A list, or nothing of it. */
export const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Text of an id, a name or a time. */
export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? isMissing(value)
      ? undefined
      : String(value)
    : undefined;

/**
 * Picks one of several questions (or models) that an export holds: the one that the caller names, else the only one there is.
 * A second one stops reading with a message that names the flag.
 */
export const chooser = (what: string, flag: string, chosen: string | undefined) => {
  let only = chosen;
  let seen = chosen === undefined;
  return {
    /** Whether this one is meant. */
    takes: (name: string, findings: Findings): boolean => {
      only ??= name;
      if (name === only) seen = true;
      else if (chosen === undefined) {
        findings.refuse({
          found: `the ${what}s ${JSON.stringify(only)} and ${JSON.stringify(name)}`,
          expected: `one ${what}`,
          fix: `Say which one: ${flag} ${JSON.stringify(only)}.`,
        });
      }
      return name === only;
    },
    /** After the last row: whether the one that was asked for was there. */
    end: (findings: Findings): void => {
      if (seen) return;
      findings.refuse({
        found: `no ${what} ${JSON.stringify(chosen)}`,
        expected: `the ${what} you asked for`,
        fix: `Check the spelling of ${flag}.`,
      });
    },
  };
};
