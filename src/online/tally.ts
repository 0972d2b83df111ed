import { annotatorOf, type EventTable, GOLD, hasScore, isRetracted, kindOf, VOTE } from './eventTable.js';
import { NOWHERE } from './idTable.js';
import { compareIds } from './order.js';
import type { Settings } from './settings.js';
import type { StackTable } from './stackTable.js';

/** What counts on one stack; overwritten by the next count. */
export interface Tally {
  /** Votes that count. */
  n: number;
  /** The content of each, see `labelOf` and its kin; the first `n`. */
  contents: Uint32Array<ArrayBuffer>;
  /** Where each is recorded. */
  votes: Uint32Array<ArrayBuffer>;
  /** Where the score and the gold are recorded that count; `NOWHERE` when none does. */
  score: number;
  gold: number;
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
export const tally = (events: EventTable, stacks: StackTable): ((stack: number, rules: Rules) => Tally) => {
  const found: Tally = {
    n: 0,
    contents: new Uint32Array(64),
    votes: new Uint32Array(64),
    score: NOWHERE,
    gold: NOWHERE,
  };
  let isLast = false;

  /** The one of two events that counts, where only one can. */
  const preferred = (a: number, b: number): number => {
    if (b === NOWHERE) return a;
    const x = events.at(a);
    const y = events.at(b);
    const order = x === y ? compareIds(events.id(a), events.id(b)) : x - y;
    return order > 0 === isLast ? a : b;
  };

  const look = (event: number, content: number): void => {
    if (isRetracted(content)) return;
    const kind = kindOf(content);
    if (kind === VOTE) {
      if (found.n === found.votes.length) {
        found.contents = twice(found.contents);
        found.votes = twice(found.votes);
      }
      found.contents[found.n] = content;
      found.votes[found.n++] = event;
    } else if (kind === GOLD) {
      found.gold = preferred(event, found.gold);
    } else if (hasScore(content)) {
      found.score = preferred(event, found.score);
    }
  };

  /** Keeps one vote of each annotator. */
  const resolve = (isAnonymous: Rules['isAnonymous']): void => {
    const { contents, votes, n } = found;
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

  return (stack, { duplicates, isAnonymous }) => {
    found.n = 0;
    found.score = NOWHERE;
    found.gold = NOWHERE;
    isLast = duplicates === 'last';
    stacks.each(stack, look);
    if (found.n > 1 && duplicates !== 'all') resolve(isAnonymous);
    return found;
  };
};
