import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { goldFlags, inputFlags, lookFlags, outputFlags, rateNumber, strataFlags } from './flags.js';
import type { Execute } from './program.js';
import { driftVerb } from './verbs/drift.js';
import { gateVerb } from './verbs/gate.js';
import { prevalenceVerb } from './verbs/prevalence.js';

/** The verbs that hold decisions against what experts know: may they stand, how many are stalled, do they still hold? */

const EXIT_CODES = `

Exit codes: 0 certified or done · 1 error · 2 targets not met, or an alarm · 3 insufficient evidence`;

const places = (text: string): readonly number[] => {
  const found = text.split(',').map(Number);
  if (text.trim() === '' || !found.every(Number.isFinite))
    throw new InvalidArgumentError('Expected numbers with commas between, e.g. 0.5,0.9.');
  return found;
};

const cost = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a number above 0, e.g. 2.5.');
  return value;
};

const goldIfAny = (command: Command, what: string): Command =>
  command
    .option('--gold <file>', what)
    .addOption(
      new Option(
        '--gold-chosen <how>',
        'how gold stacks were picked for the experts (default: random, or what the file says)',
      ).choices(['random', 'stratified', 'candidates-only', 'crowd']),
    );

/** What `evaluate` takes besides. */
export const evaluateFlags = (command: Command): Command =>
  strataFlags(command)
    .option('--prevalence <rate>', 'read figures where this share is stalled, too', rateNumber)
    .option('--audit <file>', 'expert labels on a random, blinded part of automatic decisions: bounds lost stalls');

/** What `plan` takes besides. */
export const planFlags = (command: Command): Command =>
  goldIfAny(inputFlags(command), 'gold there is already')
    .option('--policy <file>', 'with its gold, votes and scores: forecasts how many stacks would be decided')
    .option('--label-cost <amount>', 'cost of one expert label, in any unit; whole gold files are priced', cost);

export const certifyVerbs = (tandem: Command, argv: readonly string[], execute: Execute): void => {
  outputFlags(lookFlags(strataFlags(goldFlags(inputFlags(tandem.command('gate'))))))
    .description('may this policy replace people here? pass, fail, or how much more gold, for each dataset → gate.json')
    .requiredOption('--policy <file>', 'policy.json from `tandem fit`')
    .option('--cluster <column>', 'column of --strata whose stacks resemble each other, e.g. mouse')
    .option('--share <rate>', 'of datasets that must meet the targets', rateNumber, 0.95)
    .option('--out <dir>', 'folder for gate.json', '.')
    .addHelpText(
      'after',
      `
Examples:
  tandem gate --policy policy.json --votes votes.csv --scores model.csv --gold fresh.csv
  tandem gate --policy policy.json --votes votes.csv --scores model.csv --gold fresh.csv --strata stacks.csv --by dataset --cluster mouse${EXIT_CODES}`,
    )
    .action((flags) => execute(gateVerb(flags, argv), flags));

  outputFlags(strataFlags(goldIfAny(tandem.command('prevalence'), 'expert labels that did not tune the decisions')))
    .description('how many are stalled, corrected for errors, overall and for each mouse or group → prevalence.csv')
    .requiredOption('--decisions <file>', 'decisions.csv from `tandem decide` or `tandem run`')
    .option('--audit <file>', 'expert labels on a random, blinded part of these decisions')
    .option('--policy <file>', 'policy.json: gold that fitted it is left out and is no judge of it')
    .option('--cluster <column>', 'column of --strata that is the unit of the study, e.g. mouse')
    .option('--confidence <rate>', 'of the intervals', rateNumber, 0.95)
    .addOption(
      new Option('--claim <what>', 'each interval by itself, or all strata of a column together')
        .choices(['each', 'all'])
        .default('each'),
    )
    .option('--out <dir>', 'folder for prevalence.csv and prevalence.json', '.')
    .addHelpText(
      'after',
      `
Examples:
  tandem prevalence --decisions decisions.csv --audit audit-labels.csv
  tandem prevalence --decisions decisions.csv --audit audit-labels.csv --strata stacks.csv --by group,mouse --cluster mouse
  tandem prevalence --decisions decisions.csv --gold all-gold.csv --policy policy.json

Name all gold there is with --gold: stacks that are here because of their class would raise every figure.${EXIT_CODES}`,
    )
    .action((flags) => execute(prevalenceVerb(flags, argv), flags));

  outputFlags(lookFlags(strataFlags(goldIfAny(tandem.command('drift'), 'fresh expert labels on current stacks'))))
    .description('are scores and errors what they were? counts rare events, week by week or by dataset → drift.json')
    .requiredOption('--reference <file>', 'decisions or scores from when the policy was certified')
    .requiredOption('--current <file>', 'decisions or scores of now')
    .option('--column <name>', 'column to compare (default: logOdds, else score or its like)')
    .option('--policy <file>', 'policy.json: its targets, and its thresholds as places to watch')
    .option('--at <values>', 'places whose tails are compared, e.g. -6,2 (default: thresholds of --policy)', places)
    .option('--false-alarm <rate>', 'probability of any false alarm, over all looks', rateNumber, 0.01)
    .option('--out <dir>', 'folder for drift.json', '.')
    .addHelpText(
      'after',
      `
Examples:
  tandem drift --reference then/decisions.csv --current now/decisions.csv --policy policy.json
  tandem drift --reference then/decisions.csv --current now/decisions.csv --policy policy.json --gold fresh.csv --strata stacks.csv --by week${EXIT_CODES}`,
    )
    .action((flags) => execute(driftVerb(flags, argv), flags));
};
