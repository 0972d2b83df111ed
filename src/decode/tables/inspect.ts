import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { countText, some } from '../../output/format.js';
import type { Wanted } from '../formats/format.js';
import {
  ANNOTATOR_ID,
  CHOSEN,
  type Columns,
  type Field,
  GOLD_LABEL,
  resolve,
  SCORE_COLUMN,
  STACK_ID,
  VOTE_LABEL,
  VOTE_TIME,
} from '../text/header.js';
import { issueLog } from '../text/issues.js';
import type { Recognised } from '../text/recognised.js';
import type { Source } from '../text/source.js';
import { decodeTable, type TableReader } from '../text/table.js';
import { type IdRule, idUnder } from './ids.js';
import { type LabelOptions, labelReader } from './labels.js';

/** What a column is read as. */
export type ColumnRole = 'stack' | 'annotator' | 'label' | 'score' | 'time' | 'chosen';

/** One column of a file, or one field of the answers in an export. */
export interface InspectedColumn {
  readonly name: string;
  /** Absent: it is not read. */
  readonly role?: ColumnRole;
  /** Rows in which it is not empty. */
  readonly filled: number;
  /** Different values; `atLeast` where they are too many to count. */
  readonly distinct: number;
  readonly atLeast?: true;
  /** The first few different values. */
  readonly examples: readonly string[];
}

/** How a label is read. */
export interface InspectedLabel {
  readonly value: string;
  readonly n: number;
  readonly means: 'stalled' | 'flowing' | 'no answer' | 'unknown';
}

/** What would be read of a file, before anything is computed. */
export interface Inspection extends Recognised {
  /** In the order of the file. */
  readonly columns: readonly InspectedColumn[];
  /** Most frequent first; those beyond fifty are left out. */
  readonly labels: readonly InspectedLabel[];
  /** Different stacks and annotators, as far as they are named. */
  readonly stacks: number;
  readonly annotators: number;
  /** What it can be given as: `--votes`, `--scores`, `--gold`. */
  readonly usableAs: readonly Wanted[];
  /** The first rows, or the first answers of an export, as text by column. */
  readonly first: readonly Readonly<Record<string, string>>[];
  /** What its owner should look at, as sentences with the flag that helps. */
  readonly doubts: readonly string[];
}

/** What is known of a file that is looked at. */
export interface InspectOptions {
  /** As for `votes`. */
  readonly columns?: Columns | undefined;
  readonly labels?: LabelOptions | undefined;
  /** How many rows are shown; default 5. */
  readonly rows?: number | undefined;
}

const ROLES: readonly (readonly [role: ColumnRole, fields: readonly Field[]])[] = [
  ['stack', [STACK_ID]],
  ['annotator', [ANNOTATOR_ID]],
  ['label', [VOTE_LABEL, GOLD_LABEL]],
  ['score', [SCORE_COLUMN]],
  ['time', [VOTE_TIME]],
  ['chosen', [CHOSEN]],
];

/** Values beyond this are not told apart: the column is of ids or of text. */
const MOST_VALUES = 100_000;
const EXAMPLES = 4;
const MOST_LABELS = 50;

const textIn = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Counts the values of one column. */
const columnTally = (name: string) => {
  const values = new Map<string, number>();
  let filled = 0;
  let beyond = false;
  return {
    name,
    add: (text: string): void => {
      if (text.trim() !== '') filled++;
      const before = values.get(text);
      if (before !== undefined || values.size < MOST_VALUES) values.set(text, (before ?? 0) + 1);
      else beyond = true;
    },
    filled: (): number => filled,
    beyond: (): boolean => beyond,
    values: (): ReadonlyMap<string, number> => values,
  };
};

type ColumnTally = ReturnType<typeof columnTally>;

/** Which column has which role. Each field is looked for by itself: what is missing is a doubt, not an error. */
const rolesOf = (names: readonly string[], columns: Columns | undefined): ReadonlyMap<string, ColumnRole> => {
  const roles = new Map<string, ColumnRole>();
  for (const [role, fields] of ROLES) {
    for (const field of fields) {
      const at = resolve([{ ...field, required: 'no' }], names, columns, 'key');
      const name = E.isRight(at) && at.right[0] >= 0 ? names[at.right[0]] : undefined;
      if (name === undefined || roles.has(name) || [...roles.values()].includes(role)) continue;
      roles.set(name, role);
    }
  }
  return roles;
};

interface Gathered {
  readonly tallies: ReadonlyMap<string, ColumnTally>;
  readonly first: readonly Readonly<Record<string, string>>[];
  /** Votes by stack and annotator: how often, and whether they contradict each other. */
  readonly repeats: { readonly n: number; readonly contradicting: number };
  readonly roles: ReadonlyMap<string, ColumnRole>;
  readonly files: readonly Recognised[];
  readonly rows: number;
}

