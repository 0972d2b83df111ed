import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, Issue } from '../domain/errors.js';
import type { Policy } from '../policy/index.js';
import { lineOf } from './event.js';
import { eventOrIssues, invalidEvents, isObject, MOST_ISSUES, shownValue } from './readEvent.js';
import type { Settings } from './settings.js';
import { open, type Store } from './store.js';

/** Lines of an event log or of a snapshot, without their line ends; `node:readline` gives such. */
export type Lines = Iterable<string> | AsyncIterable<string>;

/** A store with the events of its logs, and what was remarkable about them. */
export interface Restored {
  readonly store: Store;
  /** Events that were there more than once, which is harmless. */
  readonly repeats: number;
  /** Different events with one id, which is an error of the sender. */
  readonly conflicts: number;
  /** Numbers of the logs, from 0, whose last line is incomplete after an interruption. It is left out; its sender will send it again. */
  readonly cutShort: readonly number[];
}

const FIRST = { schema: 'tandem-online/1' } as const;

/**
 * Writes a store line by line. A snapshot is an event log with each event once, between a first and a last line of its own.
 * Stores with the same events give the same bytes.
 *
 * Events may arrive while the lines are being written. To lose none of them, start the log that follows the snapshot before
 * the snapshot: an event in both counts once.
 *
 * @returns lines without line ends
 * @example
 * const lines = [...Online.snapshot({ events: () => [{ event: 'gold', eventId: 'e1', stackId: 's1', label: 1 }] })];
 * lines[1] // => '{"event":"gold","eventId":"e1","stackId":"s1","label":1}'
 * lines[2] // => '{"end":{"events":1}}'
 */
export function* snapshot(store: Pick<Store, 'events'>): Generator<string> {
  yield JSON.stringify(FIRST);
  let events = 0;
  for (const event of store.events()) {
    events++;
    yield lineOf(event);
  }
  yield JSON.stringify({ end: { events } });
}

/** The value of a line of JSON. */
const parsed = (line: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(line) };
  } catch {
    return undefined;
  }
};

/** The result of reading one log. */
interface Read {
  readonly repeats: number;
  readonly conflicts: number;
  readonly isCutShort: boolean;
}

const notWhole = (line: number, events: number, counted: unknown): Issue => ({
  line,
  found: `${events} events and then ${counted === undefined ? 'the end of the file' : `a count of ${shownValue(counted)}`}`,
  expected: 'a whole snapshot, whose last line counts its events',
  fix: 'Take an older snapshot and replay the log from where that one began.',
});

/** Reads one log into a store. */
const readLog = async (lines: Lines, store: Store, issue: (wrong: Issue) => void): Promise<Read> => {
  const outcomes = { new: 0, repeat: 0, conflict: 0, refused: 0 };
  let line = 0;
  // Events since the first line of a snapshot, while its last one is awaited.
  let inSnapshot: number | undefined;
  // A last line that is not JSON is no error: the writer was interrupted.
  let broken: Issue | undefined;

  const take = (value: unknown): void => {
    if (isObject(value) && value['schema'] === FIRST.schema) {
      inSnapshot = 0;
    } else if (isObject(value) && isObject(value['end'])) {
      const counted = value['end']['events'];
      if (counted !== inSnapshot) issue(notWhole(line, inSnapshot ?? 0, counted));
      inSnapshot = undefined;
    } else {
      const event = eventOrIssues(value, line);
      if (inSnapshot !== undefined) inSnapshot++;
      if (E.isRight(event)) outcomes[store.apply(event.right).outcome]++;
      else for (const each of event.left) issue(each);
    }
  };

  for await (const text of lines) {
    line++;
    if (text.trim() === '') continue;
    if (broken !== undefined) issue(broken);
    broken = undefined;
    const json = parsed(text);
    if (json !== undefined) {
      take(json.value);
      continue;
    }
    const fix = 'Mend or remove the line. One that an interrupted writer left half-written will be sent again.';
    broken = { line, found: shownValue(text), expected: 'one event as JSON', fix };
  }
  if (inSnapshot !== undefined) issue(notWhole(line, inSnapshot, undefined));
  return { repeats: outcomes.repeat, conflicts: outcomes.conflict, isCutShort: broken !== undefined };
};

/**
 * Restores a store from a snapshot, from event logs, or from both, after a service was interrupted.
 *
 * Order and overlap of the logs do not matter. A log may end in the middle of a line; a snapshot may not.
 *
 * @param policy - decides from now on; it may be another one than before
 * @param logs - each the lines of a snapshot or of a log; a line is one event as JSON, as `Online.Event` has it
 * @returns a new store
 * @left InvalidInput with the first five bad lines and their number; no store then
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * const log = ['{"event":"vote","eventId":"e1","stackId":"s1","annotatorId":"ann","label":1}', '{"event":"vote","even'];
 * const restored = Errors.getOrThrow(await Online.restore(policy)(log));
 * [restored.store.decision('s1').votes, restored.cutShort] // => [1, [0]]
 * Errors.getOrThrow(await Online.restore(policy)(Online.snapshot(restored.store), log)).repeats // => 1
 */
export const restore =
  (policy: Policy, settings: Settings = {}) =>
  async (...logs: readonly Lines[]): Promise<E.Either<InvalidInput, Restored>> => {
    const store = open(policy, settings);
    const issues: Issue[] = [];
    let total = 0;
    let source = 'event log';
    let repeats = 0;
    let conflicts = 0;
    const cutShort: number[] = [];
    for (const [number, lines] of logs.entries()) {
      const read = await readLog(lines, store, (issue) => {
        if (total++ === 0) source = logs.length === 1 ? 'event log' : `event log ${number + 1} of ${logs.length}`;
        if (issues.length < MOST_ISSUES) issues.push(issue);
      });
      repeats += read.repeats;
      conflicts += read.conflicts;
      if (read.isCutShort) cutShort.push(number);
      if (total > 0) break;
    }
    return total > 0 ? E.left(invalidEvents(source, issues, total)) : E.right({ store, repeats, conflicts, cutShort });
  };
