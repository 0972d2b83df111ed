import { Command, Help, type Option } from 'commander';
import { VERSION } from '../version.js';
import { decisionCommands } from './commands/decisions.js';
import { laboratoryCommands } from './commands/laboratory.js';
import { pixelCommands } from './commands/pixels.js';
import { questionCommands } from './commands/questions.js';
import { serviceCommands } from './commands/service.js';
import { GROUPS } from './flags.js';
import { EXIT_CODES, type Execute } from './verb.js';

/** The description of a flag, and whether the verb needs it. */
const describe = (option: Option): string =>
  `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`;

const HEADINGS: readonly string[] = Object.values(GROUPS);

/** Groups of flags in the order of `GROUPS`, whatever the order in which they were declared. */
const inOrder = <Item extends Command | Option>(
  items: Item[],
  visible: Item[],
  groupOf: (item: Item) => string,
): Map<string, Item[]> => {
  const groups = new Help().groupItems(items, visible, groupOf);
  return new Map([...groups].sort(([a], [b]) => HEADINGS.indexOf(a) - HEADINGS.indexOf(b)));
};

/**
 * The command line: every verb with its flags. The code of a verb is loaded when the verb is called.
 *
 * @param argv - arguments after the program name, recorded word for word in the provenance of what is written
 */
export const program = (argv: readonly string[], execute: Execute): Command => {
  const tandem = new Command('tandem')
    .description('People and models in tandem: stalled, flowing, or ask again? With certified error rates.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the flags and examples)')
    .configureHelp({ optionDescription: describe, groupItems: inOrder })
    .addHelpText('after', `\n${EXIT_CODES}`);
  decisionCommands(tandem, argv, execute);
  laboratoryCommands(tandem, argv, execute);
  questionCommands(tandem, argv, execute);
  pixelCommands(tandem, argv, execute);
  serviceCommands(tandem, execute);
  refuseRepeats(tandem);
  return tandem;
};

/** A flag that takes one value and is given twice is an error: one of the values would be dropped without a word. */
const refuseRepeats = (command: Command): void => {
  for (const option of command.options) {
    if (option.variadic || option.isBoolean()) continue;
    const given: string[] = [];
    command.on(`option:${option.name()}`, (value: string) => {
      given.push(value);
      if (given.length > 1)
        command.error(
          `error: option '${option.flags}' is given twice, with ${given.join(' and with ')}. Give it once.`,
        );
    });
  }
  for (const verb of command.commands) refuseRepeats(verb);
};

const HELP: readonly string[] = ['--help', '-h'];

/** Whether the first words name no verb, e.g. `decid` or `model foo`. */
const isUnknown = ({ commands }: Command, [word, ...rest]: readonly string[]): boolean => {
  if (word === undefined || word.startsWith('-') || commands.length === 0) return false;
  const verb = commands.find((command) => command.name() === word);
  return verb === undefined || isUnknown(verb, rest);
};

/** Runs the command line. An unknown verb is an error that names close ones, also with `--help`, which commander would obey. */
export const runProgram = async (argv: readonly string[], execute: Execute): Promise<void> => {
  const tandem = program(argv, execute);
  const words = argv[0] === 'help' ? argv.slice(1) : argv;
  await tandem.parseAsync(isUnknown(tandem, words) ? words.filter((word) => !HELP.includes(word)) : argv, {
    from: 'user',
  });
};
