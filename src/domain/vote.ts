import type { Label } from './label.js';

/** One annotator's label on one stack. */
export interface Vote {
  readonly stackId: string;
  /** `''` is the anonymous annotator: someone voted, nobody knows who (see `ANONYMOUS`). */
  readonly annotatorId: string;
  readonly label: Label;
  /** When it was cast, in milliseconds since 1970 UTC. All votes have a time, or none. */
  readonly time?: number | undefined;
}

/**
 * The annotator of votes whose source keeps no identities.
 *
 * Anonymous votes share one skill, and two of them on one stack are two people's votes, never duplicates.
 */
export const ANONYMOUS = '';

/**
 * What to do when one annotator votes twice on one stack: keep the `first` to arrive (the default), keep the `last`,
 * keep `all`, or `reject` the whole input. Where nobody knows when votes arrived, the order of rows counts.
 */
export type Duplicates = 'first' | 'last' | 'all' | 'reject';
