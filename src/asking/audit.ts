import { hashText } from '../kernel/ids/hash.js';

/**
 * Which automatic decisions go to people all the same, who are not told. Plain data.
 *
 * What they answer is no vote: it would change the decision it is to judge, and stalls found that way would leave the
 * decisions for whose errors they stand.
 */
export interface Audit {
  /** In [0, 1]; .01 to .05 is usual. */
  readonly share: number;
  /** An integer, kept from those who are audited. */
  readonly seed: number;
}

/** Places of `hashText`. */
const PLACES = 2 ** 53;

/**
 * Whether a stack is in the audit, should it be retired: a fixed random share, by the seeded hash of its id.
 *
 * Neither votes, nor score, nor the decision play a part, so the audited are a random sample of any class and of any
 * decision, and errors found among them are those of all: divide by the share.
 *
 * @throws RangeError when the share is outside [0, 1]
 * @example
 * const audited = Asking.isAudited({ share: 0.05, seed: 7 });
 * Array.from({ length: 10000 }, (_, s) => audited(`s${s}`)).filter(Boolean).length // => 531
 */
export const isAudited = ({ share, seed }: Audit): ((stackId: string) => boolean) => {
  if (!(share >= 0 && share <= 1)) throw RangeError(`audit: expected a share in [0, 1], got ${share}`);
  // By a hash of its own: gold is divided by the hash of the bare id, and audited stacks may become gold.
  return (stackId) => hashText(`audit\n${stackId}`, seed) < share * PLACES;
};
