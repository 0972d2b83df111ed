import type { Label } from '../domain/label.js';
import { isWellFormed } from '../kernel/ids/utf8.js';

/** Where an event stands in time. */
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

/** Events from early to late: by `at`, those without one last, then by id. No order of delivery comes into it. */
export const compareMoments = (a: Moment, b: Moment): number => {
  const x = a.at ?? Number.POSITIVE_INFINITY;
  const y = b.at ?? Number.POSITIVE_INFINITY;
  return x === y ? compareIds(a.eventId, b.eventId) : x - y;
};

/** What every event has. */
interface Happening {
  /** Names the event, once and for all: however often it is delivered, it counts once. */
  readonly eventId: string;
  /** When it happened, on any one scale (milliseconds, a sequence number); lower is earlier, absent is last of all. */
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

/** An expert told the truth. */
export interface GoldEvent extends Happening {
  readonly event: 'gold';
  readonly stackId: string;
  readonly label: Label;
}

/** An event is taken back, for good: a retraction cannot itself be retracted. */
export interface RetractionEvent extends Happening {
  readonly event: 'retraction';
  /** The event taken back. It may arrive later, or never. */
  readonly of: string;
}

/** An event about a stack. */
export type StackEvent = VoteEvent | ScoreEvent | GoldEvent;

/** What a service hears of. Plain JSON. */
export type Event = StackEvent | RetractionEvent;

const isNumber = (value: number | undefined): value is number => Number.isFinite(value);

/** The one way to write an event: its own keys in one order, and missing is missing. Its JSON is equal when it is. */
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
 * Which of two events counts that share an id, which is their sender's mistake: the one whose line sorts first. Any rule
 * would do that does not depend on which came first.
 */
export const settled = (a: Event, b: Event): Event => (lineOf(b) < lineOf(a) ? b : a);

/** @throws RangeError when an id has a lone surrogate, because it has no UTF-8 and so no place in any file */
export const requireIds = (event: Event): void => {
  const ids = event.event === 'retraction' ? [event.of] : [event.stackId];
  if (event.event === 'vote') ids.push(event.annotatorId);
  for (const id of [event.eventId, ...ids]) {
    if (!isWellFormed(id)) throw new RangeError(`online: id ${JSON.stringify(id)} has a lone surrogate`);
  }
};
