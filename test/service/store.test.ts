import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { getOrThrow } from '../../src/domain/errors.js';
import * as Online from '../../src/online/index.js';
import * as Policy from '../../src/policy/index.js';
import { type EventStore, groupCommit, openDatabase, openStore } from '../../src/service/index.js';
import {
  databases,
  events,
  freshPostgres,
  opened,
  policy,
  policyWith,
  postgres,
  sentBy,
  storeOn,
} from './laboratory.js';

/** The store keeps every event once, and each decision is that of `Online.judge` on the events of its stack. */

const folder = mkdtempSync(join(tmpdir(), 'tandem-store-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let file = 0;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const DIALECTS = databases(
  () => join(folder, `${file++}.db`),
  (clean) => cleanups.push(clean),
);

const storeAt = async (url: string, active = policy): Promise<EventStore> => {
  const store = await storeOn(await opened(url), active);
  cleanups.push(store.close);
  return store;
};

const stackIds = [...new Set(events.flatMap((event) => ('stackId' in event ? [event.stackId] : [])))];

/** What the events of a stack come to, without the service. */
const expected = (list: readonly Online.Event[], by = policy) => {
  const judge = Online.judge(by, { policyHash: Policy.hash(by) });
  return (stackId: string) => {
    const ids = new Set(
      list.flatMap((event) => ('stackId' in event && event.stackId === stackId ? [event.eventId] : [])),
    );
    const own = list.filter((event) => (event.event === 'retraction' ? ids.has(event.of) : event.stackId === stackId));
    return judge(own);
  };
};

const agrees = async (store: EventStore, list: readonly Online.Event[], by = policy): Promise<void> => {
  const judged = expected(list, by);
  for (const stackId of stackIds) {
    const kept = await store.decision(stackId);
    const { change: _, ...decision } = kept ?? { change: 0 };
    expect(kept === undefined ? undefined : decision).toEqual(judged(stackId));
  }
};

describe.each(DIALECTS)('a store on %s', (dialect, fresh) => {
  test('decides as the events of each stack do, in whatever portions, order and repetition they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(events.slice(), { minLength: 200, maxLength: 600 }),
        fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 8, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 60 }),
        async (list, sizes, again) => {
          const store = await storeAt(await fresh());
          const repeated = [...list, ...again.map((i) => list[i % list.length])];
          let from = 0;
          for (let k = 0; from < repeated.length; k++) {
            const size = sizes[k % sizes.length];
            await store.apply(sentBy('')(repeated.slice(from, from + size)));
            from += size;
          }
          await agrees(store, list);
          expect((await store.counts()).events).toBe(list.length);
        },
      ),
      { numRuns: dialect === 'SQLite' ? 8 : 4 },
    );
  });

  test('answers for each event: accepted, repeated, in conflict; and a conflict moves nothing', async () => {
    const store = await storeAt(await fresh());
    const vote = (eventId: string, stackId: string, label: 0 | 1): Online.Event => ({
      ...{ event: 'vote', eventId, stackId, annotatorId: 'ann', label, at: 1 },
    });
    const outcomes = async (...list: readonly Online.Event[]) =>
      (await store.apply(sentBy('web')(list))).map(({ outcome }) => outcome);
    expect(await outcomes(vote('1', 's1', 1), vote('2', 's2', 0), vote('1', 's1', 1))).toEqual([
      'accepted',
      'accepted',
      'repeat',
    ]);
    const before = await store.decision('s1');
    expect(await outcomes(vote('1', 's1', 0), vote('2', 's1', 0), vote('3', 's3', 0), vote('3', 's3', 1))).toEqual([
      'conflict',
      'conflict',
      'accepted',
      'conflict',
    ]);
    expect(await store.decision('s1')).toEqual(before);
    // The same id of another source is another event.
    expect((await store.apply(sentBy('bot')([vote('1', 's9', 0)])))[0].outcome).toBe('accepted');
    expect((await store.counts()).events).toBe(4);
  });

  test('gives events without a time that of their arrival, and knows them again', async () => {
    const store = await storeAt(await fresh());
    const vote = { event: 'vote', eventId: 'v', stackId: 's1', annotatorId: 'ann', label: 1 } as const;
    expect((await store.apply(sentBy('')([vote])))[0].outcome).toBe('accepted');
    expect((await store.apply(sentBy('')([vote])))[0].outcome).toBe('repeat');
    expect((await store.apply(sentBy('')([{ ...vote, label: 0 }])))[0].outcome).toBe('conflict');
    expect((await store.decision('s1'))?.votes).toBe(1);
  });

  test('retracts what came before, comes later, or comes at the same time', async () => {
    const list = events.slice(0, 400);
    const retractions = list
      .filter((_, i) => i % 5 === 0)
      .map((event, i): Online.Event => ({ event: 'retraction', eventId: `r${i}`, of: event.eventId, at: 1e6 + i }));
    const store = await storeAt(await fresh());
    await store.apply(sentBy('')(retractions.slice(0, 30)));
    await store.apply(sentBy('')([...list, ...retractions.slice(20, 50)]));
    await store.apply(sentBy('')(retractions.slice(50)));
    await agrees(store, [...list, ...retractions]);
  });

  test('judges all stacks again under another policy, some at a time', async () => {
    const store = await storeAt(await fresh());
    await store.apply(sentBy('')(events));
    const other = policyWith(5);
    const hash = getOrThrow(await store.addPolicy(Policy.toText(other), 'test'));
    expect(await store.activate('unknown', 'test')).toBe(false);
    expect(await store.tryOut(hash, 'test')).toBe(true);
    await store.apply(sentBy('late')(events.slice(-50)));
    expect(store.shadow()?.compared).toBeGreaterThan(0);
    expect(await store.activate(hash, 'test')).toBe(true);
    while ((await store.sweep(70)) > 0);
    await agrees(
      store,
      [...events, ...events.slice(-50).map((event) => ({ ...event, eventId: `late/${event.eventId}` }))],
      other,
    );
  });

  test('says what to ask next: where a vote saves most, nobody twice, no more people than votes are wanted', async () => {
    const store = await storeAt(await fresh());
    await store.apply(sentBy('')(events.filter(({ event }) => event === 'score')));
    const ann = await store.next({ annotatorId: 'ann', most: 1000 });
    const open = await Promise.all(stackIds.map((id) => store.decision(id)));
    const wanted = open.filter((decision) => decision?.routing._tag === 'AskCrowd');
    expect(new Set(ann.map(({ stackId }) => stackId)).size).toBe(wanted.length);
    expect(await store.next({ annotatorId: 'ann', most: 1000 })).toEqual([]);
    // One vote at a time is wanted, and ann is at it.
    expect(await store.next({ annotatorId: 'ben', most: 1000 })).toEqual([]);
    const [{ stackId }] = ann;
    await store.apply(sentBy('')([{ event: 'vote', eventId: 'a1', stackId, annotatorId: 'ann', label: 1 }]));
    const again = await store.decision(stackId);
    const ben = await store.next({ annotatorId: 'ben', most: 10 });
    expect(ben.map((question) => question.stackId)).toEqual(again?.routing._tag === 'AskCrowd' ? [stackId] : []);
    expect(await store.next({ annotatorId: 'ann', most: 10 })).toEqual([]);
  });

  test('pages through decisions without a gap or a repeat while they change', async () => {
    const store = await storeAt(await fresh());
    const seen = new Map<string, number>();
    let since = 0;
    const read = async (): Promise<void> => {
      for (;;) {
        const page = await store.decisions({ since, most: 40 });
        if (page.length === 0) return;
        for (const { stackId, change } of page) {
          expect(change).toBeGreaterThan(since);
          since = change;
          seen.set(stackId, change);
        }
      }
    };
    for (let from = 0; from < events.length; from += 300) {
      await store.apply(sentBy('')(events.slice(from, from + 300)));
      await read();
    }
    for (const stackId of stackIds) expect(seen.get(stackId)).toBe((await store.decision(stackId))?.change);
  });

  test('is the same after it was closed', async () => {
    const url = await fresh();
    const first = await storeOn(await opened(url));
    await first.apply(sentBy('')(events.slice(0, 500)));
    await first.close();
    const store = await openStore(await opened(url));
    cleanups.push(store.close);
    expect(store.active()).toBe(Policy.hash(policy));
    await agrees(store, events.slice(0, 500));
    await store.apply(sentBy('')(events));
    await agrees(store, events);
  });
});

