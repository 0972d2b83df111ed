import { Command, Help, type Option } from 'commander';
import { VERSION } from '../version.js';
import { certifyVerbs, evaluateFlags, planFlags } from './certifyVerbs.js';
import { demoVerb } from './demo/demo.js';
import {
  askingFlags,
  fitFlags,
  goldFlags,
  inputFlags,
  lookFlags,
  outputFlags,
  positiveNumber,
  rateNumber,
  targetFlags,
  wholeNumber,
} from './flags.js';
import type { Verb } from './verb.js';
import { askVerb } from './verbs/ask.js';
import { decideVerb } from './verbs/decide.js';
import { evaluateVerb } from './verbs/evaluate.js';
import { explainVerb } from './verbs/explain.js';
import { fitVerb } from './verbs/fit.js';
import { modelVerbs } from './verbs/model.js';
import { planVerb } from './verbs/plan.js';
import { runVerb } from './verbs/run.js';
import { scoreFlags, scoreVerb } from './verbs/score.js';

/** Runs a verb's action and says how it ended. */
export type Execute = (verb: Verb, flags: { readonly json?: true }) => Promise<void>;

/** What a flag is for, and whether one can do without it. */
const describe = (option: Option): string =>
  `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`;

const EXIT_CODES = `

Exit codes: 0 certified or done · 1 error · 2 targets not met · 3 insufficient evidence`;

/**
 * The command line. Flags have one meaning in all verbs.
 *
 * @param argv - arguments after the program name, kept word for word in the provenance of what is written
 */
