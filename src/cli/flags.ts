import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FormatName, IdRule, LabelOptions } from '../decode/index.js';
import { present } from '../domain/present.js';
import { DEFAULT_TARGETS } from '../domain/targets.js';
import { EXIT_CODES } from './verb.js';

/** The same flag means the same thing in every verb. Each flag is declared here once, with its group in `--help`. */

/** Headings in `--help`, in this order. */
export const GROUPS = {
  main: 'Main flags:',
  input: 'Input:',
  gold: 'Gold:',
  targets: 'Targets:',
  method: 'Method:',
  output: 'Output:',
} as const;

/** Adds sets of flags to a command, in this order. */
export const withFlags = (command: Command, ...sets: readonly ((command: Command) => Command)[]): Command =>
  sets.reduce((one, add) => add(one), command);

/** Shows these flags first in `--help`. Names are long flags without dashes. */
export const mainFlags =
  (...names: readonly string[]) =>
  (command: Command): Command => {
    for (const option of command.options) {
      if (names.includes(option.long?.slice(2) ?? '')) option.helpGroup(GROUPS.main);
    }
    return command;
  };

/** A share between 0 and 1, both excluded. */
export const openShare = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1))
    throw new InvalidArgumentError(`Expected a share between 0 and 1${meantShare(text)}.`);
  return value;
};

/** A share from 0 to below 1. */
export const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1))
    throw new InvalidArgumentError(`Expected a share from 0 to below 1${meantShare(text)}.`);
  return value;
};

/** Names the share that a percentage or a decimal comma probably means. The value itself is refused. */
export const meantShare = (text: string): string => {
  const plain = text.trim().replace(',', '.');
  const percentage = plain.endsWith('%');
  const value = Number(plain.replace(/\s*%$/, ''));
  if (plain === '' || !(value > 0 && value < 100) || (value === 1 && !percentage)) return ', e.g. 0.5';
  const meant = percentage || value > 1 ? Number((value / 100).toPrecision(12)) : value;
  return `; if ${text.trim()}${percentage || value < 1 ? '' : ' %'} is meant, write ${meant}`;
};

/** A whole number, 1 or more. */
export const positive = (text: string): number => {
  if (!/^\d*[1-9]\d*$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return Number(text);
};

/** A whole number, 0 or more. */
export const whole = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Expected a whole number, 0 or more.');
  return value;
};

/** Values with commas between; an empty one is the empty cell. */
const valuesOf = (text: string): readonly string[] => text.split(',').map((value) => value.trim());

const columnNames = (text: string): readonly string[] => {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw new InvalidArgumentError('Expected names of columns with commas between, e.g. mouse,group.');
  return names;
};

export interface PolicyFlag {
  readonly policy: string;
}

export const policyFlag = (command: Command): Command =>
  command.optionsGroup(GROUPS.input).requiredOption('--policy <file>', 'policy.json from `tandem fit` or `tandem run`');

/** How stacks and labels are written, in all files that a verb reads. */
export interface WordingFlags extends LabelOptions {
  readonly stackColumn?: string;
  readonly ids?: readonly IdRule[];
}

const IDS: readonly IdRule[] = ['basename', 'stem', 'lowercase', 'unpadded'];

const idRules = (text: string): readonly IdRule[] =>
  text.split(',').map((name) => {
    const rule = IDS.find((one) => one === name.trim());
    if (rule === undefined)
      throw new InvalidArgumentError(`Expected ${IDS.join(', ')}, or several of them with commas between.`);
    return rule;
  });

/** The exports whose names `--format` takes. They are listed here, so that help needs no reader of files; a test compares. */
const FORMATS: readonly FormatName[] = [
  ...(['table', 'zooniverse', 'zooniverse-subjects', 'zooniverse-workflows', 'aggregation-extracts'] as const),
  ...(['aggregation-reductions', 'caesar-extracts', 'caesar-reductions', 'bajor', 'label-studio'] as const),
  ...(['label-studio-min', 'prodigy', 'argilla', 'argilla-nested', 'argilla-v1', 'toloka', 'turkle', 'mturk'] as const),
  ...(['ground-truth', 'a2i', 'ground-truth-workers', 'crowd-kit', 'drivendata-metadata'] as const),
  ...(['drivendata-stacks', 'cleanlab-wide', 'stall-catchers-2017'] as const),
];

const isFormat = (text: string): text is FormatName => (FORMATS as readonly string[]).includes(text);

