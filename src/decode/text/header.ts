import * as E from 'fp-ts/lib/Either.js';
import type { Issue } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { quotedNames } from './issues.js';

/**
 * Our name for a field, and its names in other people's files, best first.
 *
 * `row`: every row must have it. `table`: the column must exist, a row may lack it. `no`: may be absent altogether.
 */
export interface Field {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly required: 'row' | 'table' | 'no';
  /** The flag that names its column. */
  readonly flag?: string;
  /** A column that is taken before all others, where the file has it. */
  readonly preferred?: string | undefined;
}

export const STACK_ID: Field = {
  name: 'stackId',
  required: 'row',
  aliases: [
    ...['stack', 'stackid', 'task', 'taskid', 'subject', 'subjectid', 'subjectids', 'vessel', 'vesselid'],
    ...['movie', 'movieid', 'video', 'videoid', 'videoname', 'clip', 'clipid', 'image', 'imageid', 'imagename'],
    ...['filename', 'file', 'filepath', 'item', 'itemid', 'sample', 'sampleid', 'example', 'exampleid', 'id'],
  ],
  flag: '--stack-column',
};

export const ANNOTATOR_ID: Field = {
  name: 'annotatorId',
  required: 'no',
  aliases: [
    ...['annotator', 'annotatorid', 'worker', 'workerid', 'user', 'userid', 'player', 'playerid', 'agent', 'agentid'],
    ...['username', 'volunteer', 'volunteerid', 'participant', 'participantid', 'rater', 'raterid', 'labeler'],
    ...['labelerid', 'labeller', 'labellerid', 'completedby', 'labeledby', 'annotatedby', 'classifiedby', 'performer'],
    ...['annotatorname', 'workername', 'playername', 'reader', 'readerid', 'grader', 'graderid', 'coder', 'coderid'],
    ...['judge', 'judgeid', 'observer', 'observerid', 'reviewer', 'reviewerid', 'initials'],
  ],
  flag: '--annotator-column',
};

export const VOTE_TIME: Field = {
  name: 'time',
  required: 'no',
  aliases: [
    ...['time', 'timestamp', 'datetime', 'createdat', 'classificationat', 'submittedat', 'submitted', 'submittime'],
    ...['submissiontime', 'answeredat', 'votedat', 'completedat', 'finishedat', 'date'],
  ],
  flag: '--time-column',
};

const LABEL_NAMES = ['label', 'answer', 'vote', 'classification', 'truth', 'gold', 'stalled'];
const MORE_LABEL_NAMES = ['response', 'verdict', 'choice', 'annotation', 'isstalled', 'stall'];
export const VOTE_LABEL: Field = {
  name: 'label',
  required: 'row',
  aliases: [...LABEL_NAMES, ...MORE_LABEL_NAMES],
  flag: '--label-column',
};
export const GOLD_LABEL: Field = {
  name: 'label',
  required: 'table',
  aliases: [...LABEL_NAMES, 'groundtruth', 'expert', 'expertlabel', 'truelabel', ...MORE_LABEL_NAMES],
  flag: '--gold-label-column',
};
export const SCORE_COLUMN: Field = {
  name: 'score',
  required: 'table',
  aliases: ['score', 'probability', 'p', 'prediction', 'crowdscore', 'prob', 'modelscore', 'pstalled', 'probstalled'],
  flag: '--score-column',
};
export const CHOSEN: Field = { name: 'chosen', required: 'no', aliases: ['chosen', 'goldchosen', 'selection'] };

export const METADATA: readonly Field[] = [
  { name: 'project', required: 'no', aliases: ['project', 'projectid'] },
  { name: 'mouse', required: 'no', aliases: ['mouse', 'mouseid'] },
  { name: 'stratum', required: 'no', aliases: ['stratum'] },
  { name: 'frames', required: 'no', aliases: ['frames', 'numframes'] },
];

/**
 * Which column to take for a field, by our name for it: `{ score: 'p_resnet110' }`. An empty name says that the file has no such
 * column, whatever its columns are called.
 */
export type Columns = Readonly<Record<string, string>>;

