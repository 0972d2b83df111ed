import * as E from 'fp-ts/lib/Either.js';
import { format } from '../domain/errors.js';
import { canonical, compareIds, type Event, settled } from './event.js';
import { isSound, readEvent } from './readEvent.js';

/** All events so far. Plain JSON; two states with the same events are equal, key by key. */
export interface State {
  readonly schema: 'tandem-online/1';
  /** Distinct events in UTF-8 byte order of their ids. Every one is kept, because a retraction may bring an older one back. */
  readonly events: readonly Event[];
}

/**
 * The state before the first event.
 *
 * @example
 * Online.NO_EVENTS // => { schema: 'tandem-online/1', events: [] }
 */
export const NO_EVENTS: State = { schema: 'tandem-online/1', events: [] };

/**
 * Adds one event: pure, idempotent, and the same state in whatever order events arrive.
 *
 * A state does not depend on the policy, so a new policy loses no event. A state is for few stacks, because each event copies
 * the list; for many stacks use `Online.open`, the same engine, and fast.
 *
 * @param state - `NO_EVENTS`, or from `reduce`, or read back from JSON
 * @param event - a repeat, by event id, changes nothing; of two events that share an id one counts, whichever came first
 * @returns a new state; the same one when nothing is new
 * @throws RangeError when `Online.readEvent` refuses the event
 * @example
 * const events = [
 *   { event: 'retraction', eventId: 'e2', of: 'e1' },
 *   { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1 },
 *   { event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 1 },
 * ] as const;
 * events.reduce(Online.reduce, Online.NO_EVENTS).events.map(({ eventId }) => eventId) // => ['e1', 'e2']
 */
export const reduce = (state: State, given: Event): State => {
  const event = isSound(given) ? given : required(given);
  const { events } = state;
  let low = 0;
  for (let high = events.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (compareIds(events[middle].eventId, event.eventId) < 0) low = middle + 1;
    else high = middle;
  }
  const known = events[low];
  const isKnown = known !== undefined && known.eventId === event.eventId;
  const kept = isKnown ? settled(known, canonical(event)) : canonical(event);
  return kept === known ? state : { schema: 'tandem-online/1', events: events.toSpliced(low, isKnown ? 1 : 0, kept) };
};

const required = (event: Event): Event => {
  const read = readEvent(event);
  if (E.isLeft(read)) throw new RangeError(format(read.left));
  return read.right;
};
