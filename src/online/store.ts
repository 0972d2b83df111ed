import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { Policy } from '../policy/index.js';
import { compareIds, type Event, lineOf, settled } from './event.js';
import { type Decision, judgeBy } from './judge.js';
import { isSound, readEvent } from './readEvent.js';
import { type Settings, settingsUnder } from './settings.js';
import { annotatorTable } from './tables/annotatorTable.js';
import {
  annotatorOf,
  type EventContent,
  eventTable,
  GOLD,
  isRetracted,
  kindOf,
  labelOf,
  MOST_ANNOTATORS,
  MOST_ROOM,
  RETRACTION,
  roomFor,
  SCORE,
  UNHEARD,
  VOTE,
} from './tables/eventTable.js';
import { NOWHERE } from './tables/idTable.js';
import { retractionList } from './tables/retractionList.js';
import { stackTable } from './tables/stackTable.js';
import { tally } from './tables/tally.js';

/** What became of an event. */
export type Applied =
  | {
      /** `conflict`: another event has this id already, which is an error of the sender; see `Online.reduce`. */
      readonly outcome: 'new' | 'repeat' | 'conflict';
      /** Every stack whose decision may have moved, distinct: two where a conflict moves an event from one to another. */
      readonly affected: readonly string[];
    }
  | {
      /** Not an event, and not stored: nothing is affected. */
      readonly outcome: 'refused';
      readonly affected: readonly string[];
      /** Every key that is wrong. */
      readonly invalid: InvalidInput;
    };

/** How much a store holds. */
export interface StoreSize {
  readonly events: number;
  readonly stacks: number;
  readonly annotators: number;
  /** Memory of its tables, most of it off the JavaScript heap. */
  readonly bytes: number;
}

/** A state of millions of stacks, in memory. Its results are those of `Online.reduce` and `Online.decision`. */
export interface Store {
  /**
   * Applies one event, in constant time where votes come in their order. What `Online.readEvent` refuses is refused and not
   * stored, so everything that was accepted can be restored.
   */
  readonly apply: (event: Event) => Applied;
  /** The decision about a stack now; `undefined` when no event has named it. */
  readonly decision: (stackId: string) => Decision | undefined;
  /** Decides by another policy from now on. All events stay. */
  readonly refresh: (policy: Policy, settings?: Settings) => void;
  /** Every stack that an event has named, in UTF-8 byte order. */
  readonly stackIds: () => readonly string[];
  /** All events, each once: stack by stack, then retractions. Or the events of one stack, with their retractions. */
  readonly events: (stackId?: string) => Iterable<Event>;
  readonly size: () => StoreSize;
}

/**
 * Opens an empty store: the engine of a service that decides after every vote.
 *
 * It does the same as `reduce` and `decision`, but fast: its records are off the heap, an event takes constant time, and an
 * event or a stack takes 60 to 75 bytes with its id. It keeps every event; `snapshot` and `restore` carry it to another
 * process.
 *
 * @param policy - decides until `refresh` gives another
 * @returns functions that share one state; all are synchronous and do no I/O
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 9, prevalence: 0.1, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05 })(lab);
 * const store = Online.open(policy);
 * store.apply({ event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 0 }) // => { outcome: 'new', affected: ['s1'] }
 * store.apply({ event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 0 }).outcome // => 'repeat'
 * store.decision('s1').votes // => 1
 * store.apply({ event: 'retraction', eventId: 'e2', of: 'e1' }).affected // => ['s1']
 * store.decision('s1').votes // => 0
 * store.apply({ event: 'gold', eventId: 'e3', stackId: 's1', label: 2 }).outcome // => 'refused'
 */
