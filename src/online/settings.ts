import type { Duplicates } from '../domain/vote.js';

/** What goes with a policy when it judges events one at a time. */
export interface Settings {
  /**
   * Which of an annotator's votes on one stack counts: the earliest by `at` and id (`first`, the default), the latest
   * (`last`), or every one (`all`). Scores and gold repeat themselves too; one of each counts, the last under `last`.
   */
  readonly duplicates?: Exclude<Duplicates, 'reject'>;
  /** Stands in every decision, so that it can be traced; see `Decode.policyHash`. */
  readonly policyHash?: string;
}
