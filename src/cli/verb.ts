import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure, InvalidInput, Issue } from '../domain/errors.js';
import type { Provenance, Verdict } from '../policy/index.js';
import { PACKAGE, VERSION } from '../version.js';

/** Who made a document, from what, with which words. */
export const provenance = (of: {
  readonly argv: readonly string[];
  readonly seed: number;
  readonly inputs: Provenance['inputs'];
}): Provenance => ({
  package: PACKAGE,
  version: VERSION,
  command: ['tandem', ...of.argv].join(' '),
  seed: of.seed,
  inputs: of.inputs,
});

/** One thing wrong with a file, or with what a flag says, as a failure like any other. */
export const invalid = (source: string, issue: Issue): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  total: 1,
  issues: [issue],
});

/** What is wrong with the flags taken together. */
export const badFlags = (issue: Issue): InvalidInput => invalid('command line', issue);

/** Exit codes: what a script can act on without reading the output. 2 is work that is done and not all good. */
export const EXIT = {
  certified: 0,
  error: 1,
  targetsNotMet: 2,
  someFailed: 2,
  insufficientEvidence: 3,
  interrupted: 130,
} as const;

export const exitCodeOf = (verdict: Verdict): number => {
  switch (verdict) {
    case 'certified':
      return EXIT.certified;
    case 'targets not met':
      return EXIT.targetsNotMet;
    case 'insufficient evidence':
      return EXIT.insufficientEvidence;
  }
};

/** What a verb has to say when it is done. */
export interface Done {
  /** For people. */
  readonly text: string;
  /** The same for programs (`--json`). */
  readonly json: unknown;
  readonly exitCode: number;
}

/** A verb: it may fail on data or files, and otherwise ends with something to say. */
export type Verb = TE.TaskEither<DataFailure, Done>;
