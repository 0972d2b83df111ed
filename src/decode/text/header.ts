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
}

export const STACK_ID: Field = {
  name: 'stackId',
  required: 'row',
  aliases: [
    ...['stack', 'stackid', 'task', 'taskid', 'subject', 'subjectid', 'vessel', 'vesselid', 'movie', 'movieid'],
    ...['filename', 'item', 'itemid', 'id'],
  ],
};

export const ANNOTATOR_ID: Field = {
  name: 'annotatorId',
  required: 'no',
  aliases: [
    ...['annotator', 'annotatorid', 'worker', 'workerid', 'user', 'userid', 'player', 'playerid', 'agent', 'agentid'],
  ],
};

export const VOTE_TIME: Field = {
  name: 'time',
  required: 'no',
  aliases: [
    ...['time', 'timestamp', 'datetime', 'createdat', 'classificationat', 'submittedat', 'submitted', 'submittime'],
    ...['submissiontime', 'answeredat', 'votedat', 'completedat', 'finishedat', 'date'],
  ],
};

const LABEL_NAMES = ['label', 'answer', 'vote', 'classification', 'truth', 'gold', 'stalled'];
export const VOTE_LABEL: Field = { name: 'label', required: 'row', aliases: LABEL_NAMES };
export const GOLD_LABEL: Field = { name: 'label', required: 'table', aliases: LABEL_NAMES };
export const SCORE_COLUMN: Field = {
  name: 'score',
  required: 'table',
  aliases: ['score', 'probability', 'p', 'prediction', 'crowdscore'],
};
export const CHOSEN: Field = { name: 'chosen', required: 'no', aliases: ['chosen', 'goldchosen', 'selection'] };

export const METADATA: readonly Field[] = [
  { name: 'project', required: 'no', aliases: ['project', 'projectid'] },
  { name: 'mouse', required: 'no', aliases: ['mouse', 'mouseid'] },
  { name: 'stratum', required: 'no', aliases: ['stratum'] },
  { name: 'frames', required: 'no', aliases: ['frames', 'numframes'] },
];

/** Which column to take for a field, by our name for it: `{ score: 'p_resnet110' }`. */
export type Columns = Readonly<Record<string, string>>;

/** A name without case, spaces or punctuation. */
export const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The aliases for a message. It leaves out `taskid` where it names `task`. */
const aliasText = ({ name, aliases }: Field): string => {
  const shown = aliases.filter(
    (alias) => alias !== plain(name) && !(alias.endsWith('id') && aliases.includes(alias.slice(0, -2))),
  );
  return shown.length === 0 ? '' : ` (or ${shown.join(', ')})`;
};

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
    if (chosen !== undefined) {
      const exact = names.indexOf(chosen.trim());
      if (exact >= 0) return exact;
    }
    const wanted = chosen === undefined ? [plain(field.name), ...field.aliases] : [plain(chosen)];
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
              ? `Rename the ${what} that holds it, or say which one it is.`
              : `Check the spelling of the ${what} you asked for.`,
        }),
      );
    }
    return -1;
  });
  return issues.length > 0 ? E.left(issues) : E.right(Int32Array.from(at));
};
