import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  GROUPS,
  helpText,
  mainFlags,
  openShare,
  optionalGoldFlags,
  outputFlags,
  voteFlags,
  withFlags,
} from '../flags.js';
import type { Execute } from '../verb.js';

const pair = (text: string): readonly [string, string] => {
  const [first, second, ...more] = text.split(',').map((name) => name.trim());
  if (!first || !second || more.length > 0)
    throw new InvalidArgumentError('Expected two groups with a comma between, e.g. treated,control.');
  return [first, second];
};

/** The verbs that answer one question about people or groups: annotators, contrast. */
export const questionCommands = (tandem: Command, argv: readonly string[], execute: Execute): void => {
  withFlags(
    tandem.command('annotators'),
    voteFlags,
    optionalGoldFlags('expert labels: annotators are measured on them, and not against each other'),
    outputFlags({ flags: '--out <dir>', what: 'folder for annotators.csv and annotators.json', preset: '.' }),
    mainFlags('votes', 'gold'),
  )
    .description('how good each annotator is, what a vote is worth, and whom to check → annotators.csv')
    .optionsGroup(GROUPS.method)
    .option('--all-votes', 'estimate skills from all votes, with gold where there is any')
    .optionsGroup(GROUPS.targets)
    .option('--prevalence <rate>', 'share of stalled stacks at which a vote is worth something', openShare)
    .option('--confidence <rate>', 'of the intervals', openShare, 0.95)
    .option('--false-alarm <rate>', 'probability that an honest annotator gets a flag, for each flag', openShare, 0.001)
    .addHelpText(
      'after',
      helpText({
        notes: 'A flag names a pattern to check, not a person to exclude.',
        examples: [
          'tandem annotators --votes votes.csv --gold truth.csv',
          'tandem annotators --votes votes.csv --order rows --out people',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { annotatorsVerb } = await import('../verbs/questions/annotators.js');
        return annotatorsVerb(flags, argv);
      }),
    );

  withFlags(
    tandem
      .command('contrast')
      .optionsGroup(GROUPS.input)
      .requiredOption('--decisions <file>', 'decisions.csv from `tandem decide` or `tandem run`')
      .requiredOption('--strata <file>', 'table of stacks: stack, group, and the unit of the study')
      .requiredOption('--by <column>', 'column of --strata with the groups, e.g. genotype')
      .requiredOption('--cluster <column>', 'column of --strata that is the unit of the study, e.g. mouse')
      .option('--versus <groups>', 'two groups to compare, e.g. treated,control (default: every pair)', pair),
    optionalGoldFlags('gold that was chosen by its class: it is left out'),
    outputFlags({ flags: '--out <dir>', what: 'folder for contrast.csv and contrast.json', preset: '.' }),
  )
    .description('do these mice have more stalls than those? difference and ratio between groups → contrast.csv')
    .optionsGroup(GROUPS.gold)
    .requiredOption('--audit <file>', 'expert labels on a random, blinded part of these decisions')
    .optionsGroup(GROUPS.targets)
    .option('--confidence <rate>', 'of the intervals', openShare, 0.95)
    .addOption(
      new Option('--claim <what>', 'whether the confidence holds for each pair of groups, or for all pairs at once')
        .choices(['each', 'all'])
        .default('each'),
    )
    .addHelpText(
      'after',
      helpText({
        notes:
          'The audit measures what the decisions got wrong in each group: draw it at one share from all mice of a group.',
        examples: [
          'tandem contrast --decisions decisions.csv --audit audit-labels.csv --strata stacks.csv --by genotype --cluster mouse',
          'tandem contrast --decisions decisions.csv --audit audit-labels.csv --strata stacks.csv --by genotype --cluster mouse --versus treated,control',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { contrastVerb } = await import('../verbs/questions/contrast.js');
        return contrastVerb(flags, argv);
      }),
    );
};
