import type { EventTable } from './eventTable.js';
import { idTable, NOWHERE } from './idTable.js';
import { compareIds } from './order.js';

/** Stacks by id, with the events about them. */
export interface StackTable {
  /** `NOWHERE` when no event has ever named it. */
  readonly find: (stackId: string) => number;
  readonly put: (stackId: string) => number;
  readonly id: (stack: number) => string;
  readonly isEmpty: (stack: number) => boolean;
  readonly add: (stack: number, event: number) => void;
  readonly remove: (stack: number, event: number) => void;
  /** Shows every event on a stack with its content, the latest to arrive first. */
  readonly each: (stack: number, look: (event: number, content: number) => void) => void;
  /** The content of an event on a stack has changed. */
  readonly changed: (stack: number, event: number) => void;
  /** Stacks with events, in UTF-8 byte order. */
  readonly ids: () => readonly string[];
  readonly size: () => number;
  readonly bytes: () => number;
}

// The words at the front of a stack's record: the first of a list of older events, then its latest events, which are nearly
// always all it has, each with a copy of its content. So most decisions touch no record of an event.
const LATEST = 4;
const OLDER = 0;
const WINDOW = 1;
const EVENT = 0;
const CONTENT = 1;
const PAIR = 2;
const LAST = WINDOW + PAIR * (LATEST - 1);
const WORDS = LAST + PAIR;

export const stackTable = (events: EventTable): StackTable => {
  const table = idTable(WORDS);
  const { get, set } = table;

  const add: StackTable['add'] = (stack, event) => {
    const oldest = get(stack, LAST + EVENT);
    if (oldest !== NOWHERE) {
      events.setNext(oldest, get(stack, OLDER));
      set(stack, OLDER, oldest);
    }
    for (let word = LAST + PAIR - 1; word >= WINDOW + PAIR; word--) set(stack, word, get(stack, word - PAIR));
    set(stack, WINDOW + EVENT, event);
    set(stack, WINDOW + CONTENT, events.content(event));
  };

  const each: StackTable['each'] = (stack, look) => {
    for (let word = WINDOW; word <= LAST; word += PAIR) {
      const event = get(stack, word + EVENT);
      if (event === NOWHERE) return;
      look(event, get(stack, word + CONTENT));
    }
    for (let event = get(stack, OLDER); event !== NOWHERE; event = events.next(event)) {
      look(event, events.content(event));
    }
  };

  const isEmpty = (stack: number): boolean => get(stack, WINDOW + EVENT) === NOWHERE;

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
    changed: (stack, event) => {
      for (let word = WINDOW; word <= LAST; word += PAIR) {
        if (get(stack, word + EVENT) === event) set(stack, word + CONTENT, events.content(event));
      }
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
