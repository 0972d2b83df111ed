import * as E from 'fp-ts/lib/Either.js';
import { type ModelFileFailure, modelFailureText, type RunFailure, type StackFailure } from './modelFailure.js';

/** One thing wrong with an input, said so that its owner can mend it. */
export interface Issue {
  /** 1-based line of the file (the header is line 1), where there is one. */
  readonly line?: number;
  /** 1-based column: the character where a text breaks, or the field's place in its row. */
  readonly column?: number;
  /** Canonical name of the field, e.g. `label`. */
  readonly field?: string;
  readonly found: string;
  readonly expected: string;
  /** How to mend it, as an imperative sentence. */
  readonly fix: string;
}

/** The data is wrong. Nothing of it was used. */
export interface InvalidInput {
  readonly _tag: 'InvalidInput';
  /** File name, or what the caller called the rows. */
  readonly source: string;
  /** The first five issues. */
  readonly issues: readonly Issue[];
  /** How many there are in all (counting stops at the end of the input). */
  readonly total: number;
}

/** The caller asked for one vote per annotator and stack (`reject`), and there were more. */
export interface DuplicateVotes {
  readonly _tag: 'DuplicateVotes';
  readonly total: number;
  /** The first five, in canonical order. */
  readonly examples: readonly { readonly stackId: string; readonly annotatorId: string; readonly votes: number }[];
}

/** The world failed: a file could not be read or written. */
export interface IoFailure {
  readonly _tag: 'IoFailure';
  readonly path: string;
  readonly doing: 'read' | 'write';
  readonly cause: unknown;
}

const place = (issue: Issue): string =>
  [
    issue.line === undefined ? '' : `line ${issue.line}`,
    issue.column === undefined ? '' : `column ${issue.column}`,
    issue.field === undefined ? '' : `field "${issue.field}"`,
  ]
    .filter((part) => part !== '')
    .join(', ');

const issueText = (source: string, issue: Issue): string => {
  const where = place(issue);
  return `${source}${where === '' ? '' : `, ${where}`}: expected ${issue.expected}, found ${issue.found}. ${issue.fix}`;
};

const PLAIN: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'there is a file of that name, where a folder must be',
  ENOSPC: 'the disk is full',
};

const causeText = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? (PLAIN[cause.code] ?? cause.message) : cause.message;
};

/** The failures that come from data and files. Each is a tagged value; none is thrown. */
export type DataFailure = InvalidInput | DuplicateVotes | IoFailure;

/** What may come in place of a tensor or a score. */
export type ModelFailure = StackFailure | ModelFileFailure | RunFailure | IoFailure;

/**
 * One failure as sentences for a person: where, what was expected, what was found, how to mend it.
 *
 * @example
 * const failure = { _tag: 'DuplicateVotes', total: 1, examples: [{ stackId: 's1', annotatorId: 'ann', votes: 2 }] } as const;
 * Errors.format(failure).split('\n')[0] // => '1 repeated vote(s): one annotator voted more than once on one stack.'
 */
export const format = (failure: DataFailure | ModelFailure): string => {
  switch (failure._tag) {
    case 'InvalidInput': {
      const lines = failure.issues.map((issue) => issueText(failure.source, issue));
      const more = failure.total - failure.issues.length;
      return [...lines, ...(more > 0 ? [`… and ${more} more, ${failure.total} in all.`] : [])].join('\n');
    }
    case 'DuplicateVotes':
      return [
        `${failure.total} repeated vote(s): one annotator voted more than once on one stack.`,
        ...failure.examples.map((d) => `  stack "${d.stackId}", annotator "${d.annotatorId}": ${d.votes} votes`),
        'Choose which count: --duplicates first, last or all.',
      ].join('\n');
    case 'IoFailure':
      return `Could not ${failure.doing} ${failure.path}: ${causeText(failure.cause)}`;
    default:
      return modelFailureText(failure);
  }
};

/**
 * The one bridge for callers who do not use Either: the value of a `Right`, or a thrown `Error` whose message is the
 * formatted failure and whose `cause` is the tagged value.
 *
 * @throws Error when `either` is a `Left`
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * votes.stackIds // => ['s1']
 */
export const getOrThrow = <Failure extends { readonly _tag: string }, Value>(
  either: E.Either<Failure, Value>,
): Value => {
  if (E.isRight(either)) return either.right;
  const failure = either.left;
  const text = isFormatted(failure) ? format(failure) : `${failure._tag}: ${JSON.stringify(failure)}`;
  throw new Error(text, { cause: failure });
};

/** Failures of data and files are known by their tags, all others by the remedy they carry. */
const isFormatted = (failure: { readonly _tag: string }): failure is DataFailure | ModelFailure =>
  ['InvalidInput', 'DuplicateVotes', 'IoFailure'].includes(failure._tag) || ('reason' in failure && 'fix' in failure);
