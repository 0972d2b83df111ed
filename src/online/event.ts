import type { Label } from '../domain/label.js';

/** The place of an event in time. */
interface Moment {
  readonly eventId: string;
  readonly at?: number;
}

/** Code units in the order of their code points, which is the order of UTF-8 bytes: surrogates come last. */
const place = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** Ids in UTF-8 byte order, the canonical order of this library. */
export const compareIds = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return place(x) - place(y);
  }
  return a.length - b.length;
};

/** Orders events by `at`, those without `at` last, then by id. The order of delivery plays no part. */
export const compareMoments = (a: Moment, b: Moment): number => {
  const x = a.at ?? Number.POSITIVE_INFINITY;
  const y = b.at ?? Number.POSITIVE_INFINITY;
  return x === y ? compareIds(a.eventId, b.eventId) : x - y;
};

/** The fields of every event. */
interface Happening {
  /** The name of the event: however often it is delivered, it counts once. */
  readonly eventId: string;
  /** When it happened, on any one scale (milliseconds, a sequence number). Lower is earlier; absent is the last. */
  readonly at?: number;
}

/** An annotator answered. */
export interface VoteEvent extends Happening {
  readonly event: 'vote';
  readonly stackId: string;
  /** `''` is the anonymous annotator, whose votes are never duplicates. */
  readonly annotatorId: string;
  readonly label: Label;
}

/** The model answered, or abstained. */
export interface ScoreEvent extends Happening {
  readonly event: 'score';
  readonly stackId: string;
  /** Absent, or not a finite number: the model abstained. */
  readonly score?: number;
}

/** An expert labelled a stack. */
export interface GoldEvent extends Happening {
  readonly event: 'gold';
  readonly stackId: string;
  readonly label: Label;
}

/** An event is retracted, for good: a retraction cannot itself be retracted. */
export interface RetractionEvent extends Happening {
  readonly event: 'retraction';
  /** The event that is retracted. It may arrive later, or never. */
  readonly of: string;
}

/** An event about a stack. */
export type StackEvent = VoteEvent | ScoreEvent | GoldEvent;

/** What a service receives. Plain JSON. */
export type Event = StackEvent | RetractionEvent;

const isNumber = (value: number | undefined): value is number => Number.isFinite(value);

/** The canonical form of an event: its own keys in one order, absent keys absent. Equal events have equal JSON. */
export const canonical = (event: Event): Event => {
  const { eventId } = event;
  // JSON has neither NaN nor −0.
  const at = isNumber(event.at) ? { at: event.at + 0 } : {};
  switch (event.event) {
    case 'vote': {
      const { stackId, annotatorId, label } = event;
      return { event: 'vote', eventId, stackId, annotatorId, label, ...at };
    }
    case 'score': {
      const score = isNumber(event.score) ? { score: event.score + 0 } : {};
      return { event: 'score', eventId, stackId: event.stackId, ...score, ...at };
    }
    case 'gold':
      return { event: 'gold', eventId, stackId: event.stackId, label: event.label, ...at };
    case 'retraction':
      return { event: 'retraction', eventId, of: event.of, ...at };
  }
};

/** One line of an event log. */
export const lineOf = (event: Event): string => JSON.stringify(canonical(event));

/**
 * Of two events with one id, which is an error of the sender, the one that counts: its line sorts first. Any rule would do
 * that does not depend on the order of delivery.
 */
export const settled = (a: Event, b: Event): Event => (lineOf(b) < lineOf(a) ? b : a);
