/**
 * From an image stack to a model's input, as the winners of Clog Loss did it, and from their answers to a label.
 *
 * @packageDocumentation
 */
export {
  type BoxRule,
  type DepthRule,
  decodePipeline,
  type EnsembleRule,
  encodePipeline,
  type Flip,
  type GuardRule,
  type ModelRole,
  type OutlineRule,
  type Pipeline,
  pipelineHash,
  type ReencodeRule,
  type ResizeRule,
} from './decode/pipeline.js';
export type { Box, Volume } from './kernel/image/volume.js';
export type { Clip, Pixels } from './model/clip.js';
export { type DecodeOptions, decodeStack } from './model/decodeStack.js';
export {
  bandOf,
  type EarlyStop,
  type EarlyStopCertificate,
  type EarlyStopInfeasible,
  type EarlyStopOptions,
  fitEarlyStop,
  type Pass,
  passOrder,
  type StopAtRisk,
  settledBy,
} from './model/earlyStop.js';
export { formatFailure, type ModelFailure, type StackFailure, type StackFailureTag } from './model/failure.js';
export { DEFAULT_LIMITS, type Limits } from './model/limits.js';
export { findOutline, type Outline } from './model/outline.js';
export { type Prepared, prepareClip, prepareStack } from './model/prepare.js';
export { presets } from './model/presets.js';
export { fromBytes, fromFile, fromFrames, type StackSource } from './model/source.js';
export { batch, flipped, orientations, type Tensor } from './model/tensor.js';
export { type Verdict, verdict } from './model/verdict.js';