export const open = (policy: Policy, settings: Settings = {}): Store => {
  const events = eventTable();
  const stacks = stackTable(events);
  const retractions = retractionList(events, stacks);
  const count = tally(events, stacks);
  let heard = 0;

  let judging = judgeBy(policy, settings);
  let { duplicates = 'first' } = settingsUnder(policy, settings);
  const annotators = annotatorTable(judging, MOST_ANNOTATORS);
  const { isAnonymous } = annotators;

  // A service mostly asks about the stack of the event it has just applied.
  let latest: { readonly id: string; readonly stack: number } = { id: '', stack: NOWHERE };
  const findStack = (stackId: string): number =>
    latest.stack !== NOWHERE && latest.id === stackId ? latest.stack : stacks.find(stackId);
  const putStack = (stackId: string): number => {
    latest = { id: stackId, stack: stacks.put(stackId) };
    return latest.stack;
  };

  const contentOf = (event: Event): EventContent => {
    const at = finite(event.at);
    const score = scoreOf(event);
    switch (event.event) {
      case 'vote': {
        const annotator = annotators.numberOf(event.annotatorId);
        return { kind: VOTE, label: event.label, annotator, about: putStack(event.stackId), score, at };
      }
      case 'score':
        return { kind: SCORE, label: 0, annotator: 0, about: putStack(event.stackId), score, at };
      case 'gold':
        return { kind: GOLD, label: event.label, annotator: 0, about: putStack(event.stackId), score, at };
      case 'retraction':
        // The named event may not have arrived; its record has room for any event, so it will not move.
        return { kind: RETRACTION, label: 0, annotator: 0, about: events.put(event.of, MOST_ROOM), score, at };
    }
  };

  /** Writes an event to its record, which may move; where it is then. */
  const write = (record: number, content: EventContent): number => {
    const event = events.write(record, content);
    if (content.kind === RETRACTION) {
      // By mistake an event may name itself; then it names its new record.
      if (content.about === record) events.setAbout(event, event);
      retractions.add(event);
    } else {
      stacks.add(content.about, event);
    }
    if (event !== record && isRetracted(events.content(event))) retractions.moved(record, event);
    return event;
  };

  const erase = (event: number): void => {
    if (kindOf(events.content(event)) === RETRACTION) retractions.remove(event);
    else stacks.remove(events.about(event), event);
  };

  const eventAt = (address: number): Event => {
    const eventId = events.id(address);
    const time = events.at(address);
    const at = time === Number.POSITIVE_INFINITY ? {} : { at: time };
    const content = events.content(address);
    const kind = kindOf(content);
    if (kind === RETRACTION) return { event: 'retraction', eventId, of: events.id(events.about(address)), ...at };
    const stackId = stacks.id(events.about(address));
    if (kind === SCORE) {
      const score = events.score(address);
      return present({ event: 'score', eventId, stackId, score, ...at });
    }
    const label = labelOf(content);
    if (kind === GOLD) return { event: 'gold', eventId, stackId, label, ...at };
    return { event: 'vote', eventId, stackId, annotatorId: annotators.id(annotatorOf(content)), label, ...at };
  };

  /** The stack that an event is about, or that the event is about which it retracts; `NOWHERE` for a retraction of what was not heard. */
  const stackOf = (record: number): number =>
    kindOf(events.content(record)) === RETRACTION ? retractions.stackOf(record) : events.about(record);

  const named = (stack: number, other: number = NOWHERE): readonly string[] => {
    if (stack === NOWHERE) return other === NOWHERE ? [] : [stacks.id(other)];
    return other === NOWHERE || other === stack ? [stacks.id(stack)] : [stacks.id(stack), stacks.id(other)];
  };

  const applySound = (event: Event): Applied => {
    const record = events.put(event.eventId, roomFor(finite(event.at), scoreOf(event)));
    if (kindOf(events.content(record)) === UNHEARD) {
      const written = write(record, contentOf(event));
      heard++;
      return { outcome: 'new', affected: event.event === 'retraction' ? named(stackOf(written)) : [event.stackId] };
    }
    const known = eventAt(record);
    if (lineOf(known) === lineOf(event)) return { outcome: 'repeat', affected: [] };
    if (settled(known, event) === known) return { outcome: 'conflict', affected: [] };
    const content = contentOf(event);
    const before = stackOf(record);
    erase(record);
    return { outcome: 'conflict', affected: named(before, stackOf(write(record, content))) };
  };

  const apply: Store['apply'] = (event) => {
    if (isSound(event)) return applySound(event);
    const read = readEvent(event);
    return E.isRight(read) ? applySound(read.right) : { outcome: 'refused', affected: [], invalid: read.left };
  };

  let values = new Float64Array(64);

  const decision: Store['decision'] = (stackId) => {
    const stack = findStack(stackId);
    if (stack === NOWHERE || stacks.isEmpty(stack)) return undefined;
    const { contents, n, isOrdered, score, gold } = count(stack, { duplicates, isAnonymous });
    if (n > values.length) values = new Float64Array(contents.length);
    for (let v = 0; v < n; v++) values[v] = annotators.voteValue(annotatorOf(contents[v]), labelOf(contents[v]));
    return judging.decide({ stackId, values, n, isOrdered, score, gold });
  };

  const inOrder = (addresses: readonly number[]): Event[] =>
    addresses.map(eventAt).sort((a, b) => compareIds(a.eventId, b.eventId));

  const eventsOn = (stack: number): Event[] => {
    const found: number[] = [];
    stacks.each(stack, (event) => found.push(event));
    return inOrder(found);
  };

  function* everything(): Generator<Event> {
    for (const stackId of stacks.ids()) yield* eventsOn(findStack(stackId));
    yield* inOrder(retractions.all());
  }

  return {
    apply,
    decision,
    refresh: (next, given = settings) => {
      const { duplicates: rule = 'first' } = settingsUnder(next, given);
      judging = judgeBy(next, given);
      duplicates = rule;
      annotators.refresh(judging);
    },
    stackIds: stacks.ids,
    events: (stackId) => {
      if (stackId === undefined) return everything();
      const stack = findStack(stackId);
      if (stack === NOWHERE || stacks.isEmpty(stack)) return [];
      const about = retractions.all().filter((retraction) => retractions.stackOf(retraction) === stack);
      return [...eventsOn(stack), ...inOrder(about)];
    },
    size: () => ({
      events: heard,
      stacks: stacks.size(),
      annotators: annotators.size(),
      bytes: events.bytes() + stacks.bytes(),
    }),
  };
};

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value + 0 : undefined;

const scoreOf = (event: Event): number | undefined => (event.event === 'score' ? finite(event.score) : undefined);
