import type { Label } from '../../domain/label.js';
import { ANONYMOUS } from '../../domain/vote.js';
import type { Judge } from '../judge.js';
import { idTable } from './idTable.js';

/** Annotators by number, and the value of their votes under the current policy. */
export interface AnnotatorTable {
  /** @throws RangeError when the id has a lone surrogate */
  readonly numberOf: (annotatorId: string) => number;
  readonly id: (annotator: number) => string;
  readonly isAnonymous: (annotator: number) => boolean;
  /** Value of a vote, see `Judge.voteValues`. */
  readonly voteValue: (annotator: number, label: Label) => number;
  readonly refresh: (judge: Judge) => void;
  readonly size: () => number;
}

const NUMBER = 0;
const HEADER = 1;

/** @param most - the largest number of annotators */
export const annotatorTable = (first: Judge, most: number): AnnotatorTable => {
  let judge = first;
  const ids: string[] = [];
  // Not a `Map`: looking up an id fresh from a parser costs it four cache misses.
  const table = idTable(HEADER);
  // Values of votes, row 2 · number + label.
  let values = new Float64Array(2 * 64);
  let anonymous: number | undefined;

  const fillValues = (annotator: number): void => {
    const row = judge.rowOf(ids[annotator]);
    values[2 * annotator] = judge.voteValues.flowing[row];
    values[2 * annotator + 1] = judge.voteValues.stalled[row];
  };

  const added = (annotatorId: string): number => {
    const annotator = ids.length;
    if (annotator === most) throw new RangeError(`online: expected at most ${most} annotators`);
    table.set(table.put(annotatorId, 0), NUMBER, annotator);
    if (annotatorId === ANONYMOUS) anonymous = annotator;
    ids.push(annotatorId);
    if (2 * annotator === values.length) {
      const longer = new Float64Array(2 * values.length);
      longer.set(values);
      values = longer;
    }
    fillValues(annotator);
    return annotator;
  };

  return {
    numberOf: (annotatorId) => {
      const known = table.find(annotatorId);
      return known === undefined ? added(annotatorId) : table.get(known, NUMBER);
    },
    id: (annotator) => ids[annotator],
    isAnonymous: (annotator) => annotator === anonymous,
    voteValue: (annotator, label) => values[2 * annotator + label],
    refresh: (next) => {
      judge = next;
      for (let annotator = 0; annotator < ids.length; annotator++) fillValues(annotator);
    },
    size: () => ids.length,
  };
};