test('an SQLite file has one process', async () => {
  const url = join(folder, 'alone.db');
  const store = await storeAt(url);
  await store.apply(sentBy('')(events.slice(0, 3)));
  expect((await openDatabase(url))._tag).toBe('Left');
});

describe.skipIf(postgres === undefined)('servers that share a PostgreSQL', () => {
  test.each([2, 4])('%i of them keep every event once, however it is delivered, while policies change', async (n) => {
    const { url, drop } = await freshPostgres();
    cleanups.push(drop);
    const stores = [await storeAt(url)];
    for (let i = 1; i < n; i++) {
      const store = await openStore(await opened(url));
      cleanups.push(store.close);
      stores.push(store);
    }
    const other = policyWith(5);
    const hash = getOrThrow(await stores[0].addPolicy(Policy.toText(other), 'test'));
    const portions = Array.from({ length: Math.ceil(events.length / 37) }, (_, i) =>
      events.slice(i * 37, (i + 1) * 37),
    );
    const deliveries = [...portions, ...portions.filter((_, i) => i % 3 === 0)].toSorted((a, b) =>
      a[0].eventId < b[0].eventId ? -1 : 1,
    );
    let changed = false;
    await Promise.all(
      stores.map(async (store, s) => {
        for (let k = s; k < deliveries.length; k += n) {
          await store.apply(sentBy('')(deliveries[k]));
          if (!changed && k > deliveries.length / 2) {
            changed = true;
            await store.activate(hash, 'test');
          }
        }
      }),
    );
    for (const store of stores) while ((await store.sweep(100)) > 0);
    await agrees(stores[n - 1], events, other);
    expect((await stores[0].counts()).events).toBe(events.length);
  });

  test('do not send more people to a stack than votes are wanted', async () => {
    const { url, drop } = await freshPostgres();
    cleanups.push(drop);
    const stores = [await storeAt(url), await openStore(await opened(url))];
    cleanups.push(stores[1].close);
    await stores[0].apply(sentBy('')(events.filter(({ event }) => event === 'score')));
    const asked = await Promise.all(
      Array.from({ length: 24 }, (_, i) => stores[i % 2].next({ annotatorId: `p${i}`, most: 10 })),
    );
    const ids = asked.flat().map(({ stackId }) => stackId);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('groupCommit()', () => {
  test('commits in the order of arrival, many requests at once, and tells each its own outcomes', async () => {
    const groups: number[] = [];
    const commit = groupCommit(async (sent) => {
      groups.push(sent.length);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return sent.map(({ event }) => ({ eventId: event.eventId, outcome: 'accepted', stackIds: [] }));
    });
    const answers = await Promise.all(events.slice(0, 100).map((event) => commit.add([{ source: '', event }])));
    expect(answers.map((list) => list?.[0].eventId)).toEqual(events.slice(0, 100).map(({ eventId }) => eventId));
    expect(groups.length).toBeLessThan(5);
    await commit.idle();
    expect(commit.waiting()).toBe(0);
  });

  test('turns away what would wait too long, and fails only what was in the transaction that failed', async () => {
    let fails = true;
    const commit = groupCommit(
      async (sent) => {
        if (fails) throw new Error('disk full');
        return sent.map(({ event }) => ({ eventId: event.eventId, outcome: 'accepted', stackIds: [] }));
      },
      { mostWaiting: 3 },
    );
    const [a, b] = [commit.add(sentBy('')(events.slice(0, 2))), commit.add(sentBy('')(events.slice(2, 4)))];
    expect(b).toBeUndefined();
    await expect(a).rejects.toThrow('disk full');
    fails = false;
    expect((await commit.add(sentBy('')(events.slice(0, 2))))?.length).toBe(2);
  });
});
