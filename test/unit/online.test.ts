import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { format, getOrThrow } from '../../src/domain/errors.js';
import { compareIds } from '../../src/online/event.js';
import * as Online from '../../src/online/index.js';
import { idTable } from '../../src/online/tables/idTable.js';
import * as Policy from '../../src/policy/index.js';
import * as Gold from '../../src/stages/gold.js';
import * as Votes from '../../src/stages/votes/index.js';

const provenance = { package: 'p', version: '1', command: 'c', seed: 1, inputs: [] };
const { policy: bare } = Policy.fit({ provenance })({
  votes: Votes.EMPTY,
  gold: Gold.from({ chosen: 'random' })([]),
});

/** Asks until it stands beyond one of two places; after five votes an expert looks. */
const ruleAt = (flowingBelow: number, stalledFrom: number): Policy.Policy['rule'] => ({
  leastVotes: 0,
  bounds: [
    ...Array.from({ length: 5 }, () => ({
      flowingBelow,
      expertFrom: stalledFrom,
      expertBelow: stalledFrom,
      stalledFrom,
    })),
    { flowingBelow, expertFrom: flowingBelow, expertBelow: stalledFrom, stalledFrom },
  ],
  contradiction: { flowingAbove: flowingBelow + 1, stalledBelow: stalledFrom - 1 },
});

/** A policy with a crowd of newcomers: a flowing vote is worth −1.5 nats, a stalled one +2.1, and the prior −4.6. */
const policyAt = (flowingBelow: number, stalledFrom: number): Policy.Policy => {
  const { traitModel: _, ...rest } = bare;
  return {
    ...rest,
    prevalence: { value: 0.01, from: 'stated' },
    skills: { ...bare.skills, newcomer: { sensitivity: 0.8, specificity: 0.9 } },
    rule: ruleAt(flowingBelow, stalledFrom),
    votesPerRound: 3,
  };
};
const policy = policyAt(-7, 0);

const vote = (eventId: string, annotatorId: string, label: 0 | 1, at?: number): Online.Event => ({
  event: 'vote',
  eventId,
  stackId: 's1',
  annotatorId,
  label,
  ...(at === undefined ? {} : { at }),
});
const heard = (...events: Online.Event[]): Online.State => events.reduce(Online.reduce, Online.NO_EVENTS);
const decide = (...events: Online.Event[]) => Online.decision(policy)(heard(...events), 's1');
const opened = (...events: Online.Event[]): Online.Store => {
  const store = Online.open(policy);
  for (const event of events) store.apply(event);
  return store;
};

