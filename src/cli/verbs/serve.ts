import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure } from '../../domain/errors.js';
import type { Event } from '../../online/index.js';
import * as Policy from '../../policy/index.js';
import {
  type EventStore,
  groupCommit,
  openApp,
  openDatabase,
  openStore,
  readTokens,
  type Token,
} from '../../service/index.js';
import { loadPolicy } from '../inputs.js';
import { badFlags, EXIT, invalid, type Verb } from '../verb.js';

export interface ServeFlags {
  readonly policy?: string;
  readonly database: string;
  readonly port: number;
  readonly host?: string;
  readonly tokens?: string;
  readonly demo?: true;
}

/** Stacks that are judged again at a time when the policy has changed. */
const SWEEP = 500;
const SWEEP_PAUSE_MS = 1000;

/** `tandem serve`: goes on until it is stopped; what was acknowledged is on disk. */
export const serveVerb = async (flags: ServeFlags): Verb => {
  if (flags.tokens === undefined && flags.host !== undefined && !isLocal(flags.host)) {
    return E.left(
      badFlags({
        found: `--host ${flags.host} without --tokens`,
        expected: 'tokens wherever others can reach the service',
        fix: 'Give --tokens tokens.json, or leave --host out.',
      }),
    );
  }
  const tokens = await tokensIn(flags.tokens);
  if (E.isLeft(tokens)) return tokens;
  const policy = flags.policy === undefined ? E.right(undefined) : await loadPolicy(flags.policy);
  if (E.isLeft(policy)) return policy;
  const database = await openDatabase(flags.demo === true ? ':memory:' : flags.database);
  if (E.isLeft(database)) return database;
  const store = await openStore(database.right);
  const commit = groupCommit(store.apply);
  try {
    if (flags.demo === true) await fillWithDemo(store);
    else if (policy.right !== undefined && store.active() === undefined) await activated(store, policy.right);
    const app = await openApp({
      store,
      commit,
      tokens: tokens.right,
      log: ({ method, route, status, ms }) => process.stderr.write(`${method} ${route} ${status} ${ms} ms\n`),
    });
    const host = flags.host ?? (tokens.right === undefined ? '127.0.0.1' : '0.0.0.0');
    await app.listen({ port: flags.port, host });
    const { port } = app.server.address() as AddressInfo;
    process.stdout.write(`${welcome(`http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`, flags, store)}\n`);
    const stop = new AbortController();
    const sweeping = sweepOn(store, stop.signal);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    stop.abort();
    await app.close();
    await commit.idle();
    await sweeping;
  } finally {
    await store.close();
  }
  return E.right({ text: 'Stopped. Every acknowledged event is in the database.', json: {}, exitCode: EXIT.certified });
};

const isLocal = (host: string): boolean => ['127.0.0.1', 'localhost', '::1'].includes(host);

const tokensIn = async (path: string | undefined): Promise<E.Either<DataFailure, readonly Token[] | undefined>> => {
  if (path === undefined) return E.right(undefined);
  try {
    return readTokens(JSON.parse(await readFile(path, 'utf8')), path);
  } catch (cause) {
    return cause instanceof SyntaxError
      ? E.left(
          invalid(path, {
            found: 'text that is no JSON',
            expected: 'a list of tokens',
            fix: 'See tandem serve --help.',
          }),
        )
      : E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
};

const activated = async (store: EventStore, policy: Policy.Policy): Promise<void> => {
  const added = await store.addPolicy(Policy.toText(policy), 'command line');
  if (E.isRight(added)) await store.activate(added.right, 'command line');
};

/** A laboratory whose model has scored its stacks, and whose people have answered about some of them. */
const fillWithDemo = async (store: EventStore): Promise<void> => {
  const Simulate = await import('../../simulate/index.js');
  const gold = { stalled: 700, flowing: 900, chosen: 'stratified' } as const;
  const lab = Simulate.dataset({ stacks: 500, prevalence: 0.02, votes: { perStack: 3 }, model: {}, gold })(1);
  await activated(store, Policy.fit({ prevalence: 0.02 })(Simulate.inputs(lab)).policy);
  const scores = lab.scores.stackIds
    .slice(0, 500)
    .map(
      (stackId, s): Event => ({ event: 'score', eventId: `score-${s}`, stackId, score: lab.scores.score[s], at: 0 }),
    );
  await store.apply(scores.map((event) => ({ source: 'demo', event })));
};

/** Judges again what another policy has judged, for as long as the service runs. */
const sweepOn = async (store: EventStore, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const left = await store.sweep(SWEEP).catch(() => 0);
    if (left === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SWEEP_PAUSE_MS);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
};

const welcome = (url: string, { demo, database }: ServeFlags, store: EventStore): string => {
  const about =
    demo === true ? 'a simulated laboratory in memory' : database.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:…@');
  const ready =
    store.active() === undefined ? 'No policy is active yet: events are kept, and nothing is decided.\n' : '';
  if (demo !== true) return `Listening on ${url} with ${about}. ${ready}${url}/openapi.json says what it answers.`;
  return `Listening on ${url} with ${about}. Try:

  curl -s ${url}/v1/next -H 'Content-Type: application/json' -d '{"annotatorId": "you"}'
  curl -s ${url}/v1/events -H 'Content-Type: application/json' -d '[{"event": "vote", "eventId": "v1", "stackId": "s1", "annotatorId": "you", "label": 1}]'
  curl -s ${url}/v1/stacks/s1`;
};
