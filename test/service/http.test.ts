import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as Online from '../../src/online/index.js';
import * as Policy from '../../src/policy/index.js';
import { type EventStore, groupCommit, openApp, tokenHash } from '../../src/service/index.js';
import { events, opened, policy, policyWith, storeOn } from './laboratory.js';

/** The service over HTTP: rights, repeats, conflicts, broken bodies; and nothing of the inside gets out. */

const TOKENS = [
  { source: 'web', rights: ['vote', 'read'] as const, sha256: tokenHash('vote-token') },
  { source: 'bot', rights: ['score'] as const, sha256: tokenHash('score-token') },
  { source: 'lab', rights: ['admin'] as const, sha256: tokenHash('admin-token') },
];
const VOTE = { authorization: 'Bearer vote-token' };
const SCORE = { authorization: 'Bearer score-token' };
const ADMIN = { authorization: 'Bearer admin-token' };

let store: EventStore;
let app: Awaited<ReturnType<typeof openApp>>;

beforeAll(async () => {
  store = await storeOn(await opened(':memory:'));
  app = await openApp({ store, commit: groupCommit(store.apply), tokens: TOKENS, mostBytes: 100_000 });
});
afterAll(async () => {
  await app.close();
  await store.close();
});

const post = (url: string, payload: unknown, headers: Readonly<Record<string, string>> = VOTE) =>
  app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(payload),
  });

const vote = (eventId: string, label: unknown = 1) => ({
  event: 'vote',
  eventId,
  stackId: 's1',
  annotatorId: 'ann',
  label,
  at: 1,
});

describe('POST /v1/events', () => {
  test('stores once, answers for each, and says no to another event of the same id', async () => {
    const first = await post('/v1/events', [vote('v1')]);
    expect([first.statusCode, first.json()]).toEqual([
      200,
      { accepted: 1, repeats: 0, conflicts: 0, outcomes: [{ eventId: 'v1', outcome: 'accepted', stackIds: ['s1'] }] },
    ]);
    expect((await post('/v1/events', { events: [vote('v1')] })).json()).toMatchObject({ accepted: 0, repeats: 1 });
    const conflict = await post('/v1/events', [vote('v1', 0)]);
    expect(conflict.statusCode).toBe(409);
    expect(conflict.headers['content-type']).toContain('application/problem+json');
    expect(conflict.json().detail).toContain('Another event has the id "v1" already');
  });

  test('names the event, the field and the fix, and then stores nothing of the request', async () => {
    const before = (await store.counts()).events;
    const bad = await post('/v1/events', [vote('v2'), vote('v3', 2), { ...vote('v4'), stackId: '' }]);
    expect(bad.statusCode).toBe(422);
    expect(bad.json().issues).toMatchObject([
      { line: 2, field: 'label', found: '2', fix: 'Write 0 or 1, without quotes.' },
      { line: 3, field: 'stackId' },
    ]);
    expect((await store.counts()).events).toBe(before);
  });

  test('wants a token with the right for each kind of event', async () => {
    const none = await post('/v1/events', [vote('v5')], {});
    expect([none.statusCode, none.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect((await post('/v1/events', [vote('v5')], { authorization: 'Bearer guessed' })).statusCode).toBe(401);
    expect((await post('/v1/events', [vote('v5')], SCORE)).statusCode).toBe(403);
    expect(
      (await post('/v1/events', [{ event: 'score', eventId: 'x', stackId: 's1', score: 0.5 }], SCORE)).statusCode,
    ).toBe(200);
    expect(
      (await post('/v1/events', [{ event: 'gold', eventId: 'x', stackId: 's1', label: 1 }], VOTE)).statusCode,
    ).toBe(403);
    expect((await post('/v1/next', { annotatorId: 'ann' }, SCORE)).statusCode).toBe(403);
    expect((await post('/v1/policies', {}, VOTE)).statusCode).toBe(403);
  });

  test('too large, no JSON, no events', async () => {
    expect((await post('/v1/events', [vote('x'.repeat(200_000))])).statusCode).toBe(413);
    const torn = await app.inject({
      method: 'POST',
      url: '/v1/events',
      headers: { 'content-type': 'application/json', ...VOTE },
      payload: '[{"event": ',
    });
    expect([torn.statusCode, torn.json().title]).toEqual([400, 'No JSON']);
    for (const body of [[], {}, null, 7, 'text', { events: 3 }]) {
      expect((await post('/v1/events', body)).statusCode, JSON.stringify(body)).toBe(body === null ? 422 : 422);
    }
  });

  test('any body at all is answered with a 4xx or stored, never with a 5xx, a stack trace or a path', async () => {
    const before = (await store.counts()).events;
    let stored = 0;
    const body = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify([value])),
      fc
        .record({
          event: fc.constantFrom('vote', 'score', 'gold', 'retraction', 'x'),
          eventId: fc.jsonValue(),
          stackId: fc.jsonValue(),
          label: fc.jsonValue(),
          score: fc.jsonValue(),
          of: fc.jsonValue(),
        })
        .map((one) => JSON.stringify([one])),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        const reply = await app.inject({
          method: 'POST',
          url: '/v1/events',
          headers: { 'content-type': 'application/json', ...ADMIN },
          payload,
        });
        expect(reply.statusCode).toBeLessThan(500);
        expect(reply.body).not.toMatch(/node_modules|\.js:\d|\bat .*\(/);
        if (reply.statusCode === 200) stored += reply.json().accepted;
      }),
      { numRuns: 400 },
    );
    expect((await store.counts()).events).toBe(before + stored);
  }, 120_000);

  test('turns away what the database cannot take, and says when to come again', async () => {
    const full = await openApp({
      store,
      commit: { add: () => undefined, waiting: () => 1, idle: async () => undefined },
    });
    const reply = await full.inject({ method: 'POST', url: '/v1/events', payload: [vote('v9')] });
    expect([reply.statusCode, reply.headers['retry-after']]).toEqual([429, '1']);
    await full.close();
    const broken = await openApp({
      store,
      commit: {
        add: () => Promise.reject(new Error('disk full at /secret')),
        waiting: () => 0,
        idle: async () => undefined,
      },
    });
    const refused = await broken.inject({ method: 'POST', url: '/v1/events', payload: [vote('v9')] });
    expect(refused.statusCode).toBe(503);
    expect(refused.body).not.toContain('secret');
    await broken.close();
  });
});

