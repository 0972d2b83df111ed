import * as E from 'fp-ts/lib/Either.js';
import { Kysely, Migrator, PostgresDialect, SqliteDialect } from 'kysely';
import type { InvalidInput, IoFailure } from '../domain/errors.js';
import { lock } from '../output/lock.js';
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
 * @left InvalidInput when another process holds the SQLite file; IoFailure when it cannot be opened
 */
export const openDatabase = async (url: string): Promise<E.Either<InvalidInput | IoFailure, Database>> => {
  try {
    const opened = /^postgres(ql)?:/.test(url) ? await openPostgres(url) : await openSqlite(url);
    if (E.isLeft(opened)) return opened;
    const { db, dialect } = opened.right;
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrationsFor(dialect) } });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return opened;
    await opened.right.close();
    return E.left({ _tag: 'IoFailure', path: hidden(url), doing: 'write', cause: error });
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path: hidden(url), doing: 'read', cause });
  }
};

/** A URL without its password, for messages. */
const hidden = (url: string): string => url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:…@');

const openPostgres = async (connectionString: string): Promise<E.Either<never, Database>> => {
  const { default: pg } = await import('pg');
  // Counts and times come as text unless they are read as numbers; ours stay below 2^53.
  const types = new pg.TypeOverrides();
  types.setTypeParser(20, Number);
  const pool = new pg.Pool({ connectionString, max: 8, types, connectionTimeoutMillis: 10_000 });
  // A connection that breaks while it waits; the next query opens another.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return E.right({ db, dialect: 'postgres', close: () => db.destroy() });
};

/** One process alone: SQLite before 3.51.3 can damage a write-ahead log that two connections reset. */
const openSqlite = async (path: string): Promise<E.Either<InvalidInput | IoFailure, Database>> => {
  const isFile = path !== ':memory:';
  const release = isFile ? lock(`${path}.lock`) : E.right(() => undefined);
  if (E.isLeft(release)) return E.left(release.left);
  const database = await sqliteDriver(path);
  const run = (sql: string): void => {
    const statement = database.prepare(sql);
    if (statement.reader) statement.all([]);
    else statement.run([]);
  };
  for (const sql of [
    'pragma journal_mode = wal',
    // What was acknowledged is on disk, whatever happens to the power.
    'pragma synchronous = full',
    'pragma busy_timeout = 2000',
    'pragma cache_size = -65536',
  ]) {
    run(sql);
  }
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  const close = async (): Promise<void> => {
    await db.destroy();
    release.right();
  };
  return E.right({ db, dialect: 'sqlite', close });
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