/** A name without case, spaces or punctuation. */
export const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

const SHOWN_ALIASES = 8;

/** The aliases for a message: the first few, without `taskid` where there is `task`. */
const aliasText = ({ name, aliases }: Field): string => {
  const different = aliases.filter(
    (alias) => alias !== plain(name) && !(/ids?$/.test(alias) && aliases.includes(alias.replace(/ids?$/, ''))),
  );
  const shown = different.slice(0, SHOWN_ALIASES).join(', ');
  return shown === '' ? '' : ` (or ${shown}${different.length > SHOWN_ALIASES ? ' and the like' : ''})`;
};

/** The field with a column that is taken first, where there is one of this name. */
export const preferring = (field: Field, column: string | undefined): Field => ({ ...field, preferred: column });

/** A field for a column that the caller names. */
export const named = (name: string): Field => ({ name, required: 'table', aliases: [] });

const repeated = (names: readonly string[]): readonly string[] =>
  names.filter((name, i) => name !== '' && names.indexOf(name) === i && names.lastIndexOf(name) !== i);

const separatorIssue = (names: readonly string[]): Issue | undefined => {
  const other = names.length === 1 ? /[;\t|]/.exec(names[0]) : null;
  if (other === null) return undefined;
  const word = { ';': 'semicolons', '\t': 'tabs', '|': 'bars' }[other[0]] ?? 'other characters';
  return {
    found: `${word} between the columns`,
    expected: 'commas',
    fix: 'Export the table with commas between the columns.',
  };
};

/**
 * The position of each field among `names`. Our own name comes first, then the aliases in their order.
 *
 * @returns one index per field, -1 where an optional one is absent
 */
export const resolve = (
  fields: readonly Field[],
  rawNames: readonly string[],
  columns: Columns = {},
  what: 'column' | 'key' = 'column',
): E.Either<readonly Issue[], Int32Array> => {
  const names = rawNames.map((name) => name.trim());
  const separator = what === 'column' ? separatorIssue(names) : undefined;
  if (separator !== undefined) return E.left([separator]);
  const issues: Issue[] = repeated(names).map((name) => ({
    found: `the ${what} ${quotedNames([name])} twice`,
    expected: `each ${what} once`,
    fix: `Rename or remove one of the two.`,
  }));
  const plainNames = names.map(plain);
  const at = fields.map((field) => {
    const chosen = columns[field.name];
    if (chosen === '' && field.required === 'no') return -1;
    const first = chosen ?? field.preferred;
    if (first !== undefined) {
      const exact = names.indexOf(first.trim());
      if (exact >= 0) return exact;
    }
    const preferred = field.preferred === undefined ? [] : [plain(field.preferred)];
    const wanted = chosen === undefined ? [...preferred, plain(field.name), ...field.aliases] : [plain(chosen)];
    const alias = wanted.find((name) => plainNames.includes(name));
    if (alias !== undefined) {
      const first = plainNames.indexOf(alias);
      const second = plainNames.indexOf(alias, first + 1);
      if (second >= 0 && names[first] !== names[second]) {
        issues.push({
          field: field.name,
          found: `both ${quotedNames([names[first]])} and ${quotedNames([names[second]])}`,
          expected: `one ${what} for it`,
          fix: 'Rename or remove one of the two.',
        });
      }
      return first;
    }
    if (chosen !== undefined || field.required === 'row' || (field.required === 'table' && what === 'column')) {
      const others = chosen === undefined ? aliasText(field) : '';
      issues.push(
        present({
          field: field.aliases.length === 0 ? undefined : field.name,
          found: names.length === 0 ? `no ${what}s` : `the ${what}s ${quotedNames(names)}`,
          expected: `a ${what} ${JSON.stringify(chosen ?? field.name)}${others}`,
          fix:
            chosen === undefined
              ? `Rename the ${what} that holds it, or say which one it is${field.flag === undefined ? '' : `: ${field.flag} NAME`}.`
              : `Check the spelling of the ${what} you asked for.`,
        }),
      );
    }
    return -1;
  });
  return issues.length > 0 ? E.left(issues) : E.right(Int32Array.from(at));
};