describe('decision()', () => {
  test('says what happens next and why, after every event', () => {
    const flowing = decide(vote('e1', 'ann', 0), vote('e2', 'bob', 0));
    expect([flowing?.decision, flowing?.routing, flowing?.reason]).toEqual([
      'flowing',
      { _tag: 'Retire', label: 0 },
      'below -7 after 2 votes',
    ]);
    // One vote without a score closes nothing.
    const asked = decide(vote('e1', 'ann', 1));
    expect([asked?.decision, asked?.routing, asked?.reason]).toEqual([
      'open',
      { _tag: 'AskCrowd', votesWanted: 3 },
      'one vote without a score decides nothing',
    ]);
    const stalled = decide(vote('e1', 'ann', 1), vote('e2', 'bob', 1), vote('e3', 'cem', 1));
    expect([stalled?.decision, stalled?.reason]).toEqual(['stalled', 'at least 0 after 3 votes']);
  });

  test('the first stop in the order of votes decides, whatever comes later and in whatever order it is delivered', () => {
    const events = [vote('e9', 'ann', 0, 1), vote('e8', 'bob', 0, 2), vote('e7', 'cem', 0, 3), vote('e6', 'dan', 1, 4)];
    for (const order of [events, events.toReversed()]) {
      for (const said of [decide(...order), opened(...order).decision('s1'), Online.judge(policy)(order)]) {
        expect(said).toMatchObject({ decision: 'flowing', votes: 4, votesCounted: 2 });
        expect(said?.logOdds).toBeGreaterThan(-7.1);
      }
    }
    // A contradiction is the one thing that later votes can do.
    const contradicted = decide(...events, vote('e5', 'eve', 1, 5));
    expect(contradicted).toMatchObject({
      decision: 'open',
      routing: { _tag: 'AskExpert', reason: 'votes contradict' },
      votesCounted: 2,
      reason: 'later votes contradict the label of 2 votes',
    });
    // A vote that came before the stop, and is delivered after it, moves the stop.
    expect(decide(...events, vote('e5', 'eve', 1, 0))).toMatchObject({ votesCounted: 4 });
  });

  test('an early vote that is delivered late takes its place, also where older votes fill blocks', () => {
    const late = vote('e0', 'first', 1, 0);
    const events = Array.from({ length: 17 }, (_, v) => vote(`e${v + 1}`, `p${v}`, v === 9 ? 1 : 0, v + 1));
    const store = opened(...events, late);
    const said = store.decision('s1');
    expect(said).toEqual(decide(late, ...events));
    expect(said?.votesCounted).toBe(4);
    expect(opened(...events).decision('s1')?.votesCounted).toBe(2);
    store.apply({ event: 'retraction', eventId: 'r', of: 'e0' });
    expect(store.decision('s1')?.votesCounted).toBe(2);
  });

  test('judge() refuses the events of two stacks', () => {
    const other: Online.Event = { event: 'gold', eventId: 'g', stackId: 's2', label: 1 };
    expect(() => Online.judge(policy)([vote('e1', 'ann', 1), other])).toThrow('of one stack');
    expect(Online.judge(policy)([{ event: 'retraction', eventId: 'r', of: 'e1' }])).toBeUndefined();
  });

  test('knows nothing of a stack that no event has named', () => {
    expect(Online.decision(policy)(Online.NO_EVENTS, 's1')).toBeUndefined();
    expect(opened(vote('e1', 'ann', 1)).decision('s2')).toBeUndefined();
    expect(decide({ event: 'retraction', eventId: 'e1', of: 's1' })).toBeUndefined();
  });

  test('never retires a stack whose votes were all taken back', () => {
    const events: Online.Event[] = [vote('e1', 'ann', 0), { event: 'retraction', eventId: 'e2', of: 'e1' }];
    const said = decide(...events);
    expect([said?.votes, said?.decision, said?.reason]).toEqual([0, 'open', 'neither votes nor a score']);
    expect(opened(...events).decision('s1')).toEqual(said);
    expect(opened(...events.toReversed()).decision('s1')).toEqual(said);
  });

  test('takes an expert at their word, and still says what the policy would do', () => {
    const gold: Online.Event = { event: 'gold', eventId: 'e3', stackId: 's1', label: 1 };
    const said = decide(vote('e1', 'ann', 0), vote('e2', 'bob', 0), gold);
    expect([said?.decision, said?.gold, said?.routing]).toEqual(['stalled', 1, { _tag: 'Retire', label: 0 }]);
  });

  test('an abstaining model leaves no score, whatever it wrote for one', () => {
    for (const score of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const event: Online.Event = { event: 'score', eventId: 'e1', stackId: 's1', score };
      expect(heard(event).events).toEqual([{ event: 'score', eventId: 'e1', stackId: 's1' }]);
      expect([...opened(event).events()]).toEqual([{ event: 'score', eventId: 'e1', stackId: 's1' }]);
    }
  });

  test('`first` is the earliest by time and then by id, not by delivery', () => {
    const early = vote('b', 'ann', 1, 10);
    const late = vote('a', 'ann', 0, 20);
    const untimed = vote('0', 'ann', 0);
    for (const order of [
      [early, late, untimed],
      [untimed, late, early],
    ]) {
      for (const store of [opened(...order)]) expect(store.decision('s1')?.logOdds).toBeCloseTo(-2.5157, 3);
      expect(decide(...order)?.votes).toBe(1);
    }
    const last = Online.open(policy, { duplicates: 'last' });
    for (const event of [early, untimed, late]) last.apply(event);
    expect(last.decision('s1')?.logOdds).toBeLessThan(-5);
  });

  test('a retraction uncovers the vote it stood in front of', () => {
    const events = [vote('e1', 'ann', 1, 1), vote('e2', 'ann', 0, 2)];
    expect(decide(...events)?.logOdds).toBeGreaterThan(-3);
    expect(decide(...events, { event: 'retraction', eventId: 'r', of: 'e1' })?.logOdds).toBeLessThan(-5);
  });

  test('anonymous votes are never duplicates', () => {
    const events = [vote('e1', '', 1), vote('e2', '', 1)];
    expect(decide(...events)?.votes).toBe(2);
    expect(opened(...events).decision('s1')?.votes).toBe(2);
  });
});

