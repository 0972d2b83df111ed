import * as E from 'fp-ts/lib/Either.js';
import { type Insertable, type Kysely, sql, type Transaction } from 'kysely';
import * as Asking from '../asking/index.js';
import { mostVotesOf } from '../asking/stopRule/index.js';
import { getOrThrow, type InvalidInput } from '../domain/errors.js';
import { present } from '../domain/present.js';
import * as Online from '../online/index.js';
import * as Policy from '../policy/index.js';
import type { Database } from './database.js';
import type { EventRow, StackRow, Tables } from './tables.js';

/** An event with its sender; ids of different senders cannot collide. */
export interface Sent {
  /** A name without `/`; may be empty. */
  readonly source: string;
  readonly event: Online.Event;
}

/** What became of one event. */
export interface Answer {
  readonly eventId: string;
  /** `conflict`: another event has this id already, and that one counts. */
  readonly outcome: 'accepted' | 'repeat' | 'conflict';
  /** Stacks whose decision it may have moved. */
  readonly stackIds: readonly string[];
}

/** A decision as the service keeps it. `change` rises with every change of any decision. */
export interface KeptDecision extends Online.Decision {
  readonly change: number;
}

/** A stack to ask an annotator about. Nothing else is told of it, so that the answer is blind. */
export interface Question {
  readonly stackId: string;
  /** Until when nobody else is asked instead; milliseconds since 1970. */
  readonly until: number;
}

/** How the policy on trial decides beside the active one, since this process began. */
export interface Shadow {
  readonly hash: string;
  readonly compared: number;
  readonly differ: number;
}

/** All that a server does with its database. It keeps no event in memory; any number of servers may share one PostgreSQL. */
export interface EventStore {
  /** One transaction: when it resolves, the events are on disk and the decisions are theirs. */
  readonly apply: (sent: readonly Sent[]) => Promise<readonly Answer[]>;
  readonly decision: (stackId: string) => Promise<KeptDecision | undefined>;
  readonly explain: (stackId: string) => Promise<Online.Explained | undefined>;
  /** What to ask this annotator next: the stacks where a vote saves most; never one twice. */
  readonly next: (asked: { readonly annotatorId: string; readonly most: number }) => Promise<readonly Question[]>;
  readonly decisions: (page: { readonly since: number; readonly most: number }) => Promise<readonly KeptDecision[]>;
  readonly addPolicy: (text: string, source: string) => Promise<E.Either<InvalidInput, string>>;
  /** @returns false when no such policy has been added */
  readonly activate: (hash: string, source: string) => Promise<boolean>;
  readonly tryOut: (hash: string, source: string) => Promise<boolean>;
  readonly active: () => string | undefined;
  readonly shadow: () => Shadow | undefined;
  /** Judges again, some stacks at a time, what an earlier policy has judged. @returns stacks left */
  readonly sweep: (most: number) => Promise<number>;
  readonly counts: () => Promise<{
    readonly events: number;
    readonly stacks: number;
    readonly open: number;
    readonly outbox: number;
  }>;
  readonly close: () => Promise<void>;
}

export interface EventStoreOptions {
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** For how long an annotator may think about a question; default 600. */
  readonly leaseSeconds?: number | undefined;
}

/** Parameters of one statement; SQLite takes 32,766. */
const PIECE = 4000;
/** Rows of one insert, of up to nine columns. */
const ROWS = 1000;
const DEADLOCK = ['40P01', '40001'];
const ATTEMPTS = 6;

type Db = Kysely<Tables>;
type Tx = Transaction<Tables>;

/** Milliseconds since 1970 that never jump back while the process runs. */
const wallClock = (): number => Math.floor(performance.timeOrigin + performance.now());

/** A policy made ready to judge. */
interface Ready {
  readonly hash: string;
  readonly policy: Policy.Policy;
  readonly judge: ReturnType<typeof Online.judge>;
  readonly priority: (decision: Online.Decision) => number;
}