export const program = (argv: readonly string[], execute: Execute): Command => {
  const tandem = new Command('tandem')
    .description('People and models in tandem: stalled, flowing, or ask again? With certified error rates.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the flags and examples)')
    .configureHelp({ optionDescription: describe })
    .addHelpText('after', EXIT_CODES.slice(1));

  outputFlags(lookFlags(targetFlags(askingFlags(fitFlags(goldFlags(inputFlags(tandem.command('run'))))))))
    .description('fit, decide and evaluate: votes, scores and gold in; policy, decisions and evaluation out')
    .option('--out <dir>', 'folder for policy.json, decisions.csv and evaluation.json', 'tandem-out')
    .option('--budget <votes>', 'votes to be had next; with it or --ask, next.csv says where', positiveNumber)
    .addHelpText(
      'after',
      `
Examples:
  tandem run --votes votes.csv --gold truth.csv
  tandem run --votes votes.csv --scores model.csv --gold truth.csv --prevalence 0.01 --out results
  tandem run --votes votes.csv --scores model.csv --gold truth.csv --ask --audit 0.02 --budget 500
  tandem run --votes votes.csv --scores model.csv --gold gold-so-far.csv --look 2 --out results
  tandem run --scores metadata.csv.gz --score-column crowd_score --gold metadata.csv.gz --gold-where project_id=G --gold-chosen candidates-only${EXIT_CODES}`,
    )
    .action((flags) => execute(runVerb(flags, argv), flags));

  outputFlags(lookFlags(targetFlags(askingFlags(fitFlags(goldFlags(inputFlags(tandem.command('fit'))))))))
    .description('votes, scores and gold → policy.json')
    .option('--out <dir>', 'folder for policy.json', '.')
    .addHelpText(
      'after',
      `\nExamples:\n  tandem fit --votes votes.csv --scores model.csv --gold truth.csv --out policies\n  tandem fit --votes votes.csv --scores model.csv --gold truth.csv --ask --max-votes 20\n  tandem fit --votes votes.csv --scores model.csv --gold gold-so-far.csv --look 2 --planned 4\nGold that grew is looked at again: count the looks from the first, and all of them together keep the confidence.${EXIT_CODES}`,
    )
    .action((flags) => execute(fitVerb(flags, argv), flags));

  outputFlags(inputFlags(tandem.command('decide')))
    .description('policy, votes and scores → decisions.csv')
    .requiredOption('--policy <file>', 'policy.json from `tandem fit`')
    .option('--out <dir>', 'folder for decisions.csv', '.')
    .addHelpText(
      'after',
      `\nExample:\n  tandem decide --policy policy.json --votes tonight.csv --scores model.csv${EXIT_CODES}`,
    )
    .action((flags) => execute(decideVerb(flags), flags));

  outputFlags(inputFlags(tandem.command('ask')))
    .description('whom to ask next: policy, votes and scores → next.csv, stacks and how many votes')
    .requiredOption('--policy <file>', 'policy.json from `tandem fit`, best with --ask')
    .option('--budget <votes>', 'votes to be had now; they go where they are worth most', positiveNumber)
    .option('--votes-per-round <n>', 'votes to ask for at a time, where the policy is not to decide', positiveNumber)
    .option('--out <file>', 'the list for people: it tells them nothing else', 'next.csv')
    .addHelpText(
      'after',
      `
Examples:
  tandem ask --policy policy.json --votes votes.csv --scores model.csv
  tandem ask --policy policy.json --votes votes.csv --scores model.csv --budget 500 --out tonight.csv
Append the answers to votes.csv and ask again, until there is nobody left to ask; then \`tandem decide\`.${EXIT_CODES}`,
    )
    .action((flags) => execute(askVerb(flags), flags));

  outputFlags(evaluateFlags(goldFlags(inputFlags(tandem.command('evaluate')))))
    .description('a policy held against gold it never saw → evaluation.json')
    .requiredOption('--policy <file>', 'policy.json from `tandem fit`')
    .option('--out <dir>', 'folder for evaluation.json', '.')
    .addHelpText(
      'after',
      `\nExample:\n  tandem evaluate --policy policy.json --votes votes.csv --gold fresh.csv${EXIT_CODES}`,
    )
    .action((flags) => execute(evaluateVerb(flags, argv), flags));

  outputFlags(inputFlags(tandem.command('explain')))
    .description('why one stack was decided as it was')
    .argument('<stack>', 'stack id, as in decisions.csv')
    .requiredOption('--policy <file>', 'policy.json from `tandem fit`')
    .addHelpText(
      'after',
      '\nExample:\n  tandem explain 274095.mp4 --policy policy.json --votes votes.csv --scores model.csv',
    )
    .action((stackId, flags) => execute(explainVerb(stackId, flags), flags));

  outputFlags(targetFlags(planFlags(tandem.command('plan'))))
    .description('how much more gold certification needs')
    .option('--seed <n>', 'seed of the division of gold, as in `fit`', wholeNumber, 1)
    .option(
      '--missed <rate>',
      'believed share of stalls retired as flowing (default: a third of what is allowed)',
      rateNumber,
    )
    .option(
      '--false-alarms <rate>',
      'believed share of flowing retired as stalled (default: a third of what is allowed)',
      rateNumber,
    )
    .option('--power <rate>', 'wanted probability that both classes pass', rateNumber, 0.8)
    .addHelpText(
      'after',
      `\nExamples:\n  tandem plan\n  tandem plan --gold truth.csv --sensitivity 0.95 --missed 0.002 --power 0.9${EXIT_CODES}`,
    )
    .action((flags) => execute(planVerb(flags), flags));

  outputFlags(scoreFlags(tandem.command('score'))).action((stacks, flags) =>
    execute(scoreVerb(stacks, flags, argv), flags),
  );

  modelVerbs(tandem, execute);

  certifyVerbs(tandem, argv, execute);

  outputFlags(tandem.command('demo'))
    .description('simulate a small laboratory, film its stacks, and run the main job from mp4 files to the report')
    .option('--out <dir>', 'folder for films, inputs and results', 'tandem-demo')
    .option('--seed <n>', 'seed of the simulation and of the division of gold', wholeNumber, 1)
    .option('--stacks <n>', 'new stacks to film; a second of work each', positiveNumber, 40)
    .option('--no-films', 'no pixels: votes and scores of 20,000 simulated stacks instead')
    .addHelpText('after', `\nExamples:\n  tandem demo --seed 7\n  tandem demo --no-films --out votes-only${EXIT_CODES}`)
    .action((flags) => execute(demoVerb(flags), flags));

  return tandem;
};
