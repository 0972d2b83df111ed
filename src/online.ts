/** Decisions while votes arrive: every event heard once, in any order; every stack decided as a batch would decide it. */

export { batch, type EventBatch } from './online/batch.js';
export { decision } from './online/decision.js';
export type { Event, GoldEvent, RetractionEvent, ScoreEvent, StackEvent, VoteEvent } from './online/event.js';
export { type Explained, explain } from './online/explain.js';
export type { Fate } from './online/fates.js';
export type { Decision } from './online/judge.js';
export { type Lines, type Restored, restore, snapshot } from './online/log.js';
export type { Settings } from './online/settings.js';
export { EMPTY, reduce, type State } from './online/state.js';
export { type Applied, open, type Store, type StoreSize } from './online/store.js';
