import { describe, expect, test } from 'vitest';
import { program } from '../../src/cli/program.js';
import { EXIT_CODES } from '../../src/cli/verb.js';
import { presets } from '../../src/model.js';
import { tandem } from './tandem.js';

const root = program([], async () => undefined);
/** `score` has a verb below it and is one itself. */
const verbs = root.commands.flatMap((verb) =>
  verb.name() === 'score' || verb.commands.length === 0 ? [verb, ...verb.commands] : [...verb.commands],
);

const HEADINGS = ['Main flags:', 'Input:', 'Gold:', 'Targets:', 'Method:', 'Output:'];

describe('--help', () => {
  test.each(verbs.map((verb) => [verb.name(), verb] as const))('%s groups its flags in one order', (_, verb) => {
    const help = verb.helpInformation();
    const found = [...help.matchAll(/^(\S.*:)$/gm)].map(([, heading]) => heading);
    const groups = found.filter((heading) => heading !== 'Arguments:' && heading !== 'Commands:');
    expect(groups).toEqual(HEADINGS.filter((heading) => groups.includes(heading)));
    // A service goes on, and writes no file.
    expect(groups.at(-1)).toBe(verb.name() === 'serve' ? 'Main flags:' : 'Output:');
  });

  test('shows the three flags that matter first', () => {
    const flags = (name: string): readonly string[] =>
      [
        ...verbs
          .filter((verb) => verb.name() === name)[0]
          .helpInformation()
          .matchAll(/^ {2}(--\S+)/gm),
      ].map(([, flag]) => flag);
    expect(flags('run').slice(0, 3)).toEqual(['--votes', '--scores', '--gold']);
    expect(flags('decide').slice(0, 3)).toEqual(['--policy', '--votes', '--scores']);
    expect(flags('score').slice(0, 3)).toEqual(['--preset', '--models', '--out']);
  });

  test('names every pipeline of the package', () => {
    const [score] = verbs.filter((verb) => verb.name() === 'score');
    const words = score.helpInformation().replaceAll(/\s+/g, ' ');
    expect(words).toContain(`${Object.keys(presets).join(', ')}, or a pipeline's JSON file`);
  });

  test.each([[], ['run'], ['gate'], ['score'], ['model'], ['model', 'merge']])(
    'tandem %s %s ends with the exit codes, in one wording',
    (...words) => {
      const { code, stdout } = tandem(...words, '--help');
      expect(code).toBe(0);
      expect(stdout.trimEnd().endsWith(EXIT_CODES)).toBe(true);
    },
  );
});

describe('an unknown verb', () => {
  test.each([
    [['decid', '--help'], "unknown command 'decid'\n(Did you mean decide?)"],
    [['decid', '-h'], "unknown command 'decid'\n(Did you mean decide?)"],
    [['help', 'decid'], "unknown command 'decid'\n(Did you mean decide?)"],
    [['model', 'merg', '--help'], "unknown command 'merg'\n(Did you mean merge?)"],
    [['foo', '--help'], "unknown command 'foo'"],
    [['foo'], "unknown command 'foo'"],
  ])('%j is an error that names close verbs', (words, message) => {
    const { code, stdout, stderr } = tandem(...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test.each([[['decide', '--help']], [['help', 'decide']], [['model', 'merge', '-h']], [['--help']]])(
    '%j is none',
    (words) => expect(tandem(...words)).toMatchObject({ code: 0, stderr: '' }),
  );
});
