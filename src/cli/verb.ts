import type * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput, Issue } from '../domain/errors.js';
import type { DataNote } from '../output/dataNotes.js';
import type { Provenance, Verdict } from '../policy/index.js';
import { PACKAGE, VERSION } from '../version.js';

/** Where a document comes from: the package and command that made it, the seed, and the files it was made of. */
export const provenance = ({
  argv,
  seed,
  inputs,
}: {
  readonly argv: readonly string[];
  readonly seed: number;
  readonly inputs: Provenance['inputs'];
}): Provenance => ({
  package: PACKAGE,
  version: VERSION,
  command: ['tandem', ...argv].join(' '),
  seed,
  inputs,
});

/** One thing wrong with a file or a flag, as a failure like any other. */
export const invalid = (source: string, issue: Issue): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  total: 1,
  issues: [issue],
});

/** Flags that do not go together. */
export const badFlags = (issue: Issue): InvalidInput => invalid('command line', issue);

/** Exit codes: a script can act on them without reading the output. 2 means that the work is done, but not all is good. */
export const EXIT = {
  certified: 0,
  error: 1,
  targetsNotMet: 2,
  someFailed: 2,
  insufficientEvidence: 3,
  notCertified: 3,
  interrupted: 130,
} as const;

/** The same in words, for every help text. */
export const EXIT_CODES =
  'Exit codes: 0 certified or done · 1 error · 2 targets not met, an alarm, a misfit or failed stacks · 3 provisional or not certified · 130 interrupted';

export const exitCodeOf = (verdict: Verdict): number => {
  switch (verdict) {
    case 'certified':
      return EXIT.certified;
    case 'targets not met':
      return EXIT.targetsNotMet;
    case 'not certified':
      return EXIT.notCertified;
    case 'insufficient evidence':
      return EXIT.insufficientEvidence;
  }
};

/** The result of a verb. */
export interface Done {
  /** For people. */
  readonly text: string;
  /** The same for programs (`--json`): an object. */
  readonly json: object;
  /** What the owner of the data should know before anything else. It is shown first. */
  readonly notes?: readonly DataNote[];
  readonly exitCode: number;
}

/** The whole text of a result: notes about the data come first. */
export const doneText = ({ notes = [], text }: Done): string =>
  notes.length === 0
    ? text
    : `${['About your data', ...notes.map((note) => `  · ${note.text}`)].join('\n')}\n\n${text}`;

/** The same as a document. */
export const doneDocument = ({ notes = [], json }: Done): object => (notes.length === 0 ? json : { notes, ...json });

/** What every verb returns: its result, or the failure of data or files that stopped it. */
export type Verb = Promise<E.Either<DataFailure, Done>>;

/** Runs a verb, prints what it returns, and sets the exit code. */
export type Execute = (flags: { readonly json?: true }, verb: () => Verb) => Promise<void>;