describe('open()', () => {
  test('says what became of an event, and on which stack', () => {
    const store = Online.open(policy);
    expect(store.apply({ event: 'retraction', eventId: 'r1', of: 'e1' })).toEqual({ outcome: 'new', affected: [] });
    expect(store.apply(vote('e1', 'ann', 1))).toEqual({ outcome: 'new', affected: ['s1'] });
    const again: Online.Event = { event: 'retraction', eventId: 'r2', of: 'e1' };
    expect(store.apply(again)).toEqual({ outcome: 'new', affected: ['s1'] });
    expect(store.apply(vote('e1', 'ann', 1))).toEqual({ outcome: 'repeat', affected: [] });
    expect(store.apply(vote('e1', 'ann', 0)).outcome).toBe('conflict');
    expect(store.size()).toMatchObject({ events: 3, stacks: 1, annotators: 1 });
  });

  test('one id for events on two stacks: both are named, whichever way it is settled', () => {
    const here = vote('e1', 'ann', 1);
    const there: Online.Event = { event: 'vote', eventId: 'e1', stackId: 's0', annotatorId: 'ann', label: 1 };
    const store = opened(here);
    // The line of the second sorts first, so it counts, and the first stack loses its vote.
    expect(store.apply(there)).toEqual({ outcome: 'conflict', affected: ['s1', 's0'] });
    expect([store.decision('s1'), store.decision('s0')?.votes]).toEqual([undefined, 1]);
    expect(store.apply(here)).toEqual({ outcome: 'conflict', affected: [] });
  });

  test('refuses what is no event, and stores nothing of it', () => {
    const store = opened(vote('e1', 'ann', 1));
    const before = [store.size(), store.decision('s1')];
    const bad: readonly [string, unknown][] = [
      ['label', { ...vote('e2', 'bob', 1), label: 2 }],
      ['label', { ...vote('e2', 'bob', 1), label: '1' }],
      ['stackId', { ...vote('e2', 'bob', 1), stackId: '' }],
      ['eventId', { ...vote('e2', 'bob', 1), eventId: '' }],
      ['at', { ...vote('e2', 'bob', 1), at: '2026' }],
      ['score', { event: 'score', eventId: 'e2', stackId: 's1', score: '0.5' }],
      ['of', { event: 'retraction', eventId: 'e2', of: '' }],
      ['event', { event: 'like', eventId: 'e2' }],
    ];
    for (const [field, event] of bad) {
      const applied = store.apply(event as Online.Event);
      expect(applied).toMatchObject({ outcome: 'refused', affected: [], invalid: { issues: [{ field }] } });
      expect(() => heard(event as Online.Event)).toThrow(RangeError);
    }
    for (const event of [null, undefined, 7, 'vote', []]) {
      expect(store.apply(event as unknown as Online.Event).outcome).toBe('refused');
    }
    expect([store.size(), store.decision('s1')]).toEqual(before);
  });

  test('signs decisions with the policy of the moment', () => {
    const store = Online.open(policy, { policyHash: 'one' });
    store.apply(vote('e1', 'ann', 1));
    store.apply(vote('e2', 'bob', 1));
    expect(store.decision('s1')?.policyHash).toBe('one');
    store.refresh(policyAt(-100, -99), { policyHash: 'two' });
    expect(store.decision('s1')).toMatchObject({ policyHash: 'two', votes: 2, decision: 'stalled' });
  });

  test('keeps retractions and what they name together when both are sent again with other contents', () => {
    const events: Online.Event[] = [
      vote('e1', 'ann', 1),
      { event: 'retraction', eventId: 'r1', of: 'e1' },
      vote('e1', 'ann', 0, 5),
      { event: 'retraction', eventId: 'r1', of: 'e0' },
    ];
    for (const n of [1, 2, 3, 4]) {
      const said = Online.decision(policy)(heard(...events.slice(0, n)), 's1');
      expect(opened(...events.slice(0, n)).decision('s1')).toEqual(said);
      expect(said?.votes).toBe(n === 2 || n === 3 ? 0 : 1);
    }
  });

  test('an event sent again as a retraction of itself takes back no other vote', () => {
    // The record moves, because its new time needs more room than the old one; the other vote has the same content.
    const events: Online.Event[] = [
      vote('e1', '', 1, 0),
      vote('e2', '', 1, 0),
      { event: 'retraction', eventId: 'e2', of: 'e2', at: -1 },
    ];
    const said = Online.decision(policy)(heard(...events), 's1');
    expect(said?.votes).toBe(1);
    expect(opened(...events).decision('s1')).toEqual(said);
  });

  test('finds one of 100,000 stacks and events again, with ids short and long', () => {
    const store = Online.open(policy);
    const n = 100_000;
    const uuid = (i: number): string => `6f1c9a52-0e4b-4c1d-9f3a-${i.toString(16).padStart(12, '0')}`;
    for (let i = 0; i < n; i++) {
      store.apply({ event: 'vote', eventId: uuid(i), stackId: `${i}.mp4`, annotatorId: `p${i % 7}`, label: 0, at: i });
    }
    const long = 'x'.repeat(5_000_000);
    store.apply({ event: 'gold', eventId: long, stackId: long, label: 1 });
    store.apply({ event: 'gold', eventId: 'after', stackId: `${'y'.repeat(254)}`, label: 1 });
    expect(store.size()).toMatchObject({ events: n + 2, stacks: n + 2, annotators: 7 });
    for (const i of [0, 1, 4095, 65_536, n - 1]) {
      expect([...store.events(`${i}.mp4`)]).toEqual([
        { event: 'vote', eventId: uuid(i), stackId: `${i}.mp4`, annotatorId: `p${i % 7}`, label: 0, at: i },
      ]);
    }
    expect(store.decision(long)?.decision).toBe('stalled');
    expect(store.decision('y'.repeat(254))?.decision).toBe('stalled');
    expect(store.decision('y'.repeat(255))).toBeUndefined();
    expect(store.stackIds()).toEqual([...store.stackIds()].sort(compareIds));
  });

  test('refuses an id that has no UTF-8, and is none the worse', () => {
    const broken = 'a\ud800';
    const store = opened(vote('e1', 'ann', 1));
    for (const event of [
      vote(broken, 'ann', 1),
      vote('e2', broken, 1),
      { event: 'gold', eventId: 'e3', stackId: broken, label: 1 } as const,
      { event: 'retraction', eventId: 'e4', of: broken } as const,
    ]) {
      expect(store.apply(event).outcome).toBe('refused');
      expect(() => heard(event)).toThrow(RangeError);
    }
    expect([...store.events()]).toEqual([vote('e1', 'ann', 1)]);
  });
});