const gatherer =
  ({ columns, rows: shown = 5 }: InspectOptions) =>
  (): TableReader<Gathered> => {
    const tallies = new Map<string, ColumnTally>();
    const first: Readonly<Record<string, string>>[] = [];
    const votes = new Map<string, string>();
    let roles: ReadonlyMap<string, ColumnRole> = new Map();
    let n = 0;
    let contradicting = 0;
    let rows = 0;

    const take = (row: ReadonlyMap<string, unknown>): void => {
      rows++;
      const before = tallies.size;
      for (const [name, value] of row) {
        const tally = tallies.get(name) ?? columnTally(name);
        tallies.set(name, tally);
        tally.add(textIn(value));
      }
      if (tallies.size > before) roles = rolesOf([...tallies.keys()], columns);
      if (first.length < shown) {
        first.push(Object.fromEntries([...row].map(([name, value]) => [name, textIn(value)])));
      }
      const of = (role: ColumnRole): string => {
        const name = [...roles].find(([, one]) => one === role)?.[0];
        return name === undefined ? '' : textIn(row.get(name));
      };
      const [stack, annotator] = [of('stack'), of('annotator')];
      if (stack === '' || annotator === '' || votes.size > 2_000_000) return;
      const key = JSON.stringify([stack, annotator]);
      const label = of('label');
      const other = votes.get(key);
      if (other === undefined) votes.set(key, label);
      else {
        n++;
        if (other !== label) contradicting++;
      }
    };

    return {
      wanted: 'all',
      mayBeEmpty: true,
      rows: {
        what: 'row',
        fields: [],
        columns,
        wantsOthers: true,
        // Answers of an export come under our names, the rows of a table under their own.
        take: (answer, _place, others) => take(others.size > 0 ? others : new Map(Object.entries(answer))),
      },
      value: (files) => ({ tallies, first, repeats: { n, contradicting }, roles, files, rows }),
    };
  };

const columnOf = ({ tallies, roles }: Gathered, role: ColumnRole): ColumnTally | undefined => {
  const name = [...roles].find(([, one]) => one === role)?.[0];
  return name === undefined ? undefined : tallies.get(name);
};

const distinctIn = (tally: ColumnTally | undefined): number =>
  tally === undefined ? 0 : [...tally.values().keys()].filter((value) => value.trim() !== '').length;

const MEANS = ['flowing', 'stalled', 'unknown', 'no answer'] as const;

const labelsIn = (tally: ColumnTally | undefined, options: LabelOptions | undefined): readonly InspectedLabel[] => {
  if (tally === undefined) return [];
  const reader = labelReader(options ?? {}, issueLog('labels'));
  return [...tally.values()]
    .map(([value, n]) => ({ value, n, means: MEANS[reader.of(value)] }))
    .sort((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1))
    .slice(0, MOST_LABELS);
};

const quotedList = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const RULES: readonly (readonly [rule: IdRule, what: string])[] = [
  ['lowercase', 'capital letters'],
  ['stem', 'the ending of a file name'],
  ['basename', 'the folder'],
  ['unpadded', 'leading zeros'],
];

/** Stacks that a rule makes one, although it may be meant to be one. */
const nearIds = (stacks: ColumnTally | undefined): readonly string[] =>
  stacks === undefined
    ? []
    : RULES.flatMap(([rule, what]) => {
        const ids = [...stacks.values().keys()];
        const under = new Set(ids.map(idUnder([rule])));
        const merged = ids.length - under.size;
        return merged > 0
          ? [
              `${some(merged, 'stack id')} ${merged === 1 ? 'differs' : 'differ'} from another one only by ${what}. If they are the same, add --ids ${rule}.`,
            ]
          : [];
      });

const numbersIn = (tally: ColumnTally): readonly number[] =>
  [...tally.values().keys()].filter((text) => text.trim() !== '').map((text) => Number(text.replace(',', '.')));

