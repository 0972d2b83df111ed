import type { Label } from '../domain/label.js';
import { ANONYMOUS } from '../domain/vote.js';
import { isWellFormed } from '../kernel/utf8.js';
import type { Policy } from '../policy.js';
import { type Event, lineOf, settled } from './event.js';
import {
  type EventContent,
  eventTable,
  GOLD,
  MOST_ANNOTATORS,
  MOST_ROOM,
  numbersOf,
  RETRACTION,
  SCORE,
  UNHEARD,
  VOTE,
} from './eventTable.js';
import { idTable, NOWHERE } from './idTable.js';
import { type Decision, judge } from './judge.js';
import { compareIds } from './order.js';
import type { Settings } from './settings.js';

/** What became of an event. */
export interface Applied {
  /** `conflict`: another event had this id before, which is their sender's mistake; see `Online.reduce`. */
  readonly outcome: 'new' | 'repeat' | 'conflict';
  /** The stack it is about; absent for a retraction of something not heard yet. */
  readonly stackId?: string;
}

/** How much a store holds. */
export interface StoreSize {
  readonly events: number;
  readonly stacks: number;
  readonly annotators: number;
  /** Memory of its tables, most of it off the JavaScript heap. */
  readonly bytes: number;
}

/** A state of a million stacks, in memory. What it hears and decides is what `Online.reduce` and `Online.decision` do. */
export interface Store {
  /** Hears one event, in constant time however many votes its stack has. */
  readonly apply: (event: Event) => Applied;
  /** What is decided about a stack now; `undefined` when no event has named it. */
  readonly decision: (stackId: string) => Decision | undefined;
  /** Judges by another policy from now on. Nothing heard is lost. */
  readonly refresh: (policy: Policy, settings?: Settings) => void;
  /** Every stack an event has named, in UTF-8 byte order. */
  readonly stackIds: () => readonly string[];
  /** What was heard, each event once: stack by stack, then retractions; or one stack's events with their retractions. */
  readonly events: (stackId?: string) => Iterable<Event>;
  readonly size: () => StoreSize;
}

/**
 * Opens an empty store: the engine of a service that decides after every vote.
 *
 * The fast twin of `reduce` and `decision`: columns off the heap, constant time per event, about 60 bytes per event and
 * stack with their ids. It forgets nothing; see `snapshot` and `restore` for how it outlives its process.
 *
 * @param policy - judges from now on; `refresh` takes another
 * @returns functions over state of their own; every one is synchronous and does no I/O
 * @example
 * const provenance = { package: 'p', version: '1', command: 'c', seed: 7, inputs: [] };
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 9, prevalence: 0.1, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 }, provenance)(lab);
 * const store = Online.open(policy);
 * store.apply({ event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 0 }) // => { outcome: 'new', stackId: 's1' }
 * store.apply({ event: 'vote', eventId: 'e1', stackId: 's1', annotatorId: 'ann', label: 0 }).outcome // => 'repeat'
 * store.decision('s1').votes // => 1
 * store.apply({ event: 'retraction', eventId: 'e2', of: 'e1' }).stackId // => 's1'
 * store.decision('s1').votes // => 0
 */
