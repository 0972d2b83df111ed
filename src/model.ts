/**
 * From an image stack to a model's input, as the winners of Clog Loss did it, and from their answers to a label.
 *
 * @packageDocumentation
 */
export type {
  BoxRule,
  DepthRule,
  EnsembleRule,
  Flip,
  GuardRule,
  ModelRole,
  OutlineRule,
  Pipeline,
  ReencodeRule,
  ResizeRule,
} from './decode/pipeline.js';
export { decodePipeline, encodePipeline, pipelineHash } from './decode/pipelineDocument.js';
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
export { embeddedModel } from './model/embedded.js';
export { type EncodeOptions, encodeMp4 } from './model/encodeMp4.js';
export {
  formatFailure,
  type ModelFailure,
  type ModelFileFailure,
  type ModelFileFailureTag,
  type RunFailure,
  type RunFailureTag,
  type StackFailure,
  type StackFailureTag,
} from './model/failure.js';
export type { ScoredStack } from './model/lanes.js';
export { DEFAULT_LIMITS, type Limits } from './model/limits.js';
export { type MergeOptions, mergeEnsemble } from './model/mergeEnsemble.js';
export type { WeightFile } from './model/modelBytes.js';
export {
  type ExternalWeights,
  inspectModel,
  type ModelDescription,
  type ModelOutput,
  type ModelPort,
} from './model/onnxFile.js';
export { findOutline, type Outline } from './model/outline.js';
export { type Difference, pipelineDifferences } from './model/pipelineDifferences.js';
export { readPipeline } from './model/pipelineFile.js';
export { openPool, type Pool, type PoolOptions } from './model/pool.js';
export {
  type ModelFile,
  openPredictor,
  type Predictor,
  type PredictorOptions,
  type Provenance,
  type ReadyStack,
  type Scored,
  type StackScore,
  type UsedModel,
} from './model/predictor.js';
export { type Prepared, prepareClip, prepareStack } from './model/prepare.js';
export { presets } from './model/presets.js';
export type { Failed } from './model/score/ledger.js';
export { type Listed, type ListingOptions, listStacks } from './model/score/listing.js';
export { type KeptScore, modelScorer } from './model/score/models.js';
export {
  type Ran,
  type RunOptions,
  type RunProgress,
  runScores,
  type Scorer,
} from './model/score/run.js';
export { neighboursOf, type TensorDigest, type TensorDigests, tensorScorer } from './model/score/tensors.js';
export { fromBytes, fromFile, fromFrames, type StackSource } from './model/source.js';
export { batch, flipped, orientations, type Tensor } from './model/tensor.js';
export { type Verdict, verdict } from './model/verdict.js';
