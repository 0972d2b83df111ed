import type * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../domain/errors.js';

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
