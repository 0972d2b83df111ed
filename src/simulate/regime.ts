import type { Random } from '../kernel/prng.js';
import { aliasTable, pick } from './alias.js';

/** Shares of stacks by number of votes, e.g. `{ 3: 0.6, 7: 0.4 }`; shares are scaled to sum to 1. */
export interface VoteMix {
  readonly [votes: number]: number;
}

/** How the platform has asked over the years; see `REGIMES`. */
export type RegimeName = 'E20' | 'E7' | 'E3.5';

/** How many votes a stack gets: a named era, a fixed number, or a mix. */
export type VotesPerStack = RegimeName | number | VoteMix;

/** When to stop asking about one stack. */
export interface Regime {
  readonly mix: VoteMix;
  /** Asking stops here if all votes agree so far. */
  readonly unanimousAt?: number;
}

/**
 * `E20`: 20 votes each (2016–17). `E7`: 3 to 25 votes, 7 on average (2018). `E3.5`: three votes that agree are enough,
 * otherwise the stack is asked up to 10 times; about 3.5 on average at the typical looks, more on harder data.
 */
export const REGIMES: { readonly [Name in RegimeName]: Regime } = {
  E20: { mix: { 20: 1 } },
  E7: { mix: { 3: 0.17, 4: 0.15, 5: 0.12, 7: 0.23, 8: 0.12, 9: 0.1, 12: 0.05, 18: 0.04, 25: 0.02 } },
  'E3.5': { mix: { 10: 1 }, unanimousAt: 3 },
};

/** The regime a caller named or spelled out. */
export const regimeOf = (perStack: VotesPerStack): Regime => {
  if (typeof perStack === 'string') return REGIMES[perStack];
  return { mix: typeof perStack === 'number' ? { [perStack]: 1 } : perStack };
};

/**
 * Draws how many votes each stack gets at most.
 *
 * @throws RangeError when a number of votes is not a whole number between 0 and 65 535
 */
export const drawCounts = (mix: VoteMix, draw: { readonly stacks: number; readonly random: Random }): Uint16Array => {
  const counts = Object.keys(mix).map(Number);
  for (const count of counts) {
    if (!(Number.isInteger(count) && count >= 0 && count <= 0xffff)) {
      throw new RangeError(`votes per stack: expected a whole number, got ${count}`);
    }
  }
  const table = aliasTable(Object.values(mix));
  return Uint16Array.from({ length: draw.stacks }, () => counts[pick(table, draw.random)]);
};
