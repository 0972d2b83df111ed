import type { Container, InspectedColumn, Inspection } from '../../decode/index.js';
import { blocks, countText, some } from '../../output/format.js';

const DELIMITERS: Readonly<Record<string, string>> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

const containerText = ({ form, compression, encoding, delimiter, sheet }: Container): string =>
  [
    form,
    ...(delimiter === undefined ? [] : [`${DELIMITERS[delimiter] ?? JSON.stringify(delimiter)} between columns`]),
    ...(encoding === undefined ? [] : [encoding]),
    ...(sheet === undefined ? [] : [`sheet ${JSON.stringify(sheet)}`]),
    ...(compression === undefined ? [] : [`packed with ${compression}`]),
  ].join(', ');

const ROLES = {
  stack: 'the stack',
  annotator: 'who voted',
  label: 'the label',
  score: 'the score',
  time: 'when',
  chosen: 'how gold was chosen',
} as const;

const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => (row[c] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, c) => cell.padEnd(widths[c])).join('  ')}`.trimEnd());
};

const LONGEST = 28;
const shortText = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
};

const columnRow = ({ name, role, filled, distinct, atLeast, examples }: InspectedColumn): readonly string[] => [
  shortText(name),
  role === undefined ? 'not read' : ROLES[role],
  countText(filled),
  `${atLeast === true ? 'over ' : ''}${countText(distinct)}`,
  examples.map(shortText).join(', '),
];

const USE = { votes: '--votes', scores: '--scores', gold: '--gold' } as const;

/** `tandem inspect`: what a file is, what would be read of it, and what looks wrong. */
export const inspectionText = (seen: Inspection): string => {
  const { source, container, format, rows, counts, columns, labels, first, doubts, notes, usableAs } = seen;
  const counted = Object.entries(counts ?? {}).filter(([, n]) => n > 0);
  const names = Object.keys(first[0] ?? {}).filter((name) => counts === undefined || name !== 'kind');
  const shown = names.filter((name) => columns.find((column) => column.name === name)?.role !== undefined).slice(0, 6);
  return blocks(
    [
      source,
      `  ${format.title}: ${format.why}`,
      `  ${containerText(container)}`,
      `  ${[some(rows, 'row'), some(seen.stacks, 'stack'), some(seen.annotators, 'annotator')].join(', ')}`,
      `  ${usableAs.length === 0 ? 'cannot be used as it is' : `can be given as ${usableAs.map((kind) => USE[kind]).join(' or ')}`}`,
    ].join('\n'),
    counts === undefined
      ? undefined
      : ['Taken from it', ...table(counted.map(([what, n]) => [wordsOf(what), countText(n)]))].join('\n'),
    columns.length === 0
      ? undefined
      : ['Columns', ...table([['name', 'read as', 'filled', 'different', 'such as'], ...columns.map(columnRow)])].join(
          '\n',
        ),
    labels.length === 0
      ? undefined
      : [
          'Labels',
          ...table(
            labels.slice(0, 12).map(({ value, n, means }) => [JSON.stringify(shortText(value)), means, countText(n)]),
          ),
        ].join('\n'),
    shown.length === 0
      ? undefined
      : ['First rows', ...table([shown, ...first.map((row) => shown.map((name) => shortText(row[name] ?? '')))])].join(
          '\n',
        ),
    notes.length === 0 ? undefined : ['Notes', ...notes.map((note) => `  · ${note}`)].join('\n'),
    doubts.length === 0 ? undefined : ['Please check', ...doubts.map((doubt) => `  · ${doubt}`)].join('\n'),
  );
};

/** `notIndependent` → "not independent". */
const wordsOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
