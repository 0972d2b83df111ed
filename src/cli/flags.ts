import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DataFailure } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { DEFAULT_BUDGET } from '../domain/routing.js';
import { DEFAULT_TARGETS, type Targets } from '../domain/targets.js';
import { percent } from '../output/format.js';
import * as RiskControl from '../stages/riskControl/index.js';
import { badFlags } from './verb.js';

/** Whoever counts looks may look again; whoever does not has one, which spends everything. */
export const lookOf = ({ look, planned }: LookFlags): RiskControl.InterimLook =>
  look === undefined ? { look: 1, planned: planned ?? 1 } : present({ look, planned });

/** What is wrong with the look that the flags name, if anything. */
export const impossibleLook = ({ look = 1, planned }: LookFlags): DataFailure | undefined =>
  look >= 1 && (planned === undefined || look <= planned)
    ? undefined
    : badFlags({
        found: `--look ${look}${planned === undefined ? '' : ` --planned ${planned}`}`,
        expected: 'looks counted from 1, no more than were planned',
        fix: 'Count every look at this gold, passed or not. Leave out --planned if there was no plan.',
      });

/** Targets at this look, and a sentence about what other looks have spent. Without --look there is one look, and nothing to say. */
export const targetsNow = (
  flags: LookFlags,
  wanted: Targets,
): { readonly targets: Targets; readonly notes: readonly string[] } => {
  const look = lookOf(flags);
  const targets = RiskControl.atLook(look)(wanted);
  return {
    targets,
    notes:
      targets.confidence === wanted.confidence
        ? []
        : [
            `look ${look.look}${look.planned === undefined ? '' : ` of ${look.planned}`}, so ${percent(targets.confidence)} confidence now, and ${percent(wanted.confidence)} over all looks together; the policy keeps the confidence of now, and gate and evaluate hold other gold to it`,
          ],
  };
};

/** The same flag means the same thing in every verb; here is each of them, once. */

const rate = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1))
    throw new InvalidArgumentError(`Expected a share between 0 and 1${meantShare(text)}.`);
  return value;
};

const share = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < 1))
    throw new InvalidArgumentError(`Expected a share from 0 to below 1${meantShare(text)}.`);
  return value;
};

/** What a percentage or a decimal comma was probably meant to be; the value is never taken for it. */
const meantShare = (text: string): string => {
  const plain = text.trim().replace(',', '.');
  const percentage = plain.endsWith('%');
  const value = Number(plain.replace(/\s*%$/, ''));
  if (plain === '' || !(value > 0 && value < 100) || (value === 1 && !percentage)) return ', e.g. 0.5';
  const meant = percentage || value > 1 ? Number((value / 100).toPrecision(12)) : value;
  return `; if ${text.trim()}${percentage || value < 1 ? '' : ' %'} is meant, write ${meant}`;
};

const positive = (text: string): number => {
  if (!/^\d*[1-9]\d*$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return Number(text);
};

const whole = (text: string): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Expected a whole number, 0 or more.');
  return value;
};

export interface InputFlags {
  readonly votes?: string;
  readonly scores?: string;
  readonly scoreColumn?: string;
  /** Absent: what the policy was fitted with, else `first`. */
  readonly duplicates?: 'first' | 'last' | 'all' | 'reject';
}

export const inputFlags = (command: Command): Command =>
  command
    .option('--votes <file>', 'votes, CSV or NDJSON, plain or gzipped: stack, annotator, label')
    .option('--scores <file>', "a model's scores: stack, score; an empty score is an abstention")
    .option('--score-column <name>', 'column that holds the score, where the file has several')
    .addOption(
      new Option(
        '--duplicates <policy>',
        'when an annotator votes twice on a stack, which votes count (default: as the policy was fitted, else first)',
      ).choices(['first', 'last', 'all', 'reject']),
    );

export interface GoldFlags {
  readonly gold: string;
  readonly goldChosen?: 'random' | 'stratified' | 'candidates-only' | 'crowd';
  readonly goldWhere?: { readonly column: string; readonly value: string };
}

const where = (text: string): { readonly column: string; readonly value: string } => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected COLUMN=VALUE, e.g. project_id=G.');
  return { column: text.slice(0, at), value: text.slice(at + 1) };
};

