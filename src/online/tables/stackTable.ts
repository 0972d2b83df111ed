import { compareIds } from '../event.js';
import { type EventTable, hasScore, isRetracted, kindOf, SCORE, VOTE } from './eventTable.js';
import { idTable, NOWHERE } from './idTable.js';

/** Stacks by id, with the events about them. */
export interface StackColumns {
  /** `NOWHERE` when no event has ever named it. */
  readonly find: (stackId: string) => number;
  readonly put: (stackId: string) => number;
  readonly id: (stack: number) => string;
  readonly isEmpty: (stack: number) => boolean;
  readonly add: (stack: number, event: number) => void;
  readonly remove: (stack: number, event: number) => void;
  /** Shows every event on a stack with its content, the latest to arrive first. */
  readonly each: (stack: number, look: (event: number, content: number) => void) => void;
  /** Of a plain stack, the content of every vote, the earliest first: all that most decisions need, and all in one place. */
  readonly eachVote: (stack: number, look: (content: number) => void) => void;
  /** Of a plain stack, its score; NaN without one. Of any other `NOT_PLAIN`: its events have to be looked at. */
  readonly score: (stack: number) => number;
  /** The content of an event on a stack was `before`, and has changed. */
  readonly changed: (stack: number, event: number, before: number) => void;
  /** Stacks with events, in UTF-8 byte order. */
  readonly ids: () => readonly string[];
  readonly size: () => number;
  readonly bytes: () => number;
}

/** No score is infinite. */
export const NOT_PLAIN = Number.POSITIVE_INFINITY;

// The words at the front of a stack's record: the first of the list of its events; a copy of its only score; the first of a
// list of blocks of older votes; its latest vote; and its latest votes, which are nearly always all it has, in their order. Votes are
// copies of contents. So a decision touches no record of an event, unless there is gold, a second score or a second vote of an
// annotator; and a vote that comes in its order touches that of the vote before it alone.
const EVENTS = 0;
const SCORE_AT = 1;
const OLDER = 3;
const LATEST = 4;
const VOTES = 5;
const ROOM = 5;
const WORDS = VOTES + ROOM;
// A block: the next one, then votes.
const BLOCK = 1 + ROOM;

const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);

export const stackTable = (events: EventTable): StackColumns => {
  const table = idTable(WORDS);
  const { get, set } = table;

  const score = (stack: number): number => {
    halves[0] = get(stack, SCORE_AT);
    halves[1] = get(stack, SCORE_AT + 1);
    return number[0];
  };
  const setScore = (stack: number, value: number): void => {
    number[0] = value;
    set(stack, SCORE_AT, halves[0]);
    set(stack, SCORE_AT + 1, halves[1]);
  };

  const addVote = (stack: number, content: number): void => {
    for (let word = VOTES; word < WORDS; word++) {
      // No content is 0, because no kind is.
      if (get(stack, word) !== 0) continue;
      set(stack, word, content);
      return;
    }
    const block = table.block(BLOCK);
    set(block, 0, get(stack, OLDER));
    for (let i = 0; i < ROOM; i++) {
      set(block, 1 + i, get(stack, VOTES + i));
      set(stack, VOTES + i, 0);
    }
    set(stack, OLDER, block);
    set(stack, VOTES, content);
  };

  /** Where each vote of a stack stands, the earliest first. */
  const eachPlace = (stack: number, look: (record: number, word: number) => void): void => {
    if (get(stack, OLDER) !== NOWHERE) {
      const blocks: number[] = [];
      for (let block = get(stack, OLDER); block !== NOWHERE; block = get(block, 0)) blocks.push(block);
      for (const block of blocks.reverse()) for (let word = 1; word < BLOCK; word++) look(block, word);
    }
    for (let word = VOTES; word < WORDS && get(stack, word) !== 0; word++) look(stack, word);
  };

  /** Writes the votes of a stack again, in their order. */
  const putInOrder = (stack: number): void => {
    const votes: number[] = [];
    each(stack, (event, content) => {
      if (kindOf(content) === VOTE) votes.push(event);
    });
    votes.sort(events.compare);
    set(stack, LATEST, votes[votes.length - 1] ?? NOWHERE);
    let next = 0;
    eachPlace(stack, (record, word) => set(record, word, events.content(votes[next++])));
  };

  const isEmpty = (stack: number): boolean => get(stack, EVENTS) === NOWHERE;

  const add: StackColumns['add'] = (stack, event) => {
    const content = events.content(event);
    if (isEmpty(stack)) setScore(stack, Number.NaN);
    events.setNext(event, get(stack, EVENTS));
    set(stack, EVENTS, event);
    if (kindOf(content) === VOTE) {
      const latest = get(stack, LATEST);
      addVote(stack, content);
      if (latest === NOWHERE || events.compare(latest, event) < 0) set(stack, LATEST, event);
      else putInOrder(stack);
    } else if (kindOf(content) !== SCORE) setScore(stack, NOT_PLAIN);
    else if (hasScore(content)) {
      const isOnly = Number.isNaN(score(stack)) && !isRetracted(content);
      setScore(stack, isOnly ? (events.score(event) ?? NOT_PLAIN) : NOT_PLAIN);
    }
  };

  const each: StackColumns['each'] = (stack, look) => {
    for (let event = get(stack, EVENTS); event !== NOWHERE; event = events.next(event)) {
      look(event, events.content(event));
    }
  };

  return {
    find: (stackId) => table.find(stackId) ?? NOWHERE,
    put: (stackId) => table.put(stackId, 0),
    id: table.text,
    isEmpty,
    add,
    remove: (stack, removed) => {
      // So rare that the list is simply made anew.
      const others: number[] = [];
      each(stack, (event) => {
        if (event !== removed) others.push(event);
      });
      for (let word = 0; word < WORDS; word++) set(stack, word, NOWHERE);
      for (const other of others.reverse()) add(stack, other);
    },
    each,
    eachVote: (stack, look) => eachPlace(stack, (record, word) => look(get(record, word))),
    score,
    changed: (stack, event, before) => {
      const content = events.content(event);
      if (content === before) return;
      if (kindOf(content) === VOTE) putInOrder(stack);
      else setScore(stack, NOT_PLAIN);
    },
    ids: () =>
      Array.from(table.addresses())
        .filter((stack) => !isEmpty(stack))
        .map(table.text)
        .sort(compareIds),
    size: table.size,
    bytes: table.bytes,
  };
};
