import type { InvalidInput, Issue } from '../domain/errors.js';

/** One thing wrong with a file, or with what a flag says, as a failure like any other. */
export const invalid = (source: string, issue: Issue): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  total: 1,
  issues: [issue],
});

/** What is wrong with the flags taken together. */
export const badFlags = (issue: Issue): InvalidInput => invalid('command line', issue);
