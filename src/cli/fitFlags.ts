import { type Command, InvalidArgumentError, Option } from 'commander';
import { GROUPS, goneLookFlags, meantShare, positive, share, whole } from './flags.js';

/** The flags of `fit` and `run`: method, rule and proof. */

export interface FitFlags {
  readonly seed: number;
  /** Stating it, or `fusion`, lets the sum of evidence decide and not the joint model. */
  readonly skills?: 'gold' | 'dawid-skene';
  readonly calibrator?: 'platt' | 'beta' | 'temperature' | 'isotonic';
  readonly fusion?: 'recalibrated' | 'additive';
  readonly trainedOn?: 'expert' | 'crowd labels';
}

export const fitFlags = (command: Command): Command =>
  command
    .optionsGroup(GROUPS.method)
    .option('--seed <n>', 'seed of the audit; gold is divided by its ids alone', whole, 1)
    .addOption(
      new Option(
        '--skills <method>',
        "how annotators' skills are estimated, where evidence is summed (default: a joint model of votes and score)",
      ).choices(['gold', 'dawid-skene']),
    )
    .addOption(
      new Option('--calibrator <method>', 'how scores become probabilities (default: platt)').choices([
        'platt',
        'beta',
        'temperature',
        'isotonic',
      ]),
    )
    .addOption(
      new Option(
        '--fusion <method>',
        'how scores and votes are summed (default: a joint model); recalibrated needs gold of both classes',
      ).choices(['recalibrated', 'additive']),
    )
    .addOption(
      new Option('--trained-on <labels>', 'labels that the model behind the scores was trained on').choices([
        'expert',
        'crowd labels',
      ]),
    );

/** What the stop rule may do and what it costs. All but the audit have the defaults of `Policy.fit`. */
export interface RuleFlags {
  readonly expertCost?: number;
  readonly stalledPosterior?: number;
  readonly leastVotes?: number;
  readonly maxVotes?: number;
  readonly votesPerRound?: number;
  readonly audit?: number;
}

export const ruleFlags = (command: Command): Command =>
  command
    .optionsGroup(GROUPS.method)
    .option('--expert-cost <votes>', "price of an expert's look, in votes (default: 20)", price)
    .option(
      '--stalled-posterior <p>',
      'no stack is called stalled below this probability; 0 gives the widest list of candidates (default: 0.5)',
      share,
    )
    .option(
      '--least-votes <n>',
      'no stack is decided on fewer votes (default: 0, and 2 where a stack has no score)',
      whole,
    )
    .option('--max-votes <n>', 'votes on one stack at most, then an expert is asked (default: 7)', positive)
    .option(
      '--votes-per-round <n>',
      'votes to ask for at a time; any number has the same certificate (default: 1)',
      positive,
    )
    .option('--audit <share>', 'share of automatic decisions that people check; 0 for none (default: 0.02)', share);

/** The name and help of `--compare`. */
export const COMPARE = [
  '--compare <rule>',
  'a stopping rule of your own to compare with: "mean of 7" or "3 agreeing, at most 7"',
] as const;

/** How gold proves the rule. */
export interface ProofFlags {
  readonly cluster?: string;
  readonly strata?: string;
  readonly testShare?: number;
  readonly ledger?: string;
  readonly spend?: number;
  readonly trustGold?: true;
  readonly compare?: string;
}

export const proofFlags = (command: Command): Command =>
  command
    .optionsGroup(GROUPS.gold)
    .option('--strata <file>', 'table of stacks: stack, and any columns, such as mouse or session')
    .option(
      '--cluster <column>',
      'column of --strata whose stacks resemble each other, e.g. mouse: the proof is by cluster',
    )
    .option(
      '--test-share <share>',
      'share of gold held back for a test (default: 0; figures come from cross-fitting)',
      share,
    )
    .option(
      '--ledger <file>',
      'what earlier fits on this gold have spent (default: ledger.json or policy.json in --out)',
    )
    .option(
      '--spend <share>',
      'share of the remaining error that this fit may spend; 1 leaves nothing for another (default: 0.9)',
      closedShare,
    )
    .option('--trust-gold', 'certify although votes and scores contradict gold')
    .optionsGroup(GROUPS.output)
    .option(...COMPARE);

const price = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError('Expected a number above 0, e.g. 20.');
  return value;
};

const closedShare = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value <= 1))
    throw new InvalidArgumentError(`Expected a share above 0, at most 1${meantShare(text)}.`);
  return value;
};

/** Refuses flags of the first version with what to do instead. */
export const goneFlags = (command: Command): Command => {
  command.addOption(new Option('--ask').hideHelp());
  command.on('option:ask', () =>
    command.error(
      'error: --ask is gone: every policy has a rule for asking, certified from the first vote to the last. Leave the flag out.',
    ),
  );
  return goneLookFlags(
    'fits on the same gold are counted in ledger.json, and --spend says how much this one may spend',
  )(command);
};
