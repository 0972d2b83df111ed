import { hashText } from '../kernel/ids/hash.js';

/**
 * Which automatic decisions people check, without being told so (blinded). Plain data.
 *
 * Their answers are not votes. As votes they would change the very decisions they are to judge, and the errors they find
 * would disappear from the sample.
 */
export interface Audit {
  /** In [0, 1]; .01 to .05 is usual. */
  readonly share: number;
  /** An integer, unknown to those who are audited. */
  readonly seed: number;
}

/** `hashText` gives integers below this. */
const PLACES = 2 ** 53;

/**
 * Whether a stack is audited if it is retired: a fixed random share, by the seeded hash of its id.
 *
 * Votes, score and decision play no part. So the audited stacks are a random sample of each class and of each decision:
 * the errors among them, divided by the share, estimate all errors.
 *
 * @throws RangeError when the share is outside [0, 1]
 * @example
 * const audited = Asking.isAudited({ share: 0.05, seed: 7 });
 * Array.from({ length: 10000 }, (_, s) => audited(`s${s}`)).filter(Boolean).length // => 531
 */
export const isAudited = ({ share, seed }: Audit): ((stackId: string) => boolean) => {
  if (!(share >= 0 && share <= 1)) throw RangeError(`audit: expected a share in [0, 1], got ${share}`);
  // Not the hash of the bare id, which divides gold: audited stacks may become gold.
  return (stackId) => hashText(`audit\n${stackId}`, seed) < share * PLACES;
};
