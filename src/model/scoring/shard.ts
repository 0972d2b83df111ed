import { createHash } from 'node:crypto';
import type { ListedStack } from './listing.js';

/** Part `number` of `of` parts. */
export interface Shard {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

/**
 * The stacks of one shard. Every stack is in exactly one of the shards 1 … `of`.
 *
 * A stack's shard follows from its id alone, so a list that grows moves no stack to another machine. Where neighbours are scored
 * together, whole groups of them are dealt out, by the ids in the group.
 *
 * @param options - the shard, and how many stacks, in list order, depend on one another
 * @returns from all stacks; in their order
 * @example
 * const stacks = ['a.mp4', 'b.mp4', 'c.mp4'].map((stackId) => ({ stackId, path: stackId }));
 * const part = (number) => Model.shard({ number, of: 2, neighbours: 1 })(stacks).map(({ stackId }) => stackId);
 * [part(1), part(2)] // => [['c.mp4'], ['a.mp4', 'b.mp4']]
 */
export const shard =
  ({ number, of, neighbours }: Shard & { readonly neighbours: number }) =>
  (stacks: readonly ListedStack[]): readonly ListedStack[] => {
    if (!(Number.isSafeInteger(of) && number >= 1 && number <= of && Number.isSafeInteger(number))) {
      throw RangeError(`shard: expected a number from 1 to ${of}, got ${number}`);
    }
    const groups = Array.from({ length: Math.ceil(stacks.length / neighbours) }, (_, g) =>
      stacks.slice(g * neighbours, (g + 1) * neighbours),
    );
    const isMine = (group: readonly ListedStack[]): boolean =>
      placeOf(group.map(({ stackId }) => stackId).join('\n')) % of === number - 1;
    return groups.filter(isMine).flat();
  };

/** 48 bits of a hash. */
const placeOf = (text: string): number => createHash('sha256').update(`shard\n${text}`).digest().readUIntBE(0, 6);