const readyFrom = (policy: Policy.Policy): Ready => {
  const hash = Policy.hash(policy);
  const value =
    policy.prices === undefined
      ? undefined
      : Asking.valueOfAsking(policy.prices, Asking.voteValueOf(policy), mostVotesOf(policy.rule));
  return {
    hash,
    policy,
    judge: Online.judge(policy, { policyHash: hash }),
    priority: ({ routing, logOdds, votes }) => {
      if (routing._tag !== 'AskCrowd') return 0;
      return value === undefined ? -Math.abs(logOdds) : value({ logOdds, votes });
    },
  };
};

/** The id under which an event is kept. */
const keptId = (source: string, eventId: string): string => (source === '' ? eventId : `${source}/${eventId}`);

const pieces = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

const grouped = <T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const own = groups.get(keyOf(one));
    if (own === undefined) groups.set(keyOf(one), [one]);
    else own.push(one);
  }
  return groups;
};

/** Opens the store on a database whose tables are there, with the policy that was active. */
export const openStore = async (database: Database, options: EventStoreOptions = {}): Promise<EventStore> => {
  const { db, dialect } = database;
  const now = options.now ?? wallClock;
  const leaseMs = (options.leaseSeconds ?? 600) * 1000;
  let active: Ready | undefined;
  let shadow: (Ready & { compared: number; differ: number }) | undefined;
  let readAt = 0;

  /** Another server may have changed the policy. */
  const refresh = async (from: Db | Tx = db): Promise<void> => {
    const rows = await from
      .selectFrom('policies')
      .select(['hash', 'state'])
      .where('state', 'in', ['active', 'shadow'])
      .execute();
    const hashOf = (state: string): string | undefined => rows.find((row) => row.state === state)?.hash;
    if (hashOf('active') !== active?.hash) active = await load(from, hashOf('active'));
    if (hashOf('shadow') !== shadow?.hash) {
      const ready = await load(from, hashOf('shadow'));
      shadow = ready === undefined ? undefined : { ...ready, compared: 0, differ: 0 };
    }
    readAt = performance.now();
  };

  const load = async (from: Db | Tx, hash: string | undefined): Promise<Ready | undefined> => {
    if (hash === undefined) return undefined;
    const row = await from.selectFrom('policies').select('body').where('hash', '=', hash).executeTakeFirst();
    return row === undefined ? undefined : readyFrom(getOrThrow(Policy.fromText(hash)(row.body)));
  };

  const transaction = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await db.transaction().execute(work);
      } catch (cause) {
        const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
        if (!DEADLOCK.includes(code) || attempt === ATTEMPTS) throw cause;
        await new Promise((resolve) => setTimeout(resolve, 2 ** attempt));
      }
    }
  };

  /** Rows of these stacks, made where there are none, and locked in one order. SQLite has one writer anyway. */
  const lock = async (tx: Tx, stackIds: readonly string[]): Promise<Map<string, string | null>> => {
    const bodies = new Map<string, string | null>();
    for (const ids of pieces(stackIds.toSorted(), ROWS)) {
      const fresh = ids.map((stack_id) => ({
        ...{
          stack_id,
          body: null,
          routing: '',
          votes_wanted: 0,
          priority: 0,
          has_gold: 0,
          policy_hash: null,
          change: 0,
        },
      }));
      await tx
        .insertInto('stacks')
        .values(fresh)
        .onConflict((one) => one.column('stack_id').doNothing())
        .execute();
      const rows = tx
        .selectFrom('stacks')
        .select(['stack_id', 'body'])
        .where('stack_id', 'in', ids)
        .orderBy('stack_id');
      for (const { stack_id, body } of await (dialect === 'postgres' ? rows.forUpdate() : rows).execute()) {
        bodies.set(stack_id, body);
      }
    }
    return bodies;
  };

  /** Stacks of events that are there already. */
  const stacksOf = async (from: Db | Tx, ids: readonly { readonly source: string; readonly id: string }[]) => {
    const found = new Map<string, string>();
    for (const [source, own] of grouped(ids, (one) => one.source)) {
      for (const piece of pieces(
        own.map((one) => one.id),
        PIECE,
      )) {
        const rows = await from
          .selectFrom('events')
          .select(['event_id', 'stack_id'])
          .where('source', '=', source)
          .where('event_id', 'in', piece)
          .execute();
        for (const row of rows) if (row.stack_id !== null) found.set(keptId(source, row.event_id), row.stack_id);
      }
    }
    return found;
  };

  /** Judges these locked stacks by their own events, and keeps what has changed. */
  const judgeAll = async (
    tx: Tx,
    ready: Ready | undefined,
    before: ReadonlyMap<string, string | null>,
  ): Promise<void> => {
    if (ready === undefined) return;
    const events: { readonly stack_id: string; readonly body: string }[] = [];
    for (const ids of pieces([...before.keys()], PIECE)) {
      const rows = await tx.selectFrom('events').select(['stack_id', 'body']).where('stack_id', 'in', ids).execute();
      for (const { stack_id, body } of rows) if (stack_id !== null) events.push({ stack_id, body });
    }
    const changed: { readonly decision: Online.Decision; readonly text: string }[] = [];
    for (const [stackId, own] of grouped(events, (one) => one.stack_id)) {
      const list = own.map(({ body }) => JSON.parse(body) as Online.Event);
      const decision = ready.judge(list);
      if (decision === undefined) continue;
      if (shadow !== undefined) {
        shadow.compared++;
        const other = shadow.judge(list);
        if (other?.decision !== decision.decision || other.routing._tag !== decision.routing._tag) shadow.differ++;
      }
      const text = JSON.stringify(decision);
      if (text !== before.get(stackId)) changed.push({ decision, text });
    }
    if (changed.length === 0) return;
    const counter = await tx
      .updateTable('counters')
      .set((column) => ({ change: sql<number>`${column.ref('change')} + ${changed.length}` }))
      .where('id', '=', 1)
      .returning('change')
      .executeTakeFirstOrThrow();
    let change = Number(counter.change) - changed.length;
    for (const piece of pieces(changed, ROWS)) {
      const rows = piece.map(
        ({ decision, text }): StackRow => ({
          stack_id: decision.stackId,
          body: text,
          routing: decision.routing._tag,
          votes_wanted: decision.routing._tag === 'AskCrowd' ? decision.routing.votesWanted : 0,
          priority: ready.priority(decision),
          has_gold: decision.gold === undefined ? 0 : 1,
          policy_hash: ready.hash,
          change: ++change,
        }),
      );
      await tx
        .insertInto('stacks')
        .values(rows)
        .onConflict((one) =>
          one.column('stack_id').doUpdateSet((row) => ({
            body: row.ref('excluded.body'),
            routing: row.ref('excluded.routing'),
            votes_wanted: row.ref('excluded.votes_wanted'),
            priority: row.ref('excluded.priority'),
            has_gold: row.ref('excluded.has_gold'),
            policy_hash: row.ref('excluded.policy_hash'),
            change: row.ref('excluded.change'),
          })),
        )
        .execute();
      const told = piece.map(({ decision, text }) => ({ stack_id: decision.stackId, body: text, at: now() }));
      await tx.insertInto('outbox').values(told).execute();
    }
  };

  /** Gives retractions their stacks, where the events came in another transaction, and judges those again. */
  const settleRetractions = async (ids: readonly { readonly source: string; readonly id: string }[]): Promise<void> => {
    for (const [source, own] of grouped(ids, (one) => one.source)) {
      for (const piece of pieces(
        own.map((one) => one.id),
        PIECE,
      )) {
        const waiting = await db
          .selectFrom('events')
          .select(['event_id', 'of_id'])
          .where('source', '=', source)
          .where('of_id', 'in', piece)
          .where('stack_id', 'is', null)
          .execute();
        if (waiting.length === 0) continue;
        const targets = await stacksOf(
          db,
          waiting.flatMap(({ of_id }) => (of_id === null ? [] : [{ source, id: of_id }])),
        );
        const known = waiting.flatMap(({ event_id, of_id }) => {
          const stackId = targets.get(keptId(source, of_id ?? ''));
          return stackId === undefined ? [] : [{ event_id, stackId }];
        });
        if (known.length === 0) continue;
        await transaction(async (tx) => {
          const before = await lock(tx, [...new Set(known.map(({ stackId }) => stackId))]);
          for (const { event_id, stackId } of known) {
            await tx
              .updateTable('events')
              .set({ stack_id: stackId })
              .where('source', '=', source)
              .where('event_id', '=', event_id)
              .execute();
          }
          await judgeAll(tx, active, before);
        });
      }
    }
  };

  const apply: EventStore['apply'] = async (sent) => {
    if (sent.length === 0) return [];
    if (performance.now() - readAt > 1000) await refresh();
    const at = now();
    const first = new Map<string, Sent>();
    for (const one of sent) {
      const id = keptId(one.source, one.event.eventId);
      if (!first.has(id)) first.set(id, one);
    }
    const events = [...first.values()];
    const retractions = events.flatMap(({ source, event }) =>
      event.event === 'retraction' ? [{ source, id: event.of }] : [],
    );
    const inserted = new Set<string>();
    const there = new Map<string, EventRow['body']>();
    const stackOf = new Map<string, string>();
    await transaction(async (tx) => {
      inserted.clear();
      there.clear();
      stackOf.clear();
      for (const [id, stackId] of await stacksOf(tx, retractions)) stackOf.set(id, stackId);
      for (const { source, event } of events) {
        if (event.event !== 'retraction') stackOf.set(keptId(source, event.eventId), event.stackId);
      }
      const stackIdOf = ({ source, event }: Sent): string | undefined =>
        event.event === 'retraction' ? stackOf.get(keptId(source, event.of)) : event.stackId;
      const before = await lock(tx, [...new Set(events.flatMap((one) => stackIdOf(one) ?? []))]);
      const rows = events.map(
        (one, i): Insertable<EventRow> => ({
          source: one.source,
          event_id: one.event.eventId,
          stack_id: stackIdOf(one) ?? null,
          kind: one.event.event,
          annotator_id: one.event.event === 'vote' ? one.event.annotatorId : null,
          of_id: one.event.event === 'retraction' ? one.event.of : null,
          body: JSON.stringify(kept(one, at + i / events.length)),
          received_at: at,
        }),
      );
      for (const piece of pieces(rows.toSorted(byId), ROWS)) {
        const added = await tx
          .insertInto('events')
          .values(piece)
          .onConflict((one) => one.columns(['source', 'event_id']).doNothing())
          .returning(['source', 'event_id'])
          .execute();
        for (const { source, event_id } of added) inserted.add(keptId(source, event_id));
      }
      const known = events.filter(({ source, event }) => !inserted.has(keptId(source, event.eventId)));
      for (const [source, own] of grouped(known, (one) => one.source)) {
        for (const piece of pieces(
          own.map(({ event }) => event.eventId),
          PIECE,
        )) {
          const bodies = await tx
            .selectFrom('events')
            .select(['event_id', 'body'])
            .where('source', '=', source)
            .where('event_id', 'in', piece)
            .execute();
          for (const { event_id, body } of bodies) there.set(keptId(source, event_id), body);
        }
      }
      await answerLeases(tx, events, inserted);
      await judgeAll(tx, active, before);
    });
    await settleRetractions([
      ...retractions,
      ...events.flatMap(({ source, event }) => (event.event === 'retraction' ? [] : [{ source, id: event.eventId }])),
    ]);
    const answered = new Set<string>();
    return sent.map((one): Answer => {
      const { source, event } = one;
      const id = keptId(source, event.eventId);
      const stackId = event.event === 'retraction' ? stackOf.get(keptId(source, event.of)) : event.stackId;
      const stackIds = stackId === undefined ? [] : [stackId];
      const isFirst = !answered.has(id);
      answered.add(id);
      if (inserted.has(id) && isFirst) return { eventId: event.eventId, outcome: 'accepted', stackIds };
      const body = there.get(id) ?? JSON.stringify(kept(first.get(id) ?? one, at));
      return isSame(one, body)
        ? { eventId: event.eventId, outcome: 'repeat', stackIds: [] }
        : { eventId: event.eventId, outcome: 'conflict', stackIds: [] };
    });
  };

  /** Whoever has answered is no longer expected to. */
  const answerLeases = async (tx: Tx, events: readonly Sent[], inserted: ReadonlySet<string>): Promise<void> => {
    const votes = events.flatMap(({ source, event }) =>
      event.event === 'vote' && inserted.has(keptId(source, event.eventId)) ? [event] : [],
    );
    for (const [annotatorId, own] of grouped(votes, (vote) => vote.annotatorId)) {
      for (const piece of pieces(
        own.map(({ stackId }) => stackId),
        PIECE,
      )) {
        await tx.deleteFrom('leases').where('annotator_id', '=', annotatorId).where('stack_id', 'in', piece).execute();
      }
    }
  };

  const next: EventStore['next'] = ({ annotatorId, most }) =>
    transaction(async (tx) => {
      const at = now();
      await tx.deleteFrom('leases').where('until', '<=', at).execute();
      const others = (stackId: ReturnType<typeof sql.ref<string>>) =>
        sql<number>`(select count(*) from leases where leases.stack_id = ${stackId})`;
      const wanted = tx
        .selectFrom('stacks')
        .select(['stack_id', 'votes_wanted'])
        .where('routing', '=', 'AskCrowd')
        .where('votes_wanted', '>', others(sql.ref('stacks.stack_id')))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('events')
                .select('seq')
                .whereRef('events.stack_id', '=', 'stacks.stack_id')
                .where('events.annotator_id', '=', annotatorId),
            ),
          ),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('leases')
                .select('until')
                .whereRef('leases.stack_id', '=', 'stacks.stack_id')
                .where('leases.annotator_id', '=', annotatorId),
            ),
          ),
        )
        .orderBy('priority', 'desc')
        .orderBy('stack_id')
        .limit(most);
      const rows = await (dialect === 'postgres' ? wanted.forUpdate().skipLocked() : wanted).execute();
      if (rows.length === 0) return [];
      // What another server has leased since this statement began is seen by the next.
      const leased = await tx
        .selectFrom('leases')
        .select(['stack_id', ({ fn }) => fn.countAll<number>().as('count')])
        .where(
          'stack_id',
          'in',
          rows.map((row) => row.stack_id),
        )
        .groupBy('stack_id')
        .execute();
      const countOf = new Map(leased.map((row) => [row.stack_id, Number(row.count)]));
      const free = rows.filter((row) => (countOf.get(row.stack_id) ?? 0) < row.votes_wanted);
      if (free.length === 0) return [];
      const until = at + leaseMs;
      await tx
        .insertInto('leases')
        .values(free.map(({ stack_id }) => ({ stack_id, annotator_id: annotatorId, until })))
        .execute();
      return free.map(({ stack_id }) => ({ stackId: stack_id, until }));
    });

  const setState = async (hash: string, state: 'active' | 'shadow', source: string): Promise<boolean> =>
    transaction(async (tx) => {
      const row = await tx.selectFrom('policies').select('hash').where('hash', '=', hash).executeTakeFirst();
      if (row === undefined) return false;
      const past = state === 'active' ? 'past' : 'waiting';
      await tx.updateTable('policies').set({ state: past }).where('state', '=', state).execute();
      await tx.updateTable('policies').set({ state }).where('hash', '=', hash).execute();
      await tx
        .insertInto('audit')
        .values({ at: now(), source, what: `policy ${state}`, body: hash })
        .execute();
      await refresh(tx);
      return true;
    });

  await refresh();
  return {
    apply,
    next,
    decision: async (stackId) => {
      const row = await db
        .selectFrom('stacks')
        .select(['body', 'change'])
        .where('stack_id', '=', stackId)
        .executeTakeFirst();
      return row === undefined ? undefined : keptDecision(row);
    },
    explain: async (stackId) => {
      if (active === undefined) return undefined;
      const rows = await db.selectFrom('events').select('body').where('stack_id', '=', stackId).execute();
      const events = rows.map(({ body }) => JSON.parse(body) as Online.Event);
      return Online.explain(active.policy, stackId, { policyHash: active.hash })(events);
    },
    decisions: async ({ since, most }) => {
      const rows = await db
        .selectFrom('stacks')
        .select(['body', 'change'])
        .where('change', '>', since)
        .orderBy('change')
        .limit(most)
        .execute();
      return rows.flatMap((row) => keptDecision(row) ?? []);
    },
    addPolicy: async (text, source) => {
      const read = Policy.fromText('policy')(text);
      if (E.isLeft(read)) return read;
      const hash = Policy.hash(read.right);
      await transaction(async (tx) => {
        await tx
          .insertInto('policies')
          .values({ hash, body: Policy.toText(read.right), added_at: now(), state: 'waiting' })
          .onConflict((one) => one.column('hash').doNothing())
          .execute();
        await tx.insertInto('audit').values({ at: now(), source, what: 'policy added', body: hash }).execute();
      });
      return E.right(hash);
    },
    activate: (hash, source) => setState(hash, 'active', source),
    tryOut: (hash, source) => setState(hash, 'shadow', source),
    active: () => active?.hash,
    shadow: () => shadow && { hash: shadow.hash, compared: shadow.compared, differ: shadow.differ },
    sweep: async (most) => {
      await refresh();
      if (active === undefined) return 0;
      const { hash } = active;
      const stale = await db
        .selectFrom('stacks')
        .select('stack_id')
        .where((is) => is.or([is('policy_hash', 'is', null), is('policy_hash', '!=', hash)]))
        .limit(most + 1)
        .execute();
      if (stale.length === 0) return 0;
      await transaction(async (tx) =>
        judgeAll(
          tx,
          active,
          await lock(
            tx,
            stale.slice(0, most).map((row) => row.stack_id),
          ),
        ),
      );
      return Math.max(0, stale.length - most);
    },
    counts: async () => {
      const count = async (table: 'events' | 'stacks' | 'outbox'): Promise<number> => {
        const row = await db
          .selectFrom(table)
          .select(({ fn }) => fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow();
        return Number(row.n);
      };
      const open = await db
        .selectFrom('stacks')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .where('routing', '!=', 'Retire')
        .executeTakeFirstOrThrow();
      return {
        events: await count('events'),
        stacks: await count('stacks'),
        open: Number(open.n),
        outbox: await count('outbox'),
      };
    },
    close: database.close,
  };
};

const byId = (a: Insertable<EventRow>, b: Insertable<EventRow>): number =>
  a.source === b.source ? (a.event_id < b.event_id ? -1 : 1) : a.source < b.source ? -1 : 1;

/** The event as it is judged: its id with the sender, and a time if it has none. */
const kept = ({ source, event }: Sent, at: number): Online.Event => {
  const named = { ...event, eventId: keptId(source, event.eventId), at: event.at ?? at };
  return named.event === 'retraction' ? { ...named, of: keptId(source, named.of) } : named;
};

/** Whether an event is the one that is kept already. A time that the service gave it plays no part. */
const isSame = (sent: Sent, body: string): boolean => {
  const there = JSON.parse(body) as Online.Event;
  const at = sent.event.at ?? there.at;
  return JSON.stringify(sorted({ ...kept(sent, 0), ...present({ at }) })) === JSON.stringify(sorted(there));
};

const sorted = (event: Online.Event): readonly (readonly [string, unknown])[] =>
  Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1));

const keptDecision = ({
  body,
  change,
}: {
  readonly body: string | null;
  readonly change: number;
}): KeptDecision | undefined =>
  body === null ? undefined : { ...(JSON.parse(body) as Online.Decision), change: Number(change) };