const formatName = (text: string): FormatName => {
  if (!isFormat(text)) throw new InvalidArgumentError(`Expected one of ${FORMATS.join(', ')}.`);
  return text;
};

/** What a file is, where its content does not say it. */
export const formatFlag = (): Option =>
  new Option(
    '--format <name>',
    'the export it is, e.g. zooniverse or cleanlab-wide (default: recognised by its content; `tandem inspect` says as what)',
  ).argParser(formatName);

export const wordingFlags = (command: Command): Command =>
  command.options.some(({ long }) => long === '--ids') ? command : withWording(command);

const withWording = (command: Command): Command =>
  command
    .option('--stack-column <name>', 'column with the stack; other files may call it as usual')
    .option(
      '--ids <rules>',
      'what makes no difference between stack ids: basename (the folder), stem (the ending), lowercase, unpadded (leading zeros); commas between',
      idRules,
    )
    .option(
      '--positive <values>',
      'labels that mean stalled; without --negative, every other label means flowing',
      valuesOf,
    )
    .option('--negative <values>', 'labels that mean flowing', valuesOf)
    .option('--abstain <values>', 'labels that mean no answer, beside "unsure", empty cells and the like', valuesOf)
    .addOption(
      new Option('--unsure <how>', 'what to do with answers that are none (default: skip, and count them)').choices([
        'skip',
        'refuse',
      ]),
    );

export interface InputFlags extends WordingFlags {
  readonly votes?: string;
  readonly format?: FormatName;
  readonly sheet?: string;
  readonly scores?: string;
  readonly annotatorColumn?: string;
  readonly labelColumn?: string;
  readonly scoreColumn?: string;
  readonly timeColumn?: string;
  readonly order?: 'time' | 'rows' | 'none';
  /** Absent: as the policy was fitted, else `first`. */
  readonly duplicates?: 'first' | 'last' | 'all' | 'reject';
}

const duplicatesFlag = (): Option =>
  new Option(
    '--duplicates <policy>',
    'which votes count when an annotator votes twice on a stack (default: as the policy was fitted, else first)',
  ).choices(['first', 'last', 'all', 'reject']);

const VOTES =
  "votes: CSV, JSON, .xlsx, Parquet or an export of a labelling tool; also 'votes/*.csv', and - for standard input";

const ORDER = (): Option =>
  new Option(
    '--order <how>',
    'what tells in which order votes came: their times, the rows of a file that grows at its end, or nothing (default: time, where there is such a column)',
  ).choices(['time', 'rows', 'none']);

const ANNOTATOR_COLUMN = [
  '--annotator-column <name>',
  'column of --votes that says who voted; none: nobody is named',
] as const;
const LABEL_COLUMN = ['--label-column <name>', 'column of --votes with the answer'] as const;
const TIME_COLUMN = ['--time-column <name>', 'column that says when a vote was cast'] as const;

export const inputFlags = (command: Command): Command =>
  wordingFlags(
    command
      .optionsGroup(GROUPS.input)
      .option('--votes <file>', VOTES)
      .addOption(formatFlag())
      .option('--sheet <name>', 'sheet of a workbook (default: the first)')
      .option('--scores <file>', "a model's scores: stack, score; an empty score is an abstention")
      .option(...ANNOTATOR_COLUMN)
      .option(...LABEL_COLUMN)
      .option('--score-column <name>', 'column with the score, where the file has several')
      .option(...TIME_COLUMN)
      .addOption(ORDER())
      .addOption(duplicatesFlag()),
  );

/** Votes for verbs that are about votes alone. */
export const voteFlags = (command: Command): Command =>
  wordingFlags(
    command
      .optionsGroup(GROUPS.input)
      .requiredOption('--votes <file>', VOTES)
      .addOption(formatFlag())
      .option('--sheet <name>', 'sheet of a workbook (default: the first)')
      .option(...ANNOTATOR_COLUMN)
      .option(...LABEL_COLUMN)
      .option(...TIME_COLUMN)
      .addOption(ORDER())
      .addOption(duplicatesFlag()),
  );

export interface GoldFlags extends WordingFlags {
  readonly gold: string;
  readonly goldLabelColumn?: string;
  readonly goldChosen?: 'random' | 'stratified' | 'candidates-only' | 'crowd';
  readonly goldWhere?: { readonly column: string; readonly value: string };
}