describe('decisions over HTTP', () => {
  const own = events.filter(
    (event) =>
      'stackId' in event &&
      ['stack 0', events[0].event === 'retraction' ? '' : events[0].stackId].includes(event.stackId),
  );

  test('are those of `Online.judge`, with their explanation', async () => {
    const [first] = own;
    if (first === undefined || first.event === 'retraction') throw new Error('a stack with events');
    await post('/v1/events', own, ADMIN);
    const judged = Online.judge(policy, { policyHash: Policy.hash(policy) })(own);
    const reply = await app.inject({ url: `/v1/stacks/${encodeURIComponent(first.stackId)}`, headers: VOTE });
    expect(reply.json()).toMatchObject({ ...judged });
    const why = await app.inject({ url: `/v1/stacks/${encodeURIComponent(first.stackId)}/explanation`, headers: VOTE });
    expect(why.json().explanation.logOdds).toBeCloseTo(judged?.logOdds ?? 0, 12);
    const unknown = await app.inject({ url: '/v1/stacks/nobody', headers: VOTE });
    expect([unknown.statusCode, unknown.json().detail]).toEqual([
      404,
      'No event has named "nobody", or no policy is active yet.',
    ]);
  });

  test('come in pages', async () => {
    const page = (await app.inject({ url: '/v1/decisions?most=1', headers: VOTE })).json();
    expect(page.decisions).toHaveLength(1);
    const rest = (await app.inject({ url: `/v1/decisions?since=${page.next}`, headers: VOTE })).json();
    expect(rest.decisions.map((one: { readonly stackId: string }) => one.stackId)).not.toContain(
      page.decisions[0].stackId,
    );
    expect((await app.inject({ url: '/v1/decisions?since=-1', headers: VOTE })).statusCode).toBe(422);
  });

  test('a policy is checked, tried out and made active', async () => {
    const other = policyWith(5);
    const broken = await post('/v1/policies', { ...JSON.parse(Policy.toText(other)), votesPerRound: 2 }, ADMIN);
    expect([broken.statusCode, broken.json().issues[0].field]).toEqual([422, 'hash']);
    const { hash } = (
      await app.inject({
        method: 'POST',
        url: '/v1/policies',
        headers: ADMIN,
        payload: JSON.parse(Policy.toText(other)),
      })
    ).json();
    expect(hash).toBe(Policy.hash(other));
    const put = (state: string, body: unknown) =>
      app.inject({
        method: 'PUT',
        url: `/v1/policies/${state}`,
        headers: { 'content-type': 'application/json', ...ADMIN },
        payload: JSON.stringify(body),
      });
    expect((await put('shadow', { hash })).statusCode).toBe(200);
    expect((await put('active', { hash: 'no' })).statusCode).toBe(404);
    expect((await put('active', { hash: Policy.hash(policy) })).statusCode).toBe(200);
    const both = (await app.inject({ url: '/v1/policies', headers: VOTE })).json();
    expect(both).toMatchObject({ active: Policy.hash(policy), shadow: { hash } });
  });

  test('tells how it is', async () => {
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready' });
    const metrics = await app.inject('/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.body).toMatch(/^tandem_events_total\{outcome="accepted"\} \d+$/m);
    expect(metrics.body).not.toMatch(/ann|s1/);
    const api = (await app.inject('/openapi.json')).json();
    expect(api.openapi).toBe('3.1.0');
    expect(Object.keys(api.paths).sort()).toEqual(
      [
        '/v1/decisions',
        '/v1/events',
        '/v1/next',
        '/v1/policies',
        '/v1/policies/active',
        '/v1/policies/shadow',
        '/v1/stacks/{id}',
        '/v1/stacks/{id}/explanation',
      ].sort(),
    );
    expect((await app.inject('/nowhere')).statusCode).toBe(404);
  });
});

test('tokens are never in the code of the service', () => {
  expect(readFileSync(new URL('../../src/service/tokens.ts', import.meta.url), 'utf8')).not.toContain('vote-token');
  expect(E.isRight(Online.readEvent(vote('v')))).toBe(true);
});
