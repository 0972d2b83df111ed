import { present } from '../domain/present.js';
import { ANONYMOUS } from '../domain/vote.js';
import {
  compareMoments,
  type Event,
  type GoldEvent,
  type ScoreEvent,
  type StackEvent,
  settled,
  type VoteEvent,
} from './event.js';
import type { Settings } from './settings.js';

/** An event, and the reason if it does not count. */
export interface Outcome {
  readonly event: StackEvent;
  readonly because?: string;
}

/** The events that count on one stack. */
export interface Counted {
  readonly votes: readonly VoteEvent[];
  readonly score?: ScoreEvent & { readonly score: number };
  readonly gold?: GoldEvent;
}

/** Events by stack, and retractions by the event they retract; each event id once. */
export interface Heard {
  readonly on: ReadonlyMap<string, readonly StackEvent[]>;
  /** Retracted event → the id of the first retraction of it. */
  readonly retracted: ReadonlyMap<string, string>;
}

export const heardFrom = (events: Iterable<Event>): Heard => {
  const distinct = new Map<string, Event>();
  for (const event of events) {
    const known = distinct.get(event.eventId);
    distinct.set(event.eventId, known === undefined ? event : settled(known, event));
  }
  const on = new Map<string, StackEvent[]>();
  const retracted = new Map<string, string>();
  for (const event of [...distinct.values()].sort(compareMoments)) {
    if (event.event === 'retraction') {
      if (!retracted.has(event.of)) retracted.set(event.of, event.eventId);
      continue;
    }
    const others = on.get(event.stackId);
    if (others === undefined) on.set(event.stackId, [event]);
    else others.push(event);
  }
  return { on, retracted };
};

/** Events of which one counts have the same key; an event without a key counts by itself. */
const keyOf = (event: StackEvent, duplicates: Settings['duplicates']): string | undefined => {
  if (event.event !== 'vote') return event.event;
  return duplicates === 'all' || event.annotatorId === ANONYMOUS ? undefined : `vote ${event.annotatorId}`;
};

/** The outcome of each event on one stack, the earliest first. */
export const outcomesOf = (
  on: readonly StackEvent[],
  { retracted }: Pick<Heard, 'retracted'>,
  { duplicates = 'first' }: Settings,
): readonly Outcome[] => {
  const lost = (event: StackEvent): string | undefined => {
    const retraction = retracted.get(event.eventId);
    if (retraction !== undefined) return `retracted by ${retraction}`;
    return event.event === 'score' && !Number.isFinite(event.score) ? 'the model abstained' : undefined;
  };
  const order = on.toSorted((a, b) => (duplicates === 'last' ? compareMoments(b, a) : compareMoments(a, b)));
  const winners = new Map<string, string>();
  const outcomes = order.map((event): Outcome => {
    const because = lost(event);
    if (because !== undefined) return { event, because };
    const key = keyOf(event, duplicates);
    const winner = key === undefined ? undefined : winners.get(key);
    if (winner !== undefined) return { event, because: `${winner} counts, under the rule "${duplicates}"` };
    if (key !== undefined) winners.set(key, event.eventId);
    return { event };
  });
  return duplicates === 'last' ? outcomes.reverse() : outcomes;
};

export const countedOf = (outcomes: readonly Outcome[]): Counted => {
  const votes: VoteEvent[] = [];
  let score: Counted['score'];
  let gold: GoldEvent | undefined;
  for (const { event, because } of outcomes) {
    if (because !== undefined) continue;
    if (event.event === 'vote') votes.push(event);
    else if (event.event === 'gold') gold = event;
    else if (event.score !== undefined) score = { ...event, score: event.score };
  }
  return present({ votes, score, gold });
};
