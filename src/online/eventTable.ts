import type { Label } from '../domain/label.js';
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
  /** The record of an event, `UNHEARD` when it is new, with room for so many numbers. */
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
  readonly retract: (address: number, retracted: boolean) => void;
  /** The next of its list, or `NOWHERE`. */
  readonly next: (address: number) => number;
  readonly setNext: (address: number, next: number) => void;
  readonly bytes: () => number;
}

/** Room for all the numbers an event may have. */
export const MOST_ROOM = 2;

const NEXT = 0;
const CONTENT = 1;
const ABOUT = 2;
const HEADER = 3;

// The content word: annotator (23 bits), how many numbers the tail has room for (2), which of them it holds (2), kind (3),
// label (1), retracted (1).
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

const number = new Float64Array(1);
const halves = new Uint32Array(number.buffer);

/** How many numbers a record must have room for. */
export const numbersOf = ({ at, score }: Pick<EventContent, 'at' | 'score'>): number =>
  (at === undefined ? 0 : 1) + (score === undefined ? 0 : 1);

export const eventTable = (): EventTable => {
  const table = idTable(HEADER);
  const { get, set } = table;

  const setNumber = (address: number, word: number, value: number): void => {
    number[0] = value;
    set(address, word, halves[0]);
    set(address, word + 1, halves[1]);
  };
  const getNumber = (address: number, word: number): number => {
    halves[0] = get(address, word);
    halves[1] = get(address, word + 1);
    return number[0];
  };

  const roomOf = (address: number): number => (get(address, CONTENT) >>> ROOM_SHIFT) & 3;

  const write: EventTable['write'] = (from, content) => {
    const { kind, label, annotator, about, score, at } = content;
    const kept = get(from, CONTENT) & RETRACTED;
    const room = Math.max(numbersOf(content), roomOf(from));
    const address = room > roomOf(from) ? table.replace(table.text(from), 2 * room) : from;
    const has = (at === undefined ? 0 : HAS_AT) | (score === undefined ? 0 : HAS_SCORE);
    set(
      address,
      CONTENT,
      (annotator << ANNOTATOR_SHIFT) | (room << ROOM_SHIFT) | has | (kind << KIND_SHIFT) | (label * LABEL) | kept,
    );
    set(address, ABOUT, about);
    if (has !== 0) {
      const tail = table.tail(address);
      if (at !== undefined) setNumber(address, tail, at);
      if (score !== undefined) setNumber(address, tail + (at === undefined ? 0 : 2), score);
    }
    return address;
  };

  return {
    find: table.find,
    put: (eventId, room) => {
      const before = table.size();
      const address = table.put(eventId, 2 * room);
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
      return getNumber(address, table.tail(address) + ((content & HAS_AT) === 0 ? 0 : 2));
    },
    at: (address) =>
      (get(address, CONTENT) & HAS_AT) === 0 ? Number.POSITIVE_INFINITY : getNumber(address, table.tail(address)),
    retract: (address, retracted) => {
      const rest = get(address, CONTENT) & ~RETRACTED;
      set(address, CONTENT, retracted ? rest | RETRACTED : rest);
    },
    next: (address) => get(address, NEXT),
    setNext: (address, next) => set(address, NEXT, next),
    bytes: table.bytes,
  };
};
