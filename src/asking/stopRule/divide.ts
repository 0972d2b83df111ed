import type { Gold, GoldRole, GoldSet } from '../../domain/gold.js';
import { hashText } from '../../kernel/hash.js';

export interface DivideOptions {
  /** Share of gold that fits, in (0, 1); default .2. The rest certifies, which is the hungrier. */
  readonly fitShare?: number | undefined;
  /** Mouse or session of each gold stack, aligned with the gold; whole ones are divided. Absent: each stack by itself. */
  readonly cluster?: readonly string[] | undefined;
}

export const DEFAULT_FIT_SHARE = 0.2;
/** Places of `hashText`. */
const PLACES = 2 ** 53;
const SALT = 0;

/**
 * Divides gold between fitting and tuning by the ids alone: a stack fits if the hash of its id (or cluster) falls into the share.
 *
 * There is no seed to try again with, and gold that is added later leaves every stack where it was.
 *
 * @param options - the share that fits; clusters
 * @returns two disjoint parts that together are the whole; rows in the order of the input
 * @throws RangeError when the share is outside (0, 1), or clusters are not aligned
 * @example
 * const gold = Gold.set(Array.from({ length: 50 }, (_, i) => ({ stackId: `s${i}`, label: i < 25 ? 1 : 0 })), 'random');
 * const { fit, tune } = Asking.StopRule.divideGold()(gold);
 * [fit.stackIds.length, tune.stackIds.length] // => [10, 40]
 */
export const divideGold =
  ({ fitShare = DEFAULT_FIT_SHARE, cluster }: DivideOptions = {}) =>
  (gold: GoldSet): { readonly fit: Gold<'fit'>; readonly tune: Gold<'tune'> } => {
    if (!(fitShare > 0 && fitShare < 1)) throw RangeError(`fitShare must be in (0, 1), got ${fitShare}`);
    if (cluster !== undefined && cluster.length !== gold.stackIds.length) {
      throw RangeError(`cluster: expected ${gold.stackIds.length} rows, got ${cluster.length}`);
    }
    const fits = gold.stackIds.map((id, g) => hashText(`gold\n${cluster?.[g] ?? id}`, SALT) < fitShare * PLACES);
    const part = <Role extends GoldRole>(role: Role, keep: boolean): Gold<Role> => {
      const rows = Array.from(fits.keys()).filter((g) => fits[g] === keep);
      return {
        role,
        chosen: gold.chosen,
        stackIds: rows.map((g) => gold.stackIds[g]),
        label: Uint8Array.from(rows, (g) => gold.label[g]),
      };
    };
    return { fit: part('fit', true), tune: part('tune', false) };
  };
