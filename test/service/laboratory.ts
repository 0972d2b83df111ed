import { getOrThrow } from '../../src/domain/errors.js';
import type { Event, VoteEvent } from '../../src/online/index.js';
import * as Policy from '../../src/policy/index.js';
import { type Database, type EventStore, openDatabase, openStore } from '../../src/service/index.js';
import * as Simulate from '../../src/simulate/index.js';

/** A laboratory with a certified policy, and the votes and scores of its stacks as events. */

const lab = Simulate.dataset({
  stacks: 300,
  prevalence: 0.05,
  model: {},
  votes: { perStack: 5 },
  gold: { stalled: 400, flowing: 500, chosen: 'stratified' },
})(11);
const targets = { sensitivity: 0.95, specificity: 0.9, confidence: 0.95 };

export const policyWith = (expertPrice: number): Policy.Policy =>
  Policy.fit({ prevalence: 0.05, targets, expertPrice })(Simulate.inputs(lab)).policy;
export const policy = policyWith(20);

const research = new Set(lab.votes.stackIds.slice(0, 300));

/** Every vote and score on the stacks without gold, each with its time. */
export const events: readonly Event[] = [
  ...lab.scores.stackIds.flatMap((stackId, s): readonly Event[] =>
    research.has(stackId)
      ? [{ event: 'score', eventId: `score ${s}`, stackId, score: lab.scores.score[s], at: 0 }]
      : [],
  ),
  ...Array.from(
    lab.votes.stackOf,
    (s, v): VoteEvent => ({
      event: 'vote',
      eventId: `vote ${v}`,
      stackId: lab.votes.stackIds[s],
      annotatorId: lab.votes.annotatorIds[lab.votes.annotatorOf[v]],
      label: lab.votes.label[v] === 1 ? 1 : 0,
      at: v + 1,
    }),
  ).filter(({ stackId }) => research.has(stackId)),
];

export const sentBy =
  (source: string) =>
  (list: readonly Event[]): readonly { readonly source: string; readonly event: Event }[] =>
    list.map((event) => ({ source, event }));

/** A store with this policy active. */
export const storeOn = async (database: Database, active: Policy.Policy = policy): Promise<EventStore> => {
  const store = await openStore(database);
  await store.activate(getOrThrow(await store.addPolicy(Policy.toText(active), 'test')), 'test');
  return store;
};

/** A PostgreSQL server for tests: one that is named, or the usual local one. Absent where there is none. */
export const postgres = await (async (): Promise<string | undefined> => {
  const url = process.env['TANDEM_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
    await client.end();
    return url;
  } catch {
    console.log('No PostgreSQL answers here; tests on it are skipped. TANDEM_POSTGRES may name one.');
    return undefined;
  }
})();

let made = 0;

/** A new, empty database on a server, dropped at the end. */
export const freshPostgres = async (): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> => {
  const { default: pg } = await import('pg');
  const name = `tandem_test_${process.pid}_${made++}`;
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: postgres });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`create database ${name}`);
  const url = new URL(postgres ?? '');
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database if exists ${name} with (force)`) };
};

export const opened = async (url: string): Promise<Database> => getOrThrow(await openDatabase(url));

/** The databases there are here: SQLite at this place, and PostgreSQL where a server runs. `onEnd` hears how to take it away. */
export const databases = (
  sqliteAt: () => string,
  onEnd: (clean: () => Promise<void>) => void,
): readonly (readonly [string, () => Promise<string>])[] => [
  ['SQLite', async () => sqliteAt()],
  ...(postgres === undefined
    ? []
    : [
        [
          'PostgreSQL',
          async () => {
            const { url, drop } = await freshPostgres();
            onEnd(drop);
            return url;
          },
        ] as const,
      ]),
];
