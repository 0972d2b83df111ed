import type { Label } from '../../domain/label.js';
import { ANONYMOUS } from '../../domain/vote.js';
import type { Judge } from '../judge.js';
import { idTable } from './idTable.js';

/** Annotators by number, and what their votes are worth to the judge of the day. */
export interface Roll {
  /** @throws RangeError when the id has a lone surrogate */
  readonly numberOf: (annotatorId: string) => number;
  readonly id: (annotator: number) => string;
  readonly isAnonymous: (annotator: number) => boolean;
  /** What a vote is worth, see `Judge.worth`. */
  readonly worth: (annotator: number, label: Label) => number;
  readonly refresh: (judge: Judge) => void;
  readonly size: () => number;
}

const NUMBER = 0;
const HEADER = 1;

/** @param most - so many annotators at most */
export const roll = (first: Judge, most: number): Roll => {
  let judge = first;
  const ids: string[] = [];
  // Found as events and stacks are: an id fresh from a parser costs a `Map` four cache misses.
  const table = idTable(HEADER);
  // What votes are worth, row 2 · number + label.
  let worth = new Float64Array(2 * 64);
  let anonymous: number | undefined;

  const fillWorth = (annotator: number): void => {
    const row = judge.rowOf(ids[annotator]);
    worth[2 * annotator] = judge.worth.flowing[row];
    worth[2 * annotator + 1] = judge.worth.stalled[row];
  };

  const added = (annotatorId: string): number => {
    const annotator = ids.length;
    if (annotator === most) throw new RangeError(`online: expected at most ${most} annotators`);
    table.set(table.put(annotatorId, 0), NUMBER, annotator);
    if (annotatorId === ANONYMOUS) anonymous = annotator;
    ids.push(annotatorId);
    if (2 * annotator === worth.length) {
      const longer = new Float64Array(2 * worth.length);
      longer.set(worth);
      worth = longer;
    }
    fillWorth(annotator);
    return annotator;
  };

  return {
    numberOf: (annotatorId) => {
      const known = table.find(annotatorId);
      return known === undefined ? added(annotatorId) : table.get(known, NUMBER);
    },
    id: (annotator) => ids[annotator],
    isAnonymous: (annotator) => annotator === anonymous,
    worth: (annotator, label) => worth[2 * annotator + label],
    refresh: (next) => {
      judge = next;
      for (let annotator = 0; annotator < ids.length; annotator++) fillWorth(annotator);
    },
    size: () => ids.length,
  };
};