const where = (text: string): { readonly column: string; readonly value: string } => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected COLUMN=VALUE, e.g. project_id=G.');
  return { column: text.slice(0, at), value: text.slice(at + 1) };
};

const goldChosen = (): Option =>
  new Option(
    '--gold-chosen <how>',
    'how gold stacks were chosen for the experts (default: random, or what the file says)',
  ).choices(['random', 'stratified', 'candidates-only', 'crowd']);

export const goldFlags = (command: Command): Command =>
  command
    .optionsGroup(GROUPS.gold)
    .requiredOption('--gold <file>', 'expert labels: stack, label (stalled or flowing, 1 or 0)')
    .addOption(goldChosen())
    .option('--gold-label-column <name>', 'column of --gold with the label')
    .option('--gold-where <column=value>', 'use only the gold rows with this value', where);

/** The flags that read an audit as they read gold. How gold was chosen says nothing about an audit. */
export const auditFlags = (flags: WordingFlags & { readonly audit?: string }): Partial<GoldFlags> => {
  const { audit, stackColumn, ids, positive, negative, abstain, unsure } = flags;
  return audit === undefined ? {} : present({ gold: audit, stackColumn, ids, positive, negative, abstain, unsure });
};

/** Gold for verbs that also work without it. */
export const optionalGoldFlags =
  (what: string) =>
  (command: Command): Command =>
    wordingFlags(command.optionsGroup(GROUPS.input))
      .optionsGroup(GROUPS.gold)
      .option('--gold <file>', what)
      .addOption(goldChosen())
      .option('--gold-label-column <name>', 'column of --gold with the label');

export interface TargetFlags {
  readonly sensitivity: number;
  readonly specificity: number;
  readonly confidence: number;
  readonly prevalence?: number;
}

export const targetFlags = (command: Command): Command =>
  command
    .optionsGroup(GROUPS.targets)
    .option(
      '--sensitivity <rate>',
      'share of stalled stacks that must not be retired as flowing',
      openShare,
      DEFAULT_TARGETS.sensitivity,
    )
    .option(
      '--specificity <rate>',
      'share of flowing stacks that must not be retired as stalled',
      openShare,
      DEFAULT_TARGETS.specificity,
    )
    .option('--confidence <rate>', 'of the certificate and of every interval', openShare, DEFAULT_TARGETS.confidence)
    .option(
      '--prevalence <rate>',
      'share of stalled stacks where decisions are made (default: that of random gold, else 0.01)',
      openShare,
    );

/** Flags of earlier versions that numbered looks: who still gives them is told what took their place. */
export const goneLookFlags =
  (instead: string) =>
  (command: Command): Command => {
    const gone = (): never => {
      throw new InvalidArgumentError(`Looks are no longer numbered by hand: ${instead}. Leave the flag out.`);
    };
    return command
      .addOption(new Option('--look <n>').argParser(gone).hideHelp())
      .addOption(new Option('--planned <n>').argParser(gone).hideHelp());
  };

export interface StrataFlags {
  readonly strata?: string;
  readonly by?: readonly string[];
}

export const strataFlags = (command: Command): Command =>
  command
    .optionsGroup(GROUPS.input)
    .option('--strata <file>', 'table of stacks: stack, and any columns (dataset, mouse, group, recording)')
    .option(
      '--by <columns>',
      'columns of --strata to divide stacks by, one division each, e.g. mouse,group',
      columnNames,
    );

export interface OutputFlags {
  readonly out?: string;
  readonly json?: true;
}

/** `--out`, where the verb writes files, and `--json`. */
export const outputFlags =
  (out?: { readonly flags: string; readonly what: string; readonly preset?: string }) =>
  (command: Command): Command => {
    command.optionsGroup(GROUPS.output);
    if (out !== undefined) command.option(out.flags, out.what, out.preset);
    return command
      .option('--json', 'print one JSON document instead of text')
      .helpOption('-h, --help', 'show this help');
  };

/** The end of a help text: notes, examples and the exit codes, which mean the same in every verb. */
export const helpText = ({
  notes,
  examples,
}: {
  readonly notes?: string;
  readonly examples: readonly string[];
}): string => {
  const heading = examples.length === 1 ? 'Example:' : 'Examples:';
  const shown = [heading, ...examples.map((example) => `  ${example}`)].join('\n');
  return `\n${[...(notes === undefined ? [] : [notes]), shown, EXIT_CODES].join('\n\n')}`;
};
