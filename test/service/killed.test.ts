import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import * as Online from '../../src/online/index.js';
import * as Policy from '../../src/policy/index.js';
import { openStore } from '../../src/service/index.js';
import { databases, events, opened, policy } from './laboratory.js';

/** Servers that are killed in the middle of their work lose nothing that they acknowledged, and count nothing twice. */

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'tandem-killed-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'policy.json'), Policy.toText(policy));
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const KILLS = Math.max(3, Math.round(Number(process.env['TANDEM_SERVICE_KILLS'] ?? 5)));

const serving = async (database: string): Promise<{ readonly url: string; readonly kill: () => Promise<void> }> => {
  const child = spawn(
    process.execPath,
    [cli, 'serve', '--port', '0', '--database', database, '--policy', join(folder, 'policy.json')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  child.stderr.resume();
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      text += String(data);
      const found = /Listening on (\S+)/.exec(text);
      if (found !== null) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
  return {
    url,
    kill: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
};

/** Sends until the server is gone; gives what was acknowledged. */
const send = async (
  url: string,
  list: readonly Online.Event[],
  signal: AbortSignal,
): Promise<readonly Online.Event[]> => {
  const acknowledged: Online.Event[] = [];
  for (let from = 0; from < list.length && !signal.aborted; from += 13) {
    const portion = list.slice(from, from + 13);
    try {
      const reply = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(portion),
      });
      if (reply.status === 200) acknowledged.push(...portion);
    } catch {
      return acknowledged;
    }
  }
  return acknowledged;
};

const DATABASES = databases(
  () => join(folder, 'killed.db'),
  (clean) => cleanups.push(clean),
);

test.each(DATABASES)(
  `killed ${KILLS} times under load on %s`,
  async (_, fresh) => {
    const database = await fresh();
    const acknowledged = new Set<string>();
    for (let k = 0; k < KILLS; k++) {
      const server = await serving(database);
      const stop = new AbortController();
      // Everything again each time: repeats must not count.
      const sending = [0, 1, 2].map((lane) =>
        send(
          server.url,
          events.filter((__, i) => i % 3 === lane),
          stop.signal,
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 30 + ((k * 7919) % 400)));
      await server.kill();
      stop.abort();
      for (const { eventId } of (await Promise.all(sending)).flat()) acknowledged.add(eventId);
    }
    const store = await openStore(await opened(database));
    cleanups.push(store.close);
    const { events: stored } = await store.counts();
    expect(stored).toBeGreaterThanOrEqual(acknowledged.size);
    expect(acknowledged.size).toBeGreaterThan(0);
    // What was acknowledged is there: sending it again is a repeat, and nothing else.
    const again = await store.apply(
      events.filter(({ eventId }) => acknowledged.has(eventId)).map((event) => ({ source: '', event })),
    );
    expect(again.filter(({ outcome }) => outcome !== 'repeat')).toEqual([]);
    await store.apply(events.map((event) => ({ source: '', event })));
    expect((await store.counts()).events).toBe(events.length);
    const judge = Online.judge(policy, { policyHash: Policy.hash(policy) });
    for (const stackId of new Set(events.flatMap((event) => ('stackId' in event ? [event.stackId] : [])))) {
      const { change: __, ...decision } = (await store.decision(stackId)) ?? { change: 0 };
      expect(decision).toEqual(judge(events.filter((event) => 'stackId' in event && event.stackId === stackId)));
    }
  },
  300_000,
);
