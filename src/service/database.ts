import * as E from 'fp-ts/lib/Either.js';
import { Kysely, Migrator, PostgresDialect, SqliteDialect } from 'kysely';
import type { IoFailure } from '../domain/errors.js';
import { type Dialect, migrationsFor, type Tables } from './tables.js';

/** A database that is open, its tables made. */
export interface Database {
  readonly db: Kysely<Tables>;
  readonly dialect: Dialect;
  readonly close: () => Promise<void>;
}

/** What Kysely needs of an SQLite driver; better-sqlite3 has it, and so has libsql. */
interface SqliteDriver {
  prepare(sql: string): {
    readonly reader: boolean;
    all(parameters: readonly unknown[]): unknown[];
    run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
    iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
  };
  close(): void;
}

/**
 * Opens a database and brings its tables up to date.
 *
 * `postgres://…` is a PostgreSQL server, for any number of processes; anything else is the path of an SQLite file, for one
 * process, and `:memory:` one that is forgotten.
 *
 * @param url - where the events are
 * @left IoFailure when it cannot be opened, or another process holds the SQLite file
 */
export const openDatabase = async (url: string): Promise<E.Either<IoFailure, Database>> => {
  try {
    const opened = /^postgres(ql)?:/.test(url) ? await openPostgres(url) : await openSqlite(url);
    const { db, dialect } = opened;
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrationsFor(dialect) } });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return E.right(opened);
    await opened.close();
    return E.left({ _tag: 'IoFailure', path: hidden(url), doing: 'write', cause: error });
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: hidden(url), doing: 'read', cause });
  }
};

/** A URL without its password, for messages. */
const hidden = (url: string): string => url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:…@');

const openPostgres = async (connectionString: string): Promise<Database> => {
  const { default: pg } = await import('pg');
  // Counts and times come as text unless they are read as numbers; ours stay below 2^53.
  const types = new pg.TypeOverrides();
  types.setTypeParser(20, Number);
  const pool = new pg.Pool({ connectionString, max: 8, types, connectionTimeoutMillis: 10_000 });
  // A connection that breaks while it waits; the next query opens another.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { db, dialect: 'postgres', close: () => db.destroy() };
};

const openSqlite = async (path: string): Promise<Database> => {
  const database = await sqliteDriver(path);
  const run = (sql: string): void => {
    const statement = database.prepare(sql);
    if (statement.reader) statement.all([]);
    else statement.run([]);
  };
  // One connection alone: SQLite before 3.51.3 can damage a write-ahead log that two connections reset.
  for (const sql of [
    'pragma locking_mode = exclusive',
    'pragma journal_mode = wal',
    // What was acknowledged is on disk, whatever happens to the power.
    'pragma synchronous = full',
    'pragma busy_timeout = 2000',
    'pragma cache_size = -65536',
  ]) {
    run(sql);
  }
  run('begin immediate');
  run('commit');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  return { db, dialect: 'sqlite', close: () => db.destroy() };
};

/** SQLite as Node has it from version 22 on, else libsql. */
const sqliteDriver = async (path: string): Promise<SqliteDriver> => {
  const [major] = process.versions.node.split('.').map(Number);
  if (major >= 24) return nodeSqlite(path);
  const { default: Libsql } = await import('libsql');
  const database = new Libsql(path);
  return {
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        reader: statement.reader,
        all: (parameters) => statement.all(...parameters),
        run: (parameters) => statement.run(...parameters),
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
    close: () => database.close(),
  };
};

const nodeSqlite = async (path: string): Promise<SqliteDriver> => {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as unknown as {
    DatabaseSync: new (
      path: string,
    ) => {
      prepare(sql: string): {
        all(...parameters: readonly unknown[]): unknown[];
        run(...parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
        iterate(...parameters: readonly unknown[]): IterableIterator<unknown>;
      };
      close(): void;
    };
  };
  const database = new DatabaseSync(path);
  return {
    prepare: (sql) => {
      const statement = database.prepare(sql);
      return {
        reader: /^\s*(select|with|pragma|explain)\b|\breturning\b/i.test(sql),
        all: (parameters) => statement.all(...parameters),
        run: (parameters) => statement.run(...parameters),
        iterate: (parameters) => statement.iterate(...parameters),
      };
    },
    close: () => database.close(),
  };
};
