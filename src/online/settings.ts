import type { Duplicates } from '../domain/vote.js';
import type { Policy } from '../policy/index.js';

/** What goes with a policy when it judges events one at a time. */
export interface Settings {
  /**
   * Which of an annotator's votes on one stack counts: the earliest by `at` and id (`first`), the latest
   * (`last`), or every one (`all`). Scores and gold repeat themselves too; one of each counts, the last under `last`.
   * Default: what the policy was fitted with, else `first`.
   */
  readonly duplicates?: Exclude<Duplicates, 'reject'>;
  /** Stands in every decision, so that it can be traced; see `Policy.hash`. */
  readonly policyHash?: string;
}

/** Settings with the rule for duplicates that the policy was fitted with, where it is not overruled. */
export const settingsUnder = ({ duplicates }: Policy, settings: Settings): Settings =>
  settings.duplicates !== undefined || duplicates === undefined || duplicates === 'reject'
    ? settings
    : { ...settings, duplicates };
