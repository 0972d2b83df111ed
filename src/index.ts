/**
 * People and models in tandem: stalled, flowing, or ask again? The table of contents, in the order of the pipeline.
 *
 * @packageDocumentation
 */

/** Whom to ask next, and when to stop. */
export * as Asking from './asking.js';
/** From a raw score to evidence. */
export * as Calibration from './calibration.js';
/** Votes and scores → one posterior per stack. */
export * as Consensus from './consensus.js';
/** Files and rows → votes, scores, gold, policy; every mistake named by file, line and fix. */
export * as Decode from './decode.js';
/** Failures as values, and the bridge for those who prefer exceptions. */
export * as Errors from './domain/errors.js';
export { FLOWING, type Label, STALLED } from './domain/label.js';
export type { Scores } from './domain/scores.js';
export { DEFAULT_TARGETS, type Targets } from './domain/targets.js';
export { ANONYMOUS, type Duplicates, type Vote } from './domain/vote.js';
/** What decisions are worth, on gold that never saw them. */
export * as Evaluation from './evaluation.js';
/** Expert truth, divided among its uses. */
export * as Gold from './gold.js';
/** Events as they arrive: the same decisions as the batch, after each of them. */
export * as Online from './online.js';
/** Everything needed to decide, as one document. */
export * as Policy from './policy.js';
/** A vote stream under an asking policy, as it would have been. */
export * as Replay from './replay.js';
/** Retire, ask the crowd, or ask an expert. */
export * as Routing from './routing.js';
/** Crowds, scores and stacks to try it on. */
export * as Simulate from './simulate.js';
/** How good each annotator is. */
export * as Skills from './skills.js';
/** Two thresholds with a finite-sample certificate. */
export * as Thresholds from './thresholds.js';
/** Votes as columns in one canonical order. */
export * as Votes from './votes.js';
