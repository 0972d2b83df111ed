import type { Command } from 'commander';
import { COMPARE, fitFlags, goneFlags, proofFlags, ruleFlags } from '../fitFlags.js';
import {
  GROUPS,
  goldFlags,
  helpText,
  inputFlags,
  mainFlags,
  openShare,
  outputFlags,
  policyFlag,
  positive,
  strataFlags,
  targetFlags,
  withFlags,
} from '../flags.js';
import type { Execute } from '../verb.js';

const FIT_NOTES = `Fit again when gold has grown, as often as you like: ledger.json counts the fits on the same gold, and all of them together err with
probability 1 - confidence at most. The same files and flags again are no new fit.
The certificate holds for votes in the order in which they came: their times tell it, or --order rows. Without an order it is about one
look at finished votes, and votes added later are not covered.`;

/** The verbs from votes and scores to decisions: run, fit, decide, ask, evaluate, explain. */
export const decisionCommands = (tandem: Command, argv: readonly string[], execute: Execute): void => {
  tandem.commandsGroup('From votes and scores to decisions:');

  withFlags(
    tandem.command('run'),
    ...[inputFlags, goldFlags, targetFlags, fitFlags, ruleFlags, proofFlags, goneFlags],
    outputFlags({
      flags: '--out <dir>',
      what: 'folder for policy, decisions, lists, evaluation and report',
      preset: 'tandem-out',
    }),
    mainFlags('votes', 'scores', 'gold'),
  )
    .description('fit, decide and evaluate: votes, scores and gold → policy, decisions and evaluation')
    .optionsGroup(GROUPS.output)
    .option('--budget <votes>', 'votes that can be asked for next; next.csv says on which stacks', positive)
    .addHelpText(
      'after',
      helpText({
        notes: FIT_NOTES,
        examples: [
          'tandem run --votes votes.csv --gold truth.csv',
          'tandem run --votes votes.csv --scores model.csv --gold truth.csv --prevalence 0.01 --out results',
          'tandem run --votes votes.csv --scores model.csv --gold truth.csv --compare "3 agreeing, at most 7"',
          'tandem run --votes votes.csv --scores model.csv --gold truth.csv --strata stacks.csv --cluster mouse',
          'tandem run --scores metadata.csv.gz --score-column crowd_score --gold metadata.csv.gz --gold-where project_id=G --gold-chosen candidates-only',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { runVerb } = await import('../verbs/run.js');
        return runVerb(flags, argv);
      }),
    );

  withFlags(
    tandem.command('fit'),
    ...[inputFlags, goldFlags, targetFlags, fitFlags, ruleFlags, proofFlags, goneFlags],
    outputFlags({ flags: '--out <dir>', what: 'folder for policy.json', preset: '.' }),
    mainFlags('votes', 'scores', 'gold'),
  )
    .description('votes, scores and gold → policy.json')
    .addHelpText(
      'after',
      helpText({
        notes: FIT_NOTES,
        examples: [
          'tandem fit --votes votes.csv --scores model.csv --gold truth.csv --out policies',
          'tandem fit --votes votes.csv --scores model.csv --gold truth.csv --expert-cost 50 --max-votes 12',
          'tandem fit --votes votes.csv --order rows --gold gold-so-far.csv --ledger laboratory-ledger.json',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { fitVerb } = await import('../verbs/fit.js');
        return fitVerb(flags, argv);
      }),
    );

  withFlags(
    tandem.command('decide'),
    ...[policyFlag, inputFlags],
    outputFlags({ flags: '--out <dir>', what: 'folder for decisions.csv, review.csv and audit.csv', preset: '.' }),
    mainFlags('policy', 'votes', 'scores'),
  )
    .description('policy, votes and scores → decisions.csv')
    .addHelpText(
      'after',
      helpText({
        notes:
          'review.csv lists what is left to people, the most probable stalls first. It is not blind, so its labels are no gold.',
        examples: ['tandem decide --policy policy.json --votes tonight.csv --scores model.csv'],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { decideVerb } = await import('../verbs/decide.js');
        return decideVerb(flags);
      }),
    );

  withFlags(
    tandem.command('ask'),
    ...[policyFlag, inputFlags],
    outputFlags({
      flags: '--out <file>',
      what: 'the list of stacks for people; it shows neither scores nor decisions',
      preset: 'next.csv',
    }),
    mainFlags('policy', 'votes', 'scores'),
  )
    .description('policy, votes and scores → next.csv: on which stacks to ask for votes next, and how many')
    .optionsGroup(GROUPS.method)
    .option(
      '--budget <votes>',
      'votes that can be asked for now; they go to the stacks where they change most',
      positive,
    )
    .option('--votes-per-round <n>', 'votes to ask for at a time (default: as in the policy)', positive)
    .addHelpText(
      'after',
      helpText({
        notes:
          'Append the answers to votes.csv and ask again, until next.csv is empty; then run `tandem decide`. Rounds of any size have the same\ncertificate. The order of votes must be known: by their times, or by --order rows.',
        examples: [
          'tandem ask --policy policy.json --votes votes.csv --scores model.csv',
          'tandem ask --policy policy.json --votes votes.csv --scores model.csv --budget 500 --out tonight.csv',
        ],
      }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { askVerb } = await import('../verbs/ask.js');
        return askVerb(flags);
      }),
    );

  withFlags(
    tandem.command('evaluate'),
    ...[policyFlag, inputFlags, strataFlags, goldFlags],
    outputFlags({ flags: '--out <dir>', what: 'folder for evaluation.json and report.html', preset: '.' }),
    mainFlags('policy', 'votes', 'gold'),
  )
    .description('a policy judged on gold that did not fit it → evaluation.json and report.html')
    .optionsGroup(GROUPS.output)
    .option(...COMPARE)
    .optionsGroup(GROUPS.gold)
    .option(
      '--audit <file>',
      'expert labels on a random, blinded part of the decisions: bounds the share of lost stalls',
    )
    .optionsGroup(GROUPS.targets)
    .option('--prevalence <rate>', 'also report figures for a population with this share of stalled stacks', openShare)
    .addHelpText(
      'after',
      helpText({ examples: ['tandem evaluate --policy policy.json --votes votes.csv --gold fresh.csv'] }),
    )
    .action((flags) =>
      execute(flags, async () => {
        const { evaluateVerb } = await import('../verbs/evaluate.js');
        return evaluateVerb(flags, argv);
      }),
    );

  withFlags(
    tandem.command('explain').argument('<stack>', 'stack id, as in decisions.csv'),
    ...[policyFlag, inputFlags],
    outputFlags(),
    mainFlags('policy', 'votes', 'scores'),
  )
    .description('why one stack was decided as it was')
    .addHelpText(
      'after',
      helpText({
        examples: ['tandem explain 274095.mp4 --policy policy.json --votes votes.csv --scores model.csv'],
      }),
    )
    .action((stackId, flags) =>
      execute(flags, async () => {
        const { explainVerb } = await import('../verbs/explain.js');
        return explainVerb(stackId, flags);
      }),
    );
};
