import { ANONYMOUS } from '../domain/vote.js';
import { isWellFormed } from '../kernel/utf8.js';
import type { Judge } from './judge.js';

/** Annotators by number, and what their votes are worth to the judge of the day. */
export interface Roll {
  /** @throws RangeError when the id has a lone surrogate */
  readonly numberOf: (annotatorId: string) => number;
  readonly id: (annotator: number) => string;
  readonly isAnonymous: (annotator: number) => boolean;
  /** What a vote is worth, in nats. */
  readonly worth: (annotator: number, label: number) => number;
  readonly refresh: (judge: Judge) => void;
  readonly size: () => number;
}

/** @param most - so many annotators at most */
export const roll = (first: Judge, most: number): Roll => {
  let judge = first;
  const ids: string[] = [];
  const numbers = new Map<string, number>();
  // The judge's row of each annotator, so that a name is looked up once.
  let rows: number[] = [];
  let anonymous: number | undefined;

  const added = (annotatorId: string): number => {
    const annotator = ids.length;
    if (annotator === most) throw new RangeError(`online: expected at most ${most} annotators`);
    if (!isWellFormed(annotatorId))
      throw new RangeError(`online: id ${JSON.stringify(annotatorId)} has a lone surrogate`);
    if (annotatorId === ANONYMOUS) anonymous = annotator;
    numbers.set(annotatorId, annotator);
    ids.push(annotatorId);
    rows.push(judge.rowOf(annotatorId));
    return annotator;
  };

  return {
    numberOf: (annotatorId) => numbers.get(annotatorId) ?? added(annotatorId),
    id: (annotator) => ids[annotator],
    isAnonymous: (annotator) => annotator === anonymous,
    worth: (annotator, label) => {
      const { stalled, flowing } = judge.worth;
      return label === 1 ? stalled[rows[annotator]] : flowing[rows[annotator]];
    },
    refresh: (next) => {
      judge = next;
      rows = ids.map(judge.rowOf);
    },
    size: () => ids.length,
  };
};
