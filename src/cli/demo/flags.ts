import { basename, relative } from 'node:path';
import type { OutputFlags } from '../flags.js';

/** The steps of a long command, told on stderr as they begin and end; what draws progress itself does so in between. */
export interface Steps {
  readonly begin: (what: string) => void;
  /** Ends the step. @returns its seconds */
  readonly end: () => number;
}

export const steps = (
  total: number,
  stderr: Pick<NodeJS.WriteStream, 'write'> = process.stderr,
  now: () => number = () => performance.now(),
): Steps => {
  let number = 0;
  let start = now();
  return {
    begin: (what) => {
      number++;
      start = now();
      stderr.write(`${number} of ${total}  ${what}\n`);
    },
    end: () => {
      const seconds = (now() - start) / 1000;
      stderr.write(`        done in ${seconds.toFixed(1)} s\n`);
      return seconds;
    },
  };
};

export interface DemoFlags extends OutputFlags {
  readonly out: string;
  readonly seed: number;
  /** `--no-films`: votes and simulated scores only. */
  readonly films: boolean;
  /** New stacks to film. */
  readonly stacks: number;
}

/** A command line as it works where the demo was started: by `npx`, or as a file of a checkout. */
export const byHand = (argv: readonly string[]): string => {
  const [, program = ''] = process.argv;
  const start = basename(program) === 'cli.js' ? `node ${quoted(relative('.', program))}` : 'npx tandem';
  return [start, ...argv.map(quoted)].join(' ');
};

const quoted = (word: string): string => (/[^\w./\\:@%+=,-]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : word);
