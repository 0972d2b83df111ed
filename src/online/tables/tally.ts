import type { Label } from '../../domain/label.js';
import type { Settings } from '../settings.js';
import {
  annotatorOf,
  type EventTable,
  GOLD,
  hasScore,
  hasTime,
  isRetracted,
  kindOf,
  labelOf,
  VOTE,
} from './eventTable.js';
import { NOWHERE } from './idTable.js';
import { NOT_PLAIN, type StackColumns } from './stackTable.js';

/** What counts on one stack; overwritten by the next count. */
export interface Tally {
  /** Votes that count. */
  n: number;
  /** The content of each, see `labelOf` and its kin, the earliest first; the first `n`. */
  contents: Uint32Array<ArrayBuffer>;
  /** Whether it is known in which order they came: each has a time, or there is no more than one. */
  isOrdered: boolean;
  score: number | undefined;
  gold: Label | undefined;
}

/** What a count goes by. */
export interface Rules {
  readonly duplicates: NonNullable<Settings['duplicates']>;
  readonly isAnonymous: (annotator: number) => boolean;
}

// Above this many votes on one stack, repeats are found by a map.
const MANY = 32;

const twice = (column: Uint32Array): Uint32Array<ArrayBuffer> => {
  const longer = new Uint32Array(2 * column.length);
  longer.set(column);
  return longer;
};

/** Counts the events on one stack: the same as `countedOf`, on records. */
export const tally = (events: EventTable, stacks: StackColumns): ((stack: number, rules: Rules) => Tally) => {
  const found: Tally = {
    n: 0,
    contents: new Uint32Array(64),
    isOrdered: true,
    score: undefined,
    gold: undefined,
  };
  // Where each vote is recorded; and where the score and the gold are that count.
  let votes = new Uint32Array(64);
  let score = NOWHERE;
  let gold = NOWHERE;
  let isLast = false;

  /** The one of two events that counts, where only one can. */
  const preferred = (a: number, b: number): number => {
    if (b === NOWHERE) return a;
    return events.compare(a, b) > 0 === isLast ? a : b;
  };

  const addVote = (content: number): void => {
    if (isRetracted(content)) return;
    if (found.n === found.contents.length) found.contents = twice(found.contents);
    found.contents[found.n++] = content;
  };

  const look = (event: number, content: number): void => {
    if (isRetracted(content)) return;
    const kind = kindOf(content);
    if (kind === VOTE) {
      addVote(content);
      if (votes.length < found.contents.length) votes = twice(votes);
      votes[found.n - 1] = event;
    } else if (kind === GOLD) {
      gold = preferred(event, gold);
    } else if (hasScore(content)) {
      score = preferred(event, score);
    }
  };

  /** Whether an annotator has voted twice, or might have. */
  const isRepeated = (isAnonymous: Rules['isAnonymous']): boolean => {
    const { contents, n } = found;
    if (n > MANY) return true;
    for (let i = 1; i < n; i++) {
      const annotator = annotatorOf(contents[i]);
      for (let j = 0; j < i; j++) {
        if (annotatorOf(contents[j]) === annotator && !isAnonymous(annotator)) return true;
      }
    }
    return false;
  };

  /** Keeps one vote of each annotator. */
  const resolve = (isAnonymous: Rules['isAnonymous']): void => {
    const { contents, n } = found;
    const places = n > MANY ? new Map<number, number>() : undefined;
    let kept = 0;
    const placeOf = (annotator: number): number => {
      if (isAnonymous(annotator)) return kept;
      if (places !== undefined) return places.get(annotator) ?? kept;
      let place = 0;
      while (place < kept && annotatorOf(contents[place]) !== annotator) place++;
      return place;
    };
    for (let i = 0; i < n; i++) {
      const annotator = annotatorOf(contents[i]);
      const place = placeOf(annotator);
      if (place === kept) {
        places?.set(annotator, kept);
        kept++;
      } else if (preferred(votes[i], votes[place]) !== votes[i]) continue;
      contents[place] = contents[i];
      votes[place] = votes[i];
    }
    found.n = kept;
  };

  /** Puts the votes in the order in which they came. */
  const sort = (): void => {
    const order = votes.subarray(0, found.n).sort(events.compare);
    for (let v = 0; v < found.n; v++) found.contents[v] = events.content(order[v]);
  };

  const isOrdered = (): boolean => {
    const { contents, n } = found;
    for (let v = 0; v < n && n > 1; v++) if (!hasTime(contents[v])) return false;
    return true;
  };

  return (stack, { duplicates, isAnonymous }) => {
    const only = stacks.score(stack);
    found.n = 0;
    if (only !== NOT_PLAIN) {
      stacks.eachVote(stack, addVote);
      found.score = Number.isNaN(only) ? undefined : only;
      found.gold = undefined;
      if (duplicates === 'all' || !isRepeated(isAnonymous)) {
        found.isOrdered = isOrdered();
        return found;
      }
      found.n = 0;
    }
    score = NOWHERE;
    gold = NOWHERE;
    isLast = duplicates === 'last';
    stacks.each(stack, look);
    if (found.n > 1 && duplicates !== 'all') resolve(isAnonymous);
    sort();
    found.isOrdered = isOrdered();
    found.score = score === NOWHERE ? undefined : events.score(score);
    found.gold = gold === NOWHERE ? undefined : labelOf(events.content(gold));
    return found;
  };
};
