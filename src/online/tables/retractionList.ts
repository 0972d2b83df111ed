import { type EventTable, kindOf, RETRACTION, UNHEARD } from './eventTable.js';
import { NOWHERE } from './idTable.js';
import type { StackColumns } from './stackTable.js';

/** Every retraction heard; the events they name know that they are retracted. */
export interface RetractionList {
  readonly add: (retraction: number) => void;
  readonly remove: (retraction: number) => void;
  /** An event that is named by retractions has a new address. */
  readonly moved: (from: number, to: number) => void;
  /** The stack of the event that a retraction names; `NOWHERE` when that was not heard, or is about none. */
  readonly stackOf: (retraction: number) => number;
  readonly all: () => number[];
}

export const retractionList = (events: EventTable, stacks: StackColumns): RetractionList => {
  let first = NOWHERE;

  const all = (): number[] => {
    const found: number[] = [];
    for (let retraction = first; retraction !== NOWHERE; retraction = events.next(retraction)) found.push(retraction);
    return found;
  };

  const stackOf = (retraction: number): number => {
    const named = events.about(retraction);
    const kind = kindOf(events.content(named));
    return kind === UNHEARD || kind === RETRACTION ? NOWHERE : events.about(named);
  };

  const mark = (retraction: number, retracted: boolean): void => {
    const named = events.about(retraction);
    const before = events.content(named);
    events.retract(named, retracted);
    const stack = stackOf(retraction);
    if (stack !== NOWHERE) stacks.changed(stack, named, before);
  };

  const add = (retraction: number): void => {
    events.setNext(retraction, first);
    first = retraction;
    mark(retraction, true);
  };

  return {
    add,
    all,
    stackOf,
    remove: (removed) => {
      const others = all().filter((retraction) => retraction !== removed);
      mark(removed, false);
      first = NOWHERE;
      // One of them may name the same event.
      for (const other of others) add(other);
    },
    moved: (from, to) => {
      for (const retraction of all()) if (events.about(retraction) === from) events.setAbout(retraction, to);
    },
  };
};
