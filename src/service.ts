/**
 * Decisions while votes arrive, over HTTP and on SQL. Needs `fastify`, `@fastify/swagger`, `kysely`, `prom-client`, and a driver:
 * `libsql` for SQLite (Node 24 has one of its own) or `pg` for PostgreSQL.
 *
 * @packageDocumentation
 */
export * from './service/index.js';
