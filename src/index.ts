// biome-ignore-all assist/source/organizeImports: in the order of the pipeline, as test/architecture.test.ts demands.
/**
 * People and models in tandem: stalled, flowing, or ask again? The table of contents, in the order of the pipeline.
 *
 * @packageDocumentation
 */

export { FLOWING, type Label, STALLED } from './domain/label.js';

export { ANONYMOUS, type Duplicates, type Vote } from './domain/vote.js';

export type { Scores } from './domain/scores.js';

export { DEFAULT_TARGETS, type Targets } from './domain/targets.js';

/** Failures as values, and the bridge for those who prefer exceptions. */
export * as Errors from './domain/errors.js';

/** Files and rows → votes, scores, gold, policy; every mistake named by file, line and fix. */
export * as Decode from './decode/index.js';

/** Votes as columns in one canonical order. */
export * as Votes from './stages/votes/index.js';

/** Expert truth, divided among its uses. */
export * as Gold from './stages/gold.js';

/** How good each annotator is. */
export * as Skills from './stages/skills/index.js';

/** From a raw score to evidence. */
export * as Calibration from './stages/calibration/index.js';

/** Votes and scores → one posterior per stack. */
export * as Consensus from './stages/consensus/index.js';

/** Two thresholds with a finite-sample certificate. */
export * as Thresholds from './stages/thresholds/index.js';

/** Exact tests and certificates for whole decision procedures. */
export * as RiskControl from './stages/riskControl/index.js';

/** Retire, ask the crowd, or ask an expert. */
export * as Routing from './stages/routing.js';

/** Everything needed to decide, as one document. */
export * as Policy from './policy/index.js';

/** Whom to ask next, and when to stop. */
export * as Asking from './asking/index.js';

/** One rule with four actions, an expert among them at any time; decided at its first stop. */
export * as StopRule from './asking/stopRule/index.js';

/** A vote stream under a stop rule, as it would have been. */
export * as Replay from './asking/replay/index.js';

/** Events as they arrive: the same decisions as the batch, after each of them. */
export * as Online from './online/index.js';

/** How good decisions are, on gold that never saw them. */
export * as Evaluation from './stages/evaluation/index.js';

/** How many stacks are stalled. */
export * as Prevalence from './stages/prevalence/index.js';

/** Do decisions still hold? */
export * as Drift from './stages/drift/index.js';

/** What a laboratory asks: gates, drift, prevalence, plans, annotators; all that the command line prints, as plain data. */
export * as Study from './study/index.js';

/** Every file and every text of the command line, as strings. */
export * as Report from './report/index.js';

/** Parts of a page for `Report.page`: tables for its sliders, curves, checks. */
export * as Page from './report/page/index.js';

/** Crowds, scores and stacks to try it on. */
export * as Simulate from './simulate/index.js';