/** What may be wrong with a table, as sentences. Of an export, the notes say it. */
const doubtsOf = (gathered: Gathered, labels: readonly InspectedLabel[]): readonly string[] => {
  const doubts: string[] = [];
  const [stack, annotator, label, score] = (['stack', 'annotator', 'label', 'score'] as const).map((role) =>
    columnOf(gathered, role),
  );
  const { tallies, roles, repeats, rows } = gathered;
  const unread = [...tallies.keys()].filter((name) => !roles.has(name));
  if (stack === undefined) {
    doubts.push(
      `No column is known to name stacks. Say which one does: --stack-column NAME (of ${quotedList(unread)}).`,
    );
  }
  if (label === undefined && score === undefined) {
    doubts.push(
      'No column is known to hold labels or scores. Say which one does: --label-column or --score-column NAME.',
    );
  }
  if (label !== undefined && annotator === undefined && stack !== undefined && rows > distinctIn(stack)) {
    doubts.push(
      `Stacks have several rows, and no column is known to name annotators: all votes would be anonymous. Say which one does: --annotator-column NAME${unread.length === 0 ? '' : ` (of ${quotedList(unread)})`}.`,
    );
  }
  const unknown = labels.filter(({ means }) => means === 'unknown');
  if (unknown.length > 0) {
    const classes = labels.filter(({ means }) => means !== 'no answer');
    const rarest = classes[classes.length - 1]?.value ?? '';
    doubts.push(
      classes.length > 2
        ? `Labels of ${classes.length} classes. Say which one to look for; all others then count as flowing: --positive ${JSON.stringify(rarest)}.`
        : `Labels that do not say what they mean: ${quotedList(unknown.map(({ value }) => value))}. Say which is which: --positive VALUE --negative VALUE.`,
    );
  }
  const [stalled, flowing] = (['stalled', 'flowing'] as const).map((means) =>
    labels.filter((one) => one.means === means).reduce((sum, { n }) => sum + n, 0),
  );
  if (stalled > flowing && unknown.length === 0) {
    doubts.push(
      `More labels say stalled (${countText(stalled)}) than flowing (${countText(flowing)}). Is 1 stalled in this file?`,
    );
  }
  if (repeats.n > 0) {
    doubts.push(
      `${some(repeats.n, 'row')} repeat the annotator and the stack of an earlier one, ${countText(repeats.contradicting)} with another label. --duplicates says which count.`,
    );
  }
  if (score !== undefined) {
    const numbers = numbersIn(score).filter(Number.isFinite);
    if (numbers.some((value) => value < 0 || value > 1)) {
      doubts.push(
        'Some scores are outside 0 to 1: they are no probabilities. Platt scaling or isotonic regression can use them.',
      );
    }
    if (numbers.length === 1 && rows > 1) doubts.push('All scores are equal: they tell nothing.');
  }
  return [...doubts, ...nearIds(stack)];
};

const usableAs = ({ files, ...gathered }: Gathered): readonly Wanted[] => {
  const { counts } = files[0] ?? {};
  if (counts !== undefined) return (['votes', 'scores', 'gold'] as const).filter((kind) => counts[kind] > 0);
  const has = (role: ColumnRole): boolean => columnOf({ files, ...gathered }, role) !== undefined;
  if (!has('stack')) return [];
  return (['votes', 'scores', 'gold'] as const).filter((kind) => has(kind === 'scores' ? 'score' : 'label'));
};

const sum = (files: readonly Recognised[]): Recognised['counts'] => {
  const counted = files.flatMap(({ counts }) => (counts === undefined ? [] : [counts]));
  if (counted.length === 0) return undefined;
  const keys = Object.keys(counted[0]) as (keyof (typeof counted)[number])[];
  return Object.fromEntries(
    keys.map((key) => [key, counted.reduce((all, counts) => all + counts[key], 0)]),
  ) as unknown as Recognised['counts'];
};

/**
 * Looks at a file before anything is computed: what it is and why, its columns and what they are read as, its labels and what
 * they mean, its first rows, and what its owner should look at.
 *
 * @returns what would be read; of several files, as one table
 * @left InvalidInput where the file cannot be read at all; IoFailure
 * @example
 * const file = Decode.fromText('votes.csv', 'vessel;who;answer\nv1;ann;cat\nv1;ben;dog\nv2;ann;cow\n');
 * const seen = Errors.getOrThrow(await Decode.inspect()(file));
 * seen.container.delimiter // => ';'
 * seen.columns.map(({ role }) => role ?? 'not read') // => ['stack', 'not read', 'label']
 * seen.doubts.length // => 2
 */
export const inspectSource =
  (options: InspectOptions = {}) =>
  async (source: Source): Promise<E.Either<InvalidInput | IoFailure, Inspection>> => {
    const read = await decodeTable(source, gatherer(options));
    if (E.isLeft(read)) return read;
    const gathered = read.right;
    const { tallies, roles, files, first } = gathered;
    const [file] = files;
    const isTable = file.counts === undefined;
    const label = columnOf(gathered, 'label');
    const labels = labelsIn(label, options.labels);
    return E.right(
      present({
        ...file,
        source: source.name,
        rows: files.reduce((all, { rows }) => all + rows, 0),
        counts: sum(files),
        notes: [...new Set(files.flatMap(({ notes }) => notes))],
        columns: [...tallies.values()]
          .filter(({ name }) => isTable || name !== 'kind')
          .map((tally) =>
            present({
              name: tally.name,
              role: roles.get(tally.name),
              filled: tally.filled(),
              distinct: distinctIn(tally),
              atLeast: tally.beyond() ? (true as const) : undefined,
              examples: [...tally.values().keys()].filter((value) => value.trim() !== '').slice(0, EXAMPLES),
            }),
          ),
        labels,
        stacks: distinctIn(columnOf(gathered, 'stack')),
        annotators: distinctIn(columnOf(gathered, 'annotator')),
        usableAs: usableAs(gathered),
        first,
        doubts: doubtsOf(gathered, labels).filter((doubt) => isTable || !/No column|no column/.test(doubt)),
      }),
    );
  };
