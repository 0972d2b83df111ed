import { basename, relative } from 'node:path';
import type { OutputFlags } from '../options.js';

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
