import type { Label } from '../../domain/label.js';
import { compareIds } from '../event.js';
import { idTable } from './idTable.js';

/** What a record is. An id that only a retraction has named yet is `UNHEARD`. */
export const UNHEARD = 0;
export const VOTE = 1;
export const SCORE = 2;
export const GOLD = 3;
export const RETRACTION = 4;

/** What an event comes to, as numbers. */
export interface EventContent {
  readonly kind: number;
  readonly label: number;
  /** The number of a vote's annotator. */
  readonly annotator: number;
  /** Address of the stack; of the event that a retraction names. */
  readonly about: number;
  readonly score: number | undefined;
  readonly at: number | undefined;
}

/** Events by id. Events about one stack are a linked list, and so are retractions. */
export interface EventTable {
  readonly find: (eventId: string) => number | undefined;
  /** The record of an event, `UNHEARD` when it is new, with room as by `roomFor`. */
  readonly put: (eventId: string, room: number) => number;
  /** Writes over a record; whether it is retracted stays. It may have to move: its new address. */
  readonly write: (address: number, content: EventContent) => number;
  readonly id: (address: number) => string;
  /** Kind, label, annotator and more in one word; see `kindOf` and its kin. */
  readonly content: (address: number) => number;
  readonly about: (address: number) => number;
  readonly setAbout: (address: number, about: number) => void;
  /** Absent: the model abstained. */
  readonly score: (address: number) => number | undefined;
  /** When it happened; +∞ when it does not say. */
  readonly at: (address: number) => number;
  /** Orders events by time and then by id, see `compareMoments`. */
  readonly compare: (a: number, b: number) => number;
  readonly retract: (address: number, retracted: boolean) => void;
  /** The next of its list, or `NOWHERE`. */
  readonly next: (address: number) => number;
  readonly setNext: (address: number, next: number) => void;
  readonly bytes: () => number;
}

// How much room for numbers there is behind an id: none, for a time in whole numbers alone, for any one number, for two.
const NO_ROOM = 0;
const WHOLE_ROOM = 1;
const ONE_ROOM = 2;
/** Room for all the numbers an event may have. */
export const MOST_ROOM = 3;
const WHOLE_BYTES = 6;
const NUMBER_BYTES = 8;
const BYTES = [0, WHOLE_BYTES, NUMBER_BYTES, 2 * NUMBER_BYTES] as const;
/** Times are whole numbers of milliseconds most often: six bytes hold those of the next 8,900 years. */
const WHOLE = 2 ** (8 * WHOLE_BYTES);

const NEXT = 0;
const CONTENT = 1;
const ABOUT = 2;
const HEADER = 3;

// The content word: annotator (23 bits), room for numbers (2), which of them there are (2), kind (3), label (1), retracted (1).
const RETRACTED = 1;
const LABEL = 2;
const KIND_SHIFT = 2;
const HAS_AT = 1 << 5;
const HAS_SCORE = 1 << 6;
const ROOM_SHIFT = 7;
const ANNOTATOR_SHIFT = 9;

/** So many annotators have a number. */
export const MOST_ANNOTATORS = 2 ** (32 - ANNOTATOR_SHIFT);

export const kindOf = (content: number): number => (content >>> KIND_SHIFT) & 7;
export const labelOf = (content: number): Label => ((content & LABEL) === 0 ? 0 : 1);
export const annotatorOf = (content: number): number => content >>> ANNOTATOR_SHIFT;
export const isRetracted = (content: number): boolean => (content & RETRACTED) !== 0;
export const hasScore = (content: number): boolean => (content & HAS_SCORE) !== 0;
export const hasTime = (content: number): boolean => (content & HAS_AT) !== 0;

const number = new Float64Array(1);
const numberBytes = new Uint8Array(number.buffer);
const wholeBytes = new Uint8Array(WHOLE_BYTES);

const isWhole = (at: number): boolean => at >= 0 && at < WHOLE && Math.floor(at) === at;

/** How much room a record must have. */
export const roomFor = (at: number | undefined, score: number | undefined): number => {
  if (score !== undefined) return at === undefined ? ONE_ROOM : MOST_ROOM;
  return at === undefined ? NO_ROOM : isWhole(at) ? WHOLE_ROOM : ONE_ROOM;
};

export const eventTable = (): EventTable => {
  const table = idTable(HEADER);
  const { get, set } = table;

  const setNumber = (address: number, from: number, value: number): void => {
    number[0] = value;
    table.setTail(address, from, numberBytes);
  };
  const getNumber = (address: number, from: number): number => {
    table.tailInto(numberBytes, address, from);
    return number[0];
  };

  const setWhole = (address: number, value: number): void => {
    const low = value >>> 0;
    const high = (value - low) / 2 ** 32;
    for (let i = 0; i < 4; i++) wholeBytes[i] = low >>> (8 * i);
    wholeBytes[4] = high;
    wholeBytes[5] = high >>> 8;
    table.setTail(address, 0, wholeBytes);
  };
  const getWhole = (address: number): number => {
    table.tailInto(wholeBytes, address, 0);
    let value = 0;
    for (let i = WHOLE_BYTES - 1; i >= 0; i--) value = 256 * value + wholeBytes[i];
    return value;
  };

  const roomOf = (content: number): number => (content >>> ROOM_SHIFT) & 3;

  const write: EventTable['write'] = (from, content) => {
    const { kind, label, annotator, about, score, at } = content;
    const before = get(from, CONTENT);
    const room = Math.max(roomFor(at, score), roomOf(before));
    const address = room > roomOf(before) ? table.replace(table.text(from), BYTES[room]) : from;
    const has = (at === undefined ? 0 : HAS_AT) | (score === undefined ? 0 : HAS_SCORE);
    set(
      address,
      CONTENT,
      (annotator << ANNOTATOR_SHIFT) |
        (room << ROOM_SHIFT) |
        has |
        (kind << KIND_SHIFT) |
        (label * LABEL) |
        (before & RETRACTED),
    );
    set(address, ABOUT, about);
    if (at !== undefined) {
      if (room === WHOLE_ROOM) setWhole(address, at);
      else setNumber(address, 0, at);
    }
    if (score !== undefined) setNumber(address, at === undefined ? 0 : NUMBER_BYTES, score);
    return address;
  };

  const at = (address: number): number => {
    const content = get(address, CONTENT);
    if ((content & HAS_AT) === 0) return Number.POSITIVE_INFINITY;
    return roomOf(content) === WHOLE_ROOM ? getWhole(address) : getNumber(address, 0);
  };

  return {
    find: table.find,
    put: (eventId, room) => {
      const before = table.size();
      const address = table.put(eventId, BYTES[room]);
      if (table.size() > before) set(address, CONTENT, room << ROOM_SHIFT);
      return address;
    },
    write,
    id: table.text,
    content: (address) => get(address, CONTENT),
    about: (address) => get(address, ABOUT),
    setAbout: (address, about) => set(address, ABOUT, about),
    score: (address) => {
      const content = get(address, CONTENT);
      if (!hasScore(content)) return undefined;
      return getNumber(address, (content & HAS_AT) === 0 ? 0 : NUMBER_BYTES);
    },
    at,
    compare: (a, b) => {
      const x = at(a);
      const y = at(b);
      return x === y ? compareIds(table.text(a), table.text(b)) : x - y;
    },
    retract: (address, retracted) => {
      const rest = get(address, CONTENT) & ~RETRACTED;
      set(address, CONTENT, retracted ? rest | RETRACTED : rest);
    },
    next: (address) => get(address, NEXT),
    setNext: (address, next) => set(address, NEXT, next),
    bytes: table.bytes,
  };
};
