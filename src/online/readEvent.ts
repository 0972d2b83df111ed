import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, Issue } from '../domain/errors.js';
import type { Label } from '../domain/label.js';
import { present } from '../domain/present.js';
import { ANONYMOUS } from '../domain/vote.js';
import { isWellFormed } from '../kernel/ids/utf8.js';
import { canonical, type Event } from './event.js';

const LONGEST_SHOWN = 60;

/** A value as a message shows it. */
export const shownValue = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
};

type Keys = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const MOST_ISSUES = 5;

/** What is wrong with events, the first five issues of it. */
export const invalidEvents = (source: string, issues: readonly Issue[], total = issues.length): InvalidInput => ({
  _tag: 'InvalidInput',
  source,
  issues: issues.slice(0, MOST_ISSUES),
  total,
});

/**
 * Reads an event of unknown origin, by the rules of votes and scores: ids may be whole numbers, an absent annotator is
 * anonymous, a missing score is an abstention. Other keys are ignored.
 *
 * `Store.apply` reads what it is given in the same way.
 *
 * @param value - parsed JSON
 * @param source - what to call the event in errors
 * @returns the event; `Left` with an issue for every bad key
 * @example
 * Errors.getOrThrow(Online.readEvent({ event: 'gold', eventId: 7, stackId: 's1', label: 1 })).eventId // => '7'
 * Errors.format(Online.readEvent({ event: 'gold', eventId: 7, stackId: 's1', label: 2 }).left) // => 'event, field "label": expected 1 for stalled or 0 for flowing, found 2. Write 0 or 1, without quotes.'
 */
export const readEvent = (value: unknown, source = 'event'): E.Either<InvalidInput, Event> => {
  const event = eventOrIssues(value);
  return E.isRight(event) ? event : E.left(invalidEvents(source, event.left));
};

const isId = (value: unknown): boolean => typeof value === 'string' && value !== '' && isWellFormed(value);

const isOptionalNumber = (value: unknown): boolean => value === undefined || typeof value === 'number';

const isLabel = (value: unknown): boolean => value === 0 || value === 1;

/** Whether an event is one as its type has it, so that it need not be read. A number that is not finite is an absent one. */
export const isSound = (event: Event): boolean => {
  if (!isObject(event) || !isId(event.eventId) || !isOptionalNumber(event.at)) return false;
  switch (event.event) {
    case 'vote':
      return (
        isId(event.stackId) && isLabel(event.label) && (event.annotatorId === ANONYMOUS || isId(event.annotatorId))
      );
    case 'score':
      return isId(event.stackId) && isOptionalNumber(event.score);
    case 'gold':
      return isId(event.stackId) && isLabel(event.label);
    case 'retraction':
      return isId(event.of);
    default:
      return false;
  }
};

/** The event of a line of a log, or every issue. */
export const eventOrIssues = (value: unknown, line?: number): E.Either<readonly Issue[], Event> => {
  const issues: Issue[] = [];
  const bad = (keys: Keys, field: string, expected: string, fix: string): void => {
    issues.push(present({ line, field, found: shownValue(keys[field]), expected, fix }));
  };

  const id = (keys: Keys, field: string): string => {
    const given = keys[field];
    const text = Number.isSafeInteger(given) ? String(given) : given;
    if (typeof text === 'string' && text !== '' && isWellFormed(text)) return text;
    bad(keys, field, 'an id', 'Write the id as text or as a whole number.');
    return '';
  };

  const annotator = (keys: Keys): string => {
    const given = keys['annotatorId'];
    return given === undefined || given === null || given === '' ? ANONYMOUS : id(keys, 'annotatorId');
  };

  const label = (keys: Keys): Label => {
    const given = keys['label'];
    if (given === 0 || given === 1) return given;
    bad(keys, 'label', '1 for stalled or 0 for flowing', 'Write 0 or 1, without quotes.');
    return 0;
  };

  const number = (keys: Keys, field: 'at' | 'score'): number | undefined => {
    const given = keys[field];
    if (given === undefined || given === null) return undefined;
    if (typeof given === 'number' && Number.isFinite(given)) return given;
    bad(keys, field, 'a number', `Write it as a number, or leave the key out where there is no ${field}.`);
    return undefined;
  };

  const read = (keys: Keys): Event | undefined => {
    const kind = keys['event'];
    if (kind !== 'vote' && kind !== 'score' && kind !== 'gold' && kind !== 'retraction') {
      bad(keys, 'event', '"vote", "score", "gold" or "retraction"', 'Say what kind of event it is.');
      return undefined;
    }
    const eventId = id(keys, 'eventId');
    const at = number(keys, 'at');
    const when = at === undefined ? {} : { at };
    if (kind === 'retraction') return { event: kind, eventId, of: id(keys, 'of'), ...when };
    const stackId = id(keys, 'stackId');
    if (kind === 'gold') return { event: kind, eventId, stackId, label: label(keys), ...when };
    if (kind === 'vote') {
      return { event: kind, eventId, stackId, annotatorId: annotator(keys), label: label(keys), ...when };
    }
    const score = number(keys, 'score');
    return present({ event: kind, eventId, stackId, score, ...when });
  };

  if (!isObject(value)) {
    const fix = 'Write one event per line, as {"event": "vote", …}.';
    return E.left([present({ line, found: shownValue(value), expected: 'an event as a JSON object', fix })]);
  }
  const event = read(value);
  return event === undefined || issues.length > 0 ? E.left(issues) : E.right(canonical(event));
};
