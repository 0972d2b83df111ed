/** Decisions while votes arrive: every event counts once, in any order, and every stack is decided as in a batch. */

export { type EventInputs, inputs } from './batch.js';
export { decision, judge } from './decision.js';
export type { Event, GoldEvent, RetractionEvent, ScoreEvent, StackEvent, VoteEvent } from './event.js';
export { type Explained, explain } from './explain.js';
export type { Decision } from './judge.js';
export { type Lines, type Restored, restore, snapshot } from './log.js';
export type { Outcome } from './outcomes.js';
export { readEvent } from './readEvent.js';
export type { Settings } from './settings.js';
export { NO_EVENTS, reduce, type State } from './state.js';
export { type Applied, open, type Store, type StoreSize } from './store.js';
