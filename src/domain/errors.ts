import * as E from 'fp-ts/lib/Either.js';
import { type ModelFileFailure, modelFailureText, type RunFailure, type StackFailure } from './modelFailure.js';
import type { GoldUnsuitable, TargetsInfeasible } from './operatingPoint.js';

/** One thing wrong with an input, in words that help its owner to correct it. */
export interface Issue {
  /** 1-based line of the file (the header is line 1), where there is one. */
  readonly line?: number;
  /** 1-based column: the character where a text breaks, or the field's place in its row. */
  readonly column?: number;
  /** Canonical name of the field, e.g. `label`. */
  readonly field?: string;
  readonly found: string;
  readonly expected: string;
  /** How to correct it, as an imperative sentence. */
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

/** Stacks of each class. */
interface PerClass {
  readonly stalled: number;
  readonly flowing: number;
}

/** Why no certificate can come of some gold: its `reason` and its remedy. */
interface Refusal {
  readonly _tag: 'GoldFitted' | 'ScoresCrossFitted' | 'ClustersTooFew' | 'StopRuleDiffers';
  readonly reason: string;
  readonly fix: string;
}

/** What `format` reads of a failure of fitting or certifying. The stages return these with more fields. */
export type StageFailure =
  | Pick<TargetsInfeasible, '_tag' | 'best' | 'goldNeeded'>
  | GoldUnsuitable
  | Refusal
  | { readonly _tag: 'Refused'; readonly refusals: readonly (GoldUnsuitable | Refusal)[] }
  | { readonly _tag: 'CalibrationInfeasible'; readonly needs?: 'scores in [0, 1]'; readonly scored: PerClass }
  | { readonly _tag: 'RecalibrationInfeasible'; readonly seen: PerClass }
  | { readonly _tag: 'PathNotCertified'; readonly goldNeeded: PerClass }
  | { readonly _tag: 'VotesTooFew'; readonly votes: number; readonly needed: number; readonly fix: string }
  | { readonly _tag: 'EarlyStopInfeasible'; readonly stacksNeeded: number };

const counted = ({ stalled, flowing }: PerClass): string => `${stalled} stalled and ${flowing} flowing`;

/** What is missing, what it needs, and how to go on. */
const stageFailureText = (failure: StageFailure): string => {
  switch (failure._tag) {
    case 'TargetsInfeasible': {
      const { sensitivity, specificity } = failure.best;
      const best = `sensitivity ${sensitivity.toFixed(3)} and specificity ${specificity.toFixed(3)}`;
      const needed = counted(failure.goldNeeded);
      return `The targets cannot be certified with this gold: tuning needs ${needed} more gold stacks. Without any error, this gold could certify ${best}. Label more gold, or lower the targets.`;
    }
    case 'Refused':
      return failure.refusals.map(stageFailureText).join('\n');
    case 'CalibrationInfeasible':
      return failure.needs === undefined
        ? `A calibrator needs gold of both classes with scores, and there are ${counted(failure.scored)} gold stacks with a score. Add gold of the missing class, or score it.`
        : 'This calibrator needs scores from 0 to 1, and some are outside. Rescale the scores, or choose another calibrator.';
    case 'RecalibrationInfeasible':
      return `Recalibration needs gold of both classes with votes or scores, and there are ${counted(failure.seen)} such gold stacks. Add gold of the missing class, or use additive fusion.`;
    case 'PathNotCertified':
      return `No rule can be certified with this gold: the one nearest to proof needs ${counted(failure.goldNeeded)} more gold stacks. Label more gold, or lower the targets.`;
    case 'VotesTooFew':
      return `Gold has too few votes to try an asking rule: it has ${failure.votes} per stack, and the rule may ask for ${failure.needed}. ${failure.fix}`;
    case 'EarlyStopInfeasible':
      return `No early stop can be proven: every band of scores needs ${failure.stacksNeeded} stacks. Score more stacks in full.`;
    default:
      return `Refused to certify: ${failure.reason}. ${failure.fix}`;
  }
};

const TAGS: Readonly<Record<StageFailure['_tag'], true>> = {
  TargetsInfeasible: true,
  GoldUnsuitable: true,
  GoldFitted: true,
  ScoresCrossFitted: true,
  ClustersTooFew: true,
  StopRuleDiffers: true,
  Refused: true,
  CalibrationInfeasible: true,
  RecalibrationInfeasible: true,
  PathNotCertified: true,
  VotesTooFew: true,
  EarlyStopInfeasible: true,
};

const isStageFailure = (failure: { readonly _tag: string }): failure is StageFailure =>
  Object.hasOwn(TAGS, failure._tag);

/** Every failure that has a wording. */
export type Failure = DataFailure | ModelFailure | StageFailure;

/**
 * One failure as sentences for a person: where, what was expected, what was found, how to correct it. It knows every failure
 * that the package returns: of files and rows, of stacks and models, and of gold that cannot fit or certify.
 *
 * @example
 * const failure = { _tag: 'DuplicateVotes', total: 1, examples: [{ stackId: 's1', annotatorId: 'ann', votes: 2 }] } as const;
 * Errors.format(failure).split('\n')[0] // => '1 repeated vote(s): one annotator voted more than once on one stack.'
 */
export const format = (failure: Failure): string => {
  if (isStageFailure(failure)) return stageFailureText(failure);
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

/** Failures of data, files and stages are known by their tags, those of models by the remedy they carry. */
const isFormatted = (failure: { readonly _tag: string }): failure is Failure =>
  isStageFailure(failure) ||
  ['InvalidInput', 'DuplicateVotes', 'IoFailure'].includes(failure._tag) ||
  ('reason' in failure && 'fix' in failure);
