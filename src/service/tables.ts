import type { Generated, Kysely, Migration } from 'kysely';

/** One row for each event that was ever accepted; rows are only added. */
export interface EventRow {
  readonly seq: Generated<number>;
  /** Who sent it; ids of different sources cannot collide. */
  readonly source: string;
  readonly event_id: string;
  /** Null for a retraction whose event has not come yet. */
  readonly stack_id: string | null;
  readonly kind: string;
  /** Of a vote. */
  readonly annotator_id: string | null;
  /** Of a retraction: the event of the same source that it retracts. */
  readonly of_id: string | null;
  /** The event as canonical JSON. */
  readonly body: string;
  readonly received_at: number;
}

/** The present decision about each stack. */
export interface StackRow {
  readonly stack_id: string;
  /** The decision as JSON; null until it is judged. */
  readonly body: string | null;
  /** `Retire`, `AskCrowd`, `AskExpert`; empty until it is judged. */
  readonly routing: string;
  readonly votes_wanted: number;
  /** What one vote saves, in votes: the highest are asked first. */
  readonly priority: number;
  readonly has_gold: number;
  readonly policy_hash: string | null;
  /** Rises with every change of any decision. */
  readonly change: number;
}

/** A stack that an annotator has been asked about and has not answered yet. */
export interface LeaseRow {
  readonly stack_id: string;
  readonly annotator_id: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Every policy that ever decided here, and the one on trial. */
export interface PolicyRow {
  readonly hash: string;
  readonly body: string;
  readonly added_at: number;
  /** `active`, `shadow`, `past` or `waiting`. */
  readonly state: string;
}

/** What happened to the service itself: who changed which policy, and when. */
export interface AuditRow {
  readonly seq: Generated<number>;
  readonly at: number;
  readonly source: string;
  readonly what: string;
  readonly body: string;
}

/** Changed decisions that subscribers have still to be told. */
export interface OutboxRow {
  readonly seq: Generated<number>;
  readonly stack_id: string;
  readonly body: string;
  readonly at: number;
}

/** One row: the last change. Locked by whoever commits a change, so that numbers rise in the order of commits. */
export interface CounterRow {
  readonly id: number;
  readonly change: number;
}

export interface Tables {
  events: EventRow;
  stacks: StackRow;
  leases: LeaseRow;
  policies: PolicyRow;
  audit: AuditRow;
  outbox: OutboxRow;
  counters: CounterRow;
}

export type Dialect = 'sqlite' | 'postgres';

/** How the tables came to be, in order. A migration that has been published never changes. */
export const migrationsFor = (dialect: Dialect): Record<string, Migration> => {
  const text = 'text';
  const whole = dialect === 'sqlite' ? 'integer' : 'bigint';
  return {
    '2026-11-30-tables': {
      up: async (db: Kysely<unknown>) => {
        const numbered = dialect === 'sqlite' ? 'integer' : 'bigserial';
        await db.schema
          .createTable('events')
          .addColumn('seq', numbered, (column) => column.primaryKey())
          .addColumn('source', text, (column) => column.notNull())
          .addColumn('event_id', text, (column) => column.notNull())
          .addColumn('stack_id', text)
          .addColumn('kind', text, (column) => column.notNull())
          .addColumn('annotator_id', text)
          .addColumn('of_id', text)
          .addColumn('body', text, (column) => column.notNull())
          .addColumn('received_at', whole, (column) => column.notNull())
          .addUniqueConstraint('events_once', ['source', 'event_id'])
          .execute();
        await db.schema.createIndex('events_by_stack').on('events').column('stack_id').execute();
        await db.schema.createIndex('events_retracted').on('events').columns(['of_id', 'source']).execute();
        await db.schema.createIndex('events_by_annotator').on('events').columns(['annotator_id', 'stack_id']).execute();
        await db.schema
          .createTable('stacks')
          .addColumn('stack_id', text, (column) => column.primaryKey())
          .addColumn('body', text)
          .addColumn('routing', text, (column) => column.notNull())
          .addColumn('votes_wanted', 'integer', (column) => column.notNull())
          .addColumn('priority', 'double precision', (column) => column.notNull())
          .addColumn('has_gold', 'integer', (column) => column.notNull())
          .addColumn('policy_hash', text)
          .addColumn('change', whole, (column) => column.notNull())
          .execute();
        await db.schema.createIndex('stacks_to_ask').on('stacks').columns(['routing', 'priority']).execute();
        await db.schema.createIndex('stacks_by_change').on('stacks').column('change').execute();
        await db.schema
          .createTable('leases')
          .addColumn('stack_id', text, (column) => column.notNull())
          .addColumn('annotator_id', text, (column) => column.notNull())
          .addColumn('until', whole, (column) => column.notNull())
          .addPrimaryKeyConstraint('leases_once', ['stack_id', 'annotator_id'])
          .execute();
        await db.schema
          .createTable('policies')
          .addColumn('hash', text, (column) => column.primaryKey())
          .addColumn('body', text, (column) => column.notNull())
          .addColumn('added_at', whole, (column) => column.notNull())
          .addColumn('state', text, (column) => column.notNull())
          .execute();
        await db.schema
          .createTable('audit')
          .addColumn('seq', numbered, (column) => column.primaryKey())
          .addColumn('at', whole, (column) => column.notNull())
          .addColumn('source', text, (column) => column.notNull())
          .addColumn('what', text, (column) => column.notNull())
          .addColumn('body', text, (column) => column.notNull())
          .execute();
        await db.schema
          .createTable('outbox')
          .addColumn('seq', numbered, (column) => column.primaryKey())
          .addColumn('stack_id', text, (column) => column.notNull())
          .addColumn('body', text, (column) => column.notNull())
          .addColumn('at', whole, (column) => column.notNull())
          .execute();
        await db.schema
          .createTable('counters')
          .addColumn('id', 'integer', (column) => column.primaryKey())
          .addColumn('change', whole, (column) => column.notNull())
          .execute();
        await (db as Kysely<Tables>).insertInto('counters').values({ id: 1, change: 0 }).execute();
      },
    },
  };
};