export const goldFlags = (command: Command): Command =>
  command
    .requiredOption('--gold <file>', 'expert labels: stack, label (stalled or flowing, 1 or 0)')
    .addOption(
      new Option(
        '--gold-chosen <how>',
        'how gold stacks were picked for the experts (default: random, or what the file says)',
      ).choices(['random', 'stratified', 'candidates-only', 'crowd']),
    )
    .option('--gold-where <column=value>', 'use only the gold rows with this value', where);

export interface TargetFlags {
  readonly sensitivity: number;
  readonly specificity: number;
  readonly confidence: number;
  readonly prevalence?: number;
}

export const targetFlags = (command: Command): Command =>
  command
    .option(
      '--sensitivity <rate>',
      'share of stalls that may not be retired as flowing',
      rate,
      DEFAULT_TARGETS.sensitivity,
    )
    .option(
      '--specificity <rate>',
      'share of flowing that may not be retired as stalled',
      rate,
      DEFAULT_TARGETS.specificity,
    )
    .option('--confidence <rate>', 'of the certificate and of every interval', rate, DEFAULT_TARGETS.confidence)
    .option(
      '--prevalence <rate>',
      'share of stalled stacks where decisions are made (default: that of random gold, else 0.01)',
      rate,
    );

export interface FitFlags {
  readonly seed: number;
  readonly skills: 'gold' | 'dawid-skene';
  readonly calibrator: 'platt' | 'beta' | 'temperature' | 'isotonic';
  readonly fusion: 'recalibrated' | 'additive';
  readonly trainedOn?: 'expert' | 'crowd labels';
  readonly maxVotes: number;
  /** Absent: 3, or 1 with `--ask`. */
  readonly votesPerRound?: number;
}

export const fitFlags = (command: Command): Command =>
  command
    .option('--seed <n>', 'seed of the division of gold into fit, tune and test', whole, 1)
    .addOption(
      new Option('--skills <method>', "how annotators' skills are estimated")
        .choices(['gold', 'dawid-skene'])
        .default('gold'),
    )
    .addOption(
      new Option('--calibrator <method>', 'how scores become probabilities')
        .choices(['platt', 'beta', 'temperature', 'isotonic'])
        .default('platt'),
    )
    .addOption(
      new Option('--fusion <method>', 'how model and votes are put together; recalibrated needs gold of both classes')
        .choices(['recalibrated', 'additive'])
        .default('recalibrated'),
    )
    .addOption(
      new Option('--trained-on <labels>', 'whose labels taught the model behind the scores').choices([
        'expert',
        'crowd labels',
      ]),
    )
    .option('--max-votes <n>', 'votes on one stack before an expert is asked', whole, DEFAULT_BUDGET.maxVotes)
    .option(
      '--votes-per-round <n>',
      `votes to ask for at a time (default: ${DEFAULT_BUDGET.votesPerRound}, with --ask 1)`,
      positive,
    );

export interface AskingFlags {
  readonly ask?: true;
  readonly audit: number;
  readonly leastVotes: number;
}

export const askingFlags = (command: Command): Command =>
  command
    .option('--ask', 'also certify, end to end, a rule for asking one vote at a time; needs gold with many votes')
    .option('--audit <share>', 'with --ask: share of decisions that go to people all the same; 0 for none', share, 0.02)
    .option('--least-votes <n>', 'with --ask: no stack is decided on fewer votes; 0 needs an audit', whole, 0);

export interface LookFlags {
  readonly look?: number;
  readonly planned?: number;
}

export const lookFlags = (command: Command): Command =>
  command
    .option('--look <n>', 'which look this is, counted from 1; give it from the first if there may be more', whole)
    .option('--planned <n>', 'how many looks were planned before the first', whole);

export interface StrataFlags {
  readonly strata?: string;
  readonly by?: readonly string[];
}

const names = (text: string): readonly string[] => {
  const found = text.split(',').map((name) => name.trim());
  if (found.includes(''))
    throw new InvalidArgumentError('Expected names of columns with commas between, e.g. mouse,group.');
  return found;
};

export const strataFlags = (command: Command): Command =>
  command
    .option('--strata <file>', 'what is known of stacks: stack, and any columns (dataset, mouse, group, recording)')
    .option('--by <columns>', 'columns of --strata to divide stacks by, each by itself, e.g. mouse,group', names);

export interface OutputFlags {
  readonly out?: string;
  readonly json?: true;
}

export const outputFlags = (command: Command): Command =>
  command.option('--json', 'print one JSON document instead of text');

export const wholeNumber = whole;
export const positiveNumber = positive;
export const rateNumber = rate;