describe('idTable()', () => {
  test('gives back every id it was given, and no other', () => {
    const table = idTable(1);
    const ids = ['', 'a', 'é', '🧠', '__proto__', 'x'.repeat(254), 'x'.repeat(255), 'x'.repeat(70_000), 'ÿ', '\u0000'];
    ids.push('6f1c9a52-0e4b-4c1d-9f3a-2b7d5e8c1a90', '6F1C9A52-0E4B-4C1D-9F3A-2B7D5E8C1A90');
    ids.push('6f1c9a52-0e4b-4c1d-9f3a-2b7d5e8c1a9g', '6f1c9a52_0e4b-4c1d-9f3a-2b7d5e8c1a90');
    expect(ids.map(table.find)).toEqual(ids.map(() => undefined));
    const addresses = ids.map((id) => table.put(id, 0));
    expect(new Set(addresses).size).toBe(ids.length);
    expect(ids.map((id) => table.put(id, 0))).toEqual(addresses);
    expect(addresses.map(table.text)).toEqual(ids);
  });
});

describe('restore()', () => {
  const lines = [vote('e1', 'ann', 1), vote('e2', 'bob', 0)].map((event) => JSON.stringify(event));
  const restore = async (...logs: string[][]) => Online.restore(policy)(...logs);

  test('leaves out a last line that was cut short, and says so', async () => {
    const restored = getOrThrow(await restore(lines, [lines[0], lines[1].slice(0, 20)]));
    expect(restored.cutShort).toEqual([1]);
    expect([restored.repeats, restored.store.size().events]).toEqual([1, 2]);
  });

  test('names the line and the key that are wrong', async () => {
    const bad = ['{"event":"vote","eventId":"e3","stackId":"","label":2}', 'nonsense', '[]', '{"event":"like"}'];
    const failed = await restore([lines[0], ...bad, lines[1]]);
    expect(E.isLeft(failed) && format(failed.left).split('\n')).toEqual([
      'event log, line 2, field "stackId": expected an id, found . Write the id as text or as a whole number.',
      'event log, line 2, field "label": expected 1 for stalled or 0 for flowing, found 2. Write 0 or 1, without quotes.',
      'event log, line 3: expected one event as JSON, found nonsense. Mend or remove the line. One that an interrupted writer left half-written will be sent again.',
      'event log, line 4: expected an event as a JSON object, found []. Write one event per line, as {"event": "vote", …}.',
      'event log, line 5, field "event": expected "vote", "score", "gold" or "retraction", found like. Say what kind of event it is.',
    ]);
  });

  test('refuses a snapshot that is not whole', async () => {
    const snapshot = [...Online.snapshot(opened(vote('e1', 'ann', 1), vote('e2', 'bob', 0)))];
    expect(E.isRight(await restore(snapshot))).toBe(true);
    expect(E.isRight(await restore([...snapshot, ...lines]))).toBe(true);
    for (const cut of [1, 2, 3]) {
      const failed = await restore(snapshot.slice(0, cut));
      expect(E.isLeft(failed) && failed.left.issues[0].found).toBe(`${cut - 1} events and then the end of the file`);
    }
    const failed = await restore([snapshot[0], snapshot[1], snapshot[3]]);
    expect(E.isLeft(failed) && failed.left.issues[0].found).toBe('1 events and then a count of 2');
  });

  test('takes whole numbers for ids, and an absent annotator for the anonymous one', async () => {
    const { store } = getOrThrow(await restore(['{"event":"vote","eventId":7,"stackId":1,"label":1,"ip":"?"}']));
    expect([...store.events()]).toEqual([{ event: 'vote', eventId: '7', stackId: '1', annotatorId: '', label: 1 }]);
  });

  test('counts events that share an id, and lets the same one win whichever came first', async () => {
    const both = [vote('e1', 'ann', 1), vote('e1', 'ann', 0, 5)].map((event) => JSON.stringify(event));
    const [a, b] = [getOrThrow(await restore(both)), getOrThrow(await restore(both.toReversed()))];
    expect([a.conflicts, b.conflicts]).toEqual([1, 1]);
    expect([...a.store.events()]).toEqual([...b.store.events()]);
  });
});

describe('explain()', () => {
  test('says of every event whether it counts, and why not', () => {
    const events: Online.Event[] = [
      vote('e1', 'ann', 1, 1),
      vote('e2', 'ann', 0, 2),
      vote('e3', 'bob', 0, 3),
      { event: 'retraction', eventId: 'r1', of: 'e3' },
      { event: 'score', eventId: 'm1', stackId: 's1', at: 4 },
    ];
    const explained = Online.explain(policy, 's1')(events);
    expect(explained?.trail.map(({ event, because }) => [event.eventId, because])).toEqual([
      ['e1', undefined],
      ['e2', 'e1 counts, under the rule "first"'],
      ['e3', 'retracted by r1'],
      ['m1', 'the model abstained'],
    ]);
    expect(explained?.explanation.contributions.map(({ source }) => source)).toEqual(['prevalence', 'vote']);
    expect(Online.explain(policy, 'nobody')(events)).toBeUndefined();
  });
});