export const open = (policy: Policy, settings: Settings = {}): Store => {
  const events = eventTable();
  const stacks = idTable(STACK_WORDS);
  let firstRetraction = NOWHERE;
  let heard = 0;
  const annotatorIds: string[] = [];
  const numberOf = new Map<string, number>();
  let anonymous: number | undefined;

  let judging = judge(policy, settings);
  let { duplicates = 'first' } = settings;
  // The judge's row of each annotator, so that a name is looked up once.
  let skillOf: number[] = [];

  const refresh: Store['refresh'] = (next, changed = settings) => {
    judging = judge(next, changed);
    duplicates = changed.duplicates ?? 'first';
    skillOf = annotatorIds.map(judging.rowOf);
  };

  const annotator = (annotatorId: string): number => {
    const known = numberOf.get(annotatorId);
    if (known !== undefined) return known;
    const number = annotatorIds.length;
    if (!isWellFormed(annotatorId))
      throw new RangeError(`online: id ${JSON.stringify(annotatorId)} has a lone surrogate`);
    if (number === MOST_ANNOTATORS) throw new RangeError(`online: expected at most ${MOST_ANNOTATORS} annotators`);
    if (annotatorId === ANONYMOUS) anonymous = number;
    numberOf.set(annotatorId, number);
    annotatorIds.push(annotatorId);
    skillOf.push(judging.rowOf(annotatorId));
    return number;
  };

  // A service asks about the stack it has just heard of.
  let latest: { readonly id: string; readonly address: number } = { id: '', address: NOWHERE };
  const findStack = (stackId: string): number =>
    latest.address !== NOWHERE && latest.id === stackId ? latest.address : (stacks.find(stackId) ?? NOWHERE);
  const putStack = (stackId: string): number => {
    latest = { id: stackId, address: stacks.put(stackId, 0) };
    return latest.address;
  };

  const contentOf = (event: Event): EventContent => {
    const at = finite(event.at);
    switch (event.event) {
      case 'vote': {
        const who = annotator(event.annotatorId);
        const about = putStack(event.stackId);
        return { kind: VOTE, label: event.label, annotator: who, about, score: undefined, at };
      }
      case 'score': {
        const about = putStack(event.stackId);
        return { kind: SCORE, label: 0, annotator: 0, about, score: finite(event.score), at };
      }
      case 'gold': {
        const about = putStack(event.stackId);
        return { kind: GOLD, label: event.label, annotator: 0, about, score: undefined, at };
      }
      case 'retraction': {
        // What it names may never have been heard of, and must not move when it is.
        const about = events.put(event.of, MOST_ROOM);
        return { kind: RETRACTION, label: 0, annotator: 0, about, score: undefined, at };
      }
    }
  };

  /** Adds an event to its stack: into the window, out of which the oldest goes to the list. */
  const link = (stack: number, address: number): void => {
    const oldest = stacks.get(stack, WINDOW + LATEST - 1);
    if (oldest !== NOWHERE) {
      events.setNext(oldest, stacks.get(stack, OLDER));
      stacks.set(stack, OLDER, oldest);
    }
    for (let w = LATEST - 1; w > 0; w--) stacks.set(stack, WINDOW + w, stacks.get(stack, WINDOW + w - 1));
    stacks.set(stack, WINDOW, address);
  };

  const write = (record: number, content: EventContent): void => {
    const address = events.write(record, content);
    if (content.kind === RETRACTION) {
      events.setNext(address, firstRetraction);
      firstRetraction = address;
      events.retract(content.about, true);
    } else {
      link(content.about, address);
    }
    if (address === record || !events.isRetracted(address)) return;
    for (const retraction of list(firstRetraction)) {
      if (events.about(retraction) === record) events.setAbout(retraction, address);
    }
  };

  function* list(first: number): Generator<number> {
    for (let address = first; address !== NOWHERE; address = events.next(address)) yield address;
  }

  /** Events on a stack, the latest to arrive first. */
  function* eventsOn(stack: number): Generator<number> {
    for (let w = 0; w < LATEST; w++) {
      const address = stacks.get(stack, WINDOW + w);
      if (address !== NOWHERE) yield address;
    }
    yield* list(stacks.get(stack, OLDER));
  }

  /** Takes an event out, because another counts under its id. This is rare, so lists are simply made anew. */
  const erase = (erased: number): void => {
    const about = events.about(erased);
    if (events.kind(erased) === RETRACTION) {
      const others = [...list(firstRetraction)].filter((address) => address !== erased);
      firstRetraction = NOWHERE;
      for (const other of others) {
        events.setNext(other, firstRetraction);
        firstRetraction = other;
      }
      const isRetracted = others.some((other) => events.about(other) === about);
      events.retract(about, isRetracted);
      return;
    }
    const others = [...eventsOn(about)].filter((address) => address !== erased);
    for (let word = 0; word < STACK_WORDS; word++) stacks.set(about, word, NOWHERE);
    for (const other of others.reverse()) link(about, other);
  };

  const eventAt = (address: number): Event => {
    const eventId = events.id(address);
    const time = events.at(address);
    const at = time === Number.POSITIVE_INFINITY ? {} : { at: time };
    const kind = events.kind(address);
    if (kind === RETRACTION) return { event: 'retraction', eventId, of: events.id(events.about(address)), ...at };
    const stackId = stacks.text(events.about(address));
    if (kind === SCORE) {
      const score = events.score(address);
      return { event: 'score', eventId, stackId, ...(score === undefined ? {} : { score }), ...at };
    }
    const label: Label = events.label(address) === 1 ? 1 : 0;
    if (kind === GOLD) return { event: 'gold', eventId, stackId, label, ...at };
    return { event: 'vote', eventId, stackId, annotatorId: annotatorIds[events.annotator(address)], label, ...at };
  };

  /** The stack that an event is about, or that the event is about that a retraction names. */
  const concerned = (event: Event): Pick<Applied, 'stackId'> => {
    if (event.event !== 'retraction') return { stackId: event.stackId };
    const address = events.find(event.of) ?? NOWHERE;
    if (address === NOWHERE || !isOnStack(events.kind(address))) return {};
    return { stackId: stacks.text(events.about(address)) };
  };

  const apply: Store['apply'] = (event) => {
    const record = events.put(event.eventId, numbersOf({ at: finite(event.at), score: scoreOf(event) }));
    if (events.kind(record) === UNHEARD) {
      write(record, contentOf(event));
      heard++;
      return event.event === 'retraction'
        ? { outcome: 'new', ...concerned(event) }
        : { outcome: 'new', stackId: event.stackId };
    }
    const known = eventAt(record);
    if (lineOf(known) === lineOf(event)) return { outcome: 'repeat', ...concerned(event) };
    if (settled(known, event) === event) {
      const content = contentOf(event);
      erase(record);
      write(record, content);
    }
    return { outcome: 'conflict', ...concerned(event) };
  };

  /** Whether event a counts rather than b, where only one of them can. */
  const isPreferred = (a: number, b: number): boolean => {
    const x = events.at(a);
    const y = events.at(b);
    const order = x === y ? compareIds(events.id(a), events.id(b)) : x - y;
    return duplicates === 'last' ? order > 0 : order < 0;
  };

  // Votes on the stack at hand, and what they are worth.
  let ballots = new Float64Array(64);
  let nats = new Float64Array(64);
  const longer = (numbers: Float64Array): Float64Array<ArrayBuffer> => {
    const twice = new Float64Array(2 * numbers.length);
    twice.set(numbers);
    return twice;
  };

  /** Keeps one vote of each annotator among the first n ballots; how many are left. */
  const resolve = (n: number): number => {
    const places = n > MANY ? new Map<number, number>() : undefined;
    let kept = 0;
    for (let i = 0; i < n; i++) {
      const vote = ballots[i];
      const who = events.annotator(vote);
      let k = kept;
      if (who !== anonymous) {
        if (places === undefined) for (k = 0; k < kept && events.annotator(ballots[k]) !== who; ) k++;
        else k = places.get(who) ?? kept;
      }
      if (k < kept) {
        if (isPreferred(vote, ballots[k])) ballots[k] = vote;
      } else {
        places?.set(who, kept);
        ballots[kept++] = vote;
      }
    }
    return kept;
  };

  // What was found on the stack at hand.
  let n = 0;
  let scored = NOWHERE;
  let gold = NOWHERE;

  const look = (address: number): void => {
    if (events.isRetracted(address)) return;
    const kind = events.kind(address);
    if (kind === VOTE) {
      if (n === ballots.length) {
        ballots = longer(ballots);
        nats = longer(nats);
      }
      ballots[n++] = address;
    } else if (kind === GOLD) {
      if (gold === NOWHERE || isPreferred(address, gold)) gold = address;
    } else if (events.score(address) !== undefined && (scored === NOWHERE || isPreferred(address, scored))) {
      scored = address;
    }
  };

  // Keeps the compiler from dropping the loads of `prefetch`.
  const touched = new Uint32Array(1);

  /** Loads the window's events in a loop so short that the processor overlaps their cache misses. */
  const prefetch = (stack: number): void => {
    let kinds = 0;
    for (let w = 0; w < LATEST; w++) kinds |= events.kind(stacks.get(stack, WINDOW + w));
    touched[0] = kinds;
  };

  const decision: Store['decision'] = (stackId) => {
    const stack = findStack(stackId);
    if (stack === NOWHERE || stacks.get(stack, WINDOW) === NOWHERE) return undefined;
    n = 0;
    scored = NOWHERE;
    gold = NOWHERE;
    prefetch(stack);
    for (let w = 0; w < LATEST; w++) {
      const address = stacks.get(stack, WINDOW + w);
      if (address !== NOWHERE) look(address);
    }
    for (let address = stacks.get(stack, OLDER); address !== NOWHERE; address = events.next(address)) look(address);
    if (n > 1 && duplicates !== 'all') n = resolve(n);
    const { stalled, flowing } = judging.worth;
    for (let i = 0; i < n; i++) {
      const skill = skillOf[events.annotator(ballots[i])];
      nats[i] = events.label(ballots[i]) === 1 ? stalled[skill] : flowing[skill];
    }
    const score = scored === NOWHERE ? undefined : events.score(scored);
    const truth = gold === NOWHERE ? undefined : events.label(gold) === 1 ? 1 : 0;
    return judging.decide({ stackId, nats, n, score, gold: truth });
  };

  const inOrder = (addresses: Iterable<number>): Event[] =>
    Array.from(addresses, eventAt).sort((a, b) => compareIds(a.eventId, b.eventId));

  const stackIds = (): string[] =>
    Array.from(stacks.addresses())
      .filter((stack) => stacks.get(stack, WINDOW) !== NOWHERE)
      .map(stacks.text)
      .sort(compareIds);

  function* everything(): Generator<Event> {
    for (const stackId of stackIds()) yield* inOrder(eventsOn(findStack(stackId)));
    yield* inOrder(list(firstRetraction));
  }

  const about = (stackId: string): Event[] => {
    const stack = findStack(stackId);
    if (stack === NOWHERE) return [];
    const retractions = [...list(firstRetraction)].filter((retraction) => {
      const named = events.about(retraction);
      return isOnStack(events.kind(named)) && events.about(named) === stack;
    });
    return [...inOrder(eventsOn(stack)), ...inOrder(retractions)];
  };

  return {
    apply,
    decision,
    refresh,
    stackIds,
    events: (stackId) => (stackId === undefined ? everything() : about(stackId)),
    size: () => ({
      events: heard,
      stacks: stacks.size(),
      annotators: annotatorIds.length,
      bytes: events.bytes() + stacks.bytes(),
    }),
  };
};

// The words at the front of a stack's record: the latest of its events, which are nearly always all it has, and the first of
// a list of older ones. Events of a window are found at once; along a list each one waits for the one before.
const LATEST = 4;
const OLDER = 0;
const WINDOW = 1;
const STACK_WORDS = WINDOW + LATEST;

// Above this many votes on one stack, repeats are found by a map.
const MANY = 32;

const isOnStack = (kind: number): boolean => kind !== UNHEARD && kind !== RETRACTION;

const finite = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) ? value + 0 : undefined;

const scoreOf = (event: Event): number | undefined => (event.event === 'score' ? finite(event.score) : undefined);
