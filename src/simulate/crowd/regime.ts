import type { Random } from '../../kernel/random/prng.js';
import { aliasTable, drawFrom } from './alias.js';

/** Shares of stacks by number of votes, e.g. `{ 3: 0.6, 7: 0.4 }`; shares are scaled to sum to 1. */
export interface VoteMix {
  readonly [votes: number]: number;
}

/** How the platform has asked over the years; see `REGIMES`. */
export type RegimeName = 'E20' | 'E7' | 'E3.5';

/** How many votes a stack gets: a named era, a fixed number, a mix, or a mix with rules to stop and to go on. */
export type VotesPerStack = RegimeName | number | VoteMix | Regime;

/** When to stop asking about one stack. */
export interface Regime {
  readonly mix: VoteMix;
  /** Asking stops here if all votes agree so far. */
  readonly unanimousAt?: number;
  /** A stack whose planned votes are stalled in a share of `share` or more gets further votes, up to `votes` in all. */
  readonly confirm?: { readonly share: number; readonly votes: number };
}

const isRegime = (perStack: VoteMix | Regime): perStack is Regime => 'mix' in perStack;

/**
 * `E20`: 20 votes each (2016–17). `E7`: 3 to 25 votes, 7 on average (2018). `E3.5`: three votes that agree are enough,
 * otherwise the stack is asked up to 10 times; about 3.5 on average with the typical traits, more on harder data.
 */
export const REGIMES: { readonly [Name in RegimeName]: Regime } = {
  E20: { mix: { 20: 1 } },
  E7: { mix: { 3: 0.17, 4: 0.15, 5: 0.12, 7: 0.23, 8: 0.12, 9: 0.1, 12: 0.05, 18: 0.04, 25: 0.02 } },
  'E3.5': { mix: { 10: 1 }, unanimousAt: 3 },
};

/** The regime a caller named or spelled out. */
export const regimeOf = (perStack: VotesPerStack): Regime => {
  if (typeof perStack === 'string') return REGIMES[perStack];
  if (typeof perStack === 'number') return { mix: { [perStack]: 1 } };
  return isRegime(perStack) ? perStack : { mix: perStack };
};

/** Whether a stack with `count` planned votes is asked again after `asked` votes, `stalled` of which are stalled. */
export const asksOn = (regime: Regime, count: number, asked: number, stalled: number): boolean => {
  if (asked === regime.unanimousAt && (stalled === 0 || stalled === asked)) return false;
  if (asked < count) return true;
  const { confirm } = regime;
  return confirm !== undefined && asked < confirm.votes && asked > 0 && stalled >= confirm.share * asked;
};

/** The most votes that a stack with `count` planned votes can get. */
export const mostVotes = (regime: Regime, count: number): number => Math.max(count, regime.confirm?.votes ?? 0);

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
  return Uint16Array.from({ length: draw.stacks }, () => counts[drawFrom(table, draw.random)]);
};
