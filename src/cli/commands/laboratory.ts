import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  formatFlag,
  GROUPS,
  goldFlags,
  goneLookFlags,
  helpText,
  inputFlags,
  mainFlags,
  openShare,
  optionalGoldFlags,
  outputFlags,
  policyFlag,
  strataFlags,
  targetFlags,
  whole,
  withFlags,
  wordingFlags,
} from '../flags.js';
import type { Execute } from '../verb.js';

const places = (text: string): readonly number[] => {
  const values = text.split(',').map(Number);
  if (text.trim() === '' || !values.every(Number.isFinite))
    throw new InvalidArgumentError('Expected numbers with commas between, e.g. 0.5,0.9.');
  return values;
};

const cost = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a number above 0, e.g. 2.5.');
  return value;
};

/** The verbs that look at files and hold decisions against what experts know: inspect, gate, prevalence, drift, plan. */
export const laboratoryCommands = (tandem: Command, argv: readonly string[], execute: Execute): void => {
  tandem.commandsGroup('For a laboratory:');

  withFlags(
    tandem
      .command('inspect')
      .argument('<file...>', "files, also as a pattern such as 'votes/*.csv'; - for standard input")
      .optionsGroup(GROUPS.input)
      .addOption(formatFlag())
      .option('--sheet <name>', 'sheet of a workbook (default: the first)')
      .option('--annotator-column <name>', 'column that says who voted')
      .option('--label-column <name>', 'column with the answer, or the question of an export')
      .option('--score-column <name>', 'column with the score')
      .option('--time-column <name>', 'column that says when a vote was cast')
      .option('--rows <n>', 'rows to show', whole, 5),
    wordingFlags,
    outputFlags(),
  )
    .description('what would be read of a file: its kind, columns, labels and first rows, and what looks wrong')
    .addHelpText(
      'after',
      helpText({
        notes: 'Nothing is computed or written.',
        examples: ['tandem inspect classifications.csv', "tandem inspect 'votes/*.csv' --label-column verdict"],
      }),
    )
    .action((files, flags) =>
      execute(flags, async () => {
        const { inspectVerb } = await import('../verbs/questions/inspect.js');
        return inspectVerb(files, flags);
      }),
    );

  withFlags(
    tandem.command('gate'),
    ...[
      policyFlag,
      inputFlags,
      strataFlags,
      goldFlags,
      goneLookFlags('bets in gate.json count every look by themselves'),
    ],
    outputFlags({ flags: '--out <dir>', what: 'folder for gate.json', preset: '.' }),
    mainFlags('policy', 'votes', 'gold'),
  )
    .description('may this policy replace people here? pass, fail, or how much more gold, for each dataset → gate.json')
    .optionsGroup(GROUPS.input)
    .option('--cluster <column>', 'column of --strata whose stacks resemble each other, e.g. mouse')
    .optionsGroup(GROUPS.targets)
    .option('--share <rate>', 'share of datasets that must meet the targets', openShare, 0.95)
    .option(
      '--spend <share>',
      'share of the error that the first look of each dataset may spend; little, where gold comes in small portions',
      openShare,
      0.8,
    )
    .optionsGroup(GROUPS.output)
    .option('--bets <file>', 'keeps what gates have seen so far (default: in gate.json); give the same one each time')
    .addHelpText(
      'after',
      helpText({
        examples: [
          'tandem gate --policy policy.json --votes votes.csv --scores model.csv --gold fresh.csv',
          'tandem gate --policy policy.json --votes votes.csv --scores model.csv --gold fresh.csv --strata stacks.csv --by dataset --cluster mouse',
        ],
        notes:
          'Gate as often as gold arrives: append it to the end of the file, and write to the same --out (or --bets). What was shown stays shown until gold shows the opposite.',
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { gateVerb } = await import('../verbs/gate.js');
        return gateVerb(flags, argv);
      }),
    );

  withFlags(
    tandem
      .command('prevalence')
      .optionsGroup(GROUPS.input)
      .requiredOption('--decisions <file>', 'decisions.csv from `tandem decide` or `tandem run`'),
    strataFlags,
    optionalGoldFlags('expert labels that did not tune the decisions'),
    outputFlags({ flags: '--out <dir>', what: 'folder for prevalence.csv and prevalence.json', preset: '.' }),
  )
    .description('how many are stalled, corrected for errors, overall and for each mouse or group → prevalence.csv')
    .optionsGroup(GROUPS.gold)
    .option('--audit <file>', 'expert labels on a random, blinded part of these decisions')
    .optionsGroup(GROUPS.input)
    .option('--policy <file>', 'policy.json: gold that fitted it is left out, because it cannot judge it')
    .option('--cluster <column>', 'column of --strata that is the unit of the study, e.g. mouse')
    .optionsGroup(GROUPS.targets)
    .option('--confidence <rate>', 'of the intervals', openShare, 0.95)
    .addOption(
      new Option(
        '--claim <what>',
        'whether the confidence holds for each interval, or for all strata of a column at once',
      )
        .choices(['each', 'all'])
        .default('each'),
    )
    .addHelpText(
      'after',
      helpText({
        notes:
          'Name all gold there is with --gold: stacks that were chosen because of their class would raise every figure.',
        examples: [
          'tandem prevalence --decisions decisions.csv --audit audit-labels.csv',
          'tandem prevalence --decisions decisions.csv --audit audit-labels.csv --strata stacks.csv --by group,mouse --cluster mouse',
          'tandem prevalence --decisions decisions.csv --gold all-gold.csv --policy policy.json',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { prevalenceVerb } = await import('../verbs/prevalence.js');
        return prevalenceVerb(flags, argv);
      }),
    );

  withFlags(
    tandem
      .command('drift')
      .optionsGroup(GROUPS.input)
      .requiredOption('--reference <file>', 'decisions or scores from when the policy was certified')
      .requiredOption('--current <file>', 'decisions or scores of now')
      .option('--column <name>', 'column to compare (default: logOdds, else score or its like)'),
    strataFlags,
    optionalGoldFlags('fresh expert labels on current stacks'),
    goneLookFlags('drift.json in the output folder counts every look by itself'),
    outputFlags({ flags: '--out <dir>', what: 'folder for drift.json', preset: '.' }),
  )
    .description('are scores and errors what they were? counts rare events, week by week or by dataset → drift.json')
    .optionsGroup(GROUPS.input)
    .option(
      '--policy <file>',
      'policy.json: gives the targets, and the places where its rule decides as values to watch',
    )
    .option('--cluster <column>', 'column of --strata whose stacks resemble each other, e.g. mouse: each is one unit')
    .optionsGroup(GROUPS.targets)
    .option(
      '--at <values>',
      'values beyond which stacks are counted, e.g. -6,2 (default: thresholds of --policy)',
      places,
    )
    .option('--false-alarm <rate>', 'probability of any false alarm, over all looks', openShare, 0.01)
    .addHelpText(
      'after',
      helpText({
        examples: [
          'tandem drift --reference then/decisions.csv --current now/decisions.csv --policy policy.json',
          'tandem drift --reference then/decisions.csv --current now/decisions.csv --policy policy.json --gold fresh.csv --strata stacks.csv --by week',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { driftVerb } = await import('../verbs/drift.js');
        return driftVerb(flags, argv);
      }),
    );

  withFlags(
    tandem.command('plan'),
    ...[inputFlags, optionalGoldFlags('gold there is already'), targetFlags],
    outputFlags({ flags: '--out <dir>', what: 'folder for frontier.csv', preset: '.' }),
  )
    .description('how much more gold certification needs, and what it costs')
    .optionsGroup(GROUPS.input)
    .option('--policy <file>', 'policy.json: its prevalence, and the error that fits so far have spent')
    .optionsGroup(GROUPS.method)
    .option(
      '--missed <rate>',
      'expected share of stalls retired as flowing (default: a third of what is allowed)',
      openShare,
    )
    .option(
      '--false-alarms <rate>',
      'expected share of flowing stacks retired as stalled (default: a third of what is allowed)',
      openShare,
    )
    .option('--power <rate>', 'wanted probability that both classes pass (default: 0.81, as `fit` plans)', openShare)
    .option(
      '--frontier',
      'with --votes, --scores and --gold: what each sensitivity costs in votes and experts → frontier.csv',
    )
    .option('--label-cost <amount>', 'cost of one expert label, in any unit; whole gold files are priced', cost)
    .addHelpText(
      'after',
      helpText({
        examples: [
          'tandem plan',
          'tandem plan --gold truth.csv --sensitivity 0.95 --missed 0.002 --power 0.9',
          'tandem plan --frontier --votes votes.csv --scores model.csv --gold truth.csv',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { planVerb } = await import('../verbs/plan.js');
        return planVerb(flags);
      }),
    );
};
