/** Gold divided among its three uses, so that what fitted a number never certifies or evaluates it. */
import type { Gold, GoldChosen, GoldRole, GoldSet } from '../domain/gold.js';
import type { Label } from '../domain/label.js';
import type { GoldUnsuitable } from '../domain/operatingPoint.js';
import { hashText } from '../kernel/ids/hash.js';

export type { Gold, GoldChosen, GoldRole, GoldSet } from '../domain/gold.js';

/** Shares of gold for each use; positive, summing to 1. */
export interface SplitShares {
  readonly fit: number;
  readonly tune: number;
  readonly test: number;
}

/**
 * Half of the gold certifies, because certificates are the hungriest: 299 stalled stacks without a miss for
 * sensitivity .99, where skills and a two-parameter calibrator are content with dozens.
 */
export const DEFAULT_SHARES: SplitShares = { fit: 0.25, tune: 0.5, test: 0.25 };

/** How to divide gold among its three uses. */
export interface SplitOptions {
  readonly seed: number;
  readonly shares?: SplitShares;
}

/** The three parts; no stack is in two of them. */
export interface SplitGold {
  readonly fit: Gold<'fit'>;
  readonly tune: Gold<'tune'>;
  readonly test: Gold<'test'>;
}

/**
 * Builds a gold set from labelled stacks.
 *
 * @param options - `chosen`: how these stacks came to be labelled
 * @returns takes one row per stack; a stack may stand only once
 * @throws RangeError when a stack stands twice
 * @example
 * Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }]).label // => Uint8Array [1, 0]
 */
export const from =
  ({ chosen }: { readonly chosen: GoldChosen }) =>
  (rows: readonly { readonly stackId: string; readonly label: Label }[]): GoldSet => {
    const stackIds = rows.map((row) => row.stackId);
    if (new Set(stackIds).size !== stackIds.length) throw RangeError('gold: expected each stack once');
    return { stackIds, label: Uint8Array.from(rows, (row) => row.label), chosen };
  };

/**
 * Declares the one use of a whole gold set, for callers who keep separate files for separate uses.
 *
 * @example
 * Gold.as('tune')(Gold.from({ chosen: 'stratified' })([{ stackId: 's1', label: 1 }])).role // => 'tune'
 */
export const as =
  <Role extends GoldRole>(role: Role) =>
  (gold: GoldSet): Gold<Role> => ({ ...gold, role });

/**
 * Splits gold into fit, tune and test: stratified by class, seeded, and independent of the order of rows.
 *
 * Each class is ordered by a seeded hash of the stack id and cut at the cumulative shares.
 *
 * @param options - integer `seed`; `shares` default to fit ¼, tune ½, test ¼
 * @returns three disjoint parts that together are the whole; rows in the order of the input
 * @throws RangeError when shares are not positive or do not sum to 1
 * @example
 * const rows = Array.from({ length: 40 }, (_, i) => ({ stackId: `s${i}`, label: i < 8 ? 1 : 0 }));
 * const gold = Gold.from({ chosen: 'random' })(rows);
 * const parts = Gold.split({ seed: 1 })(gold);
 * [parts.fit, parts.tune, parts.test].map((part) => Gold.count(part)) // => [{ stalled: 2, flowing: 8 }, { stalled: 4, flowing: 16 }, { stalled: 2, flowing: 8 }]
 */
export const split =
  ({ seed, shares = DEFAULT_SHARES }: SplitOptions) =>
  (gold: GoldSet): SplitGold => {
    const total = shares.fit + shares.tune + shares.test;
    if (!(shares.fit > 0 && shares.tune > 0 && shares.test > 0 && Math.abs(total - 1) < 1e-9)) {
      throw RangeError(`gold: expected positive shares that sum to 1, got ${JSON.stringify(shares)}`);
    }
    const places = gold.stackIds.map((stackId) => hashText(stackId, seed));
    const roleOf: GoldRole[] = new Array(gold.stackIds.length);
    for (const label of [0, 1]) {
      const rows = gold.stackIds.flatMap((_, row) => (gold.label[row] === label ? [row] : []));
      rows.sort((a, b) => places[a] - places[b] || (gold.stackIds[a] < gold.stackIds[b] ? -1 : 1));
      const fitEnd = Math.round(rows.length * shares.fit);
      const tuneEnd = Math.round(rows.length * (shares.fit + shares.tune));
      for (const [place, row] of rows.entries()) {
        roleOf[row] = place < fitEnd ? 'fit' : place < tuneEnd ? 'tune' : 'test';
      }
    }
    const part = <Role extends GoldRole>(role: Role): Gold<Role> => {
      const rows = gold.stackIds.flatMap((_, row) => (roleOf[row] === role ? [row] : []));
      return {
        role,
        chosen: gold.chosen,
        stackIds: rows.map((row) => gold.stackIds[row]),
        label: Uint8Array.from(rows, (row) => gold.label[row]),
      };
    };
    return { fit: part('fit'), tune: part('tune'), test: part('test') };
  };

/**
 * How many gold stacks of each class.
 *
 * @example
 * Gold.count(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }])) // => { stalled: 1, flowing: 0 }
 */
export const count = (gold: GoldSet): { readonly stalled: number; readonly flowing: number } => {
  let stalled = 0;
  for (const label of gold.label) stalled += label;
  return { stalled, flowing: gold.label.length - stalled };
};

/**
 * Gold without the stacks named, e.g. without those that fitted or tuned a policy.
 *
 * @example
 * Gold.without(['s1'])(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }])).stackIds // => ['s2']
 */
export const without =
  (stackIds: readonly string[]) =>
  (gold: GoldSet): GoldSet => {
    const gone = new Set(stackIds);
    const rows = gold.stackIds.flatMap((stackId, row) => (gone.has(stackId) ? [] : [row]));
    return {
      chosen: gold.chosen,
      stackIds: rows.map((row) => gold.stackIds[row]),
      label: Uint8Array.from(rows, (row) => gold.label[row]),
    };
  };

/**
 * Why gold of this sampling design proves nothing about error rates.
 *
 * @returns the reason and what to do instead; `undefined` when it can prove something
 * @example
 * Gold.unsuitable('crowd')?.fix // => 'Use expert labels.'
 * Gold.unsuitable('random') // => undefined
 */
export const unsuitable = (chosen: GoldChosen): GoldUnsuitable | undefined => {
  switch (chosen) {
    case 'random':
    case 'stratified':
      return undefined;
    case 'candidates-only':
      return {
        _tag: 'GoldUnsuitable',
        chosen,
        reason:
          'verification bias: experts looked only at stacks the crowd had called stalled, so a stall everyone missed ' +
          'cannot be in this gold and sensitivity is not identifiable from it; its flowing stacks are the crowd’s own ' +
          'false alarms, so their specificity is not that of all flowing stacks',
        fix: 'Have experts label a random sample that includes stacks the crowd called flowing.',
      };
    case 'crowd':
      return {
        _tag: 'GoldUnsuitable',
        chosen,
        reason: 'circular: these labels are the crowd’s own answers, so agreement with them says nothing about truth',
        fix: 'Use expert labels.',
      };
  }
};
