/** Decisions while votes arrive, on SQL, beside any backend. */
export { type AppOptions, openApp } from './app.js';
export { type Database, openDatabase } from './database.js';
export { type GroupCommit, type GroupCommitOptions, groupCommit } from './groupCommit.js';
export {
  type Answer,
  type EventStore,
  type EventStoreOptions,
  type KeptDecision,
  openStore,
  type Question,
  type Sent,
  type Shadow,
} from './store.js';
export { may, type Right, readTokens, type Token, tokenHash, whoHas } from './tokens.js';
