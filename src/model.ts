/**
 * From an image stack to a model's input, as the winners of Clog Loss did it, and from their answers to a label.
 *
 * @packageDocumentation
 */

export type { ModelFailure } from './domain/errors.js';
export type {
  ModelFileFailure,
  ModelFileFailureTag,
  RunFailure,
  RunFailureTag,
  StackFailure,
  StackFailureTag,
} from './domain/modelFailure.js';
export type { Box, Volume } from './kernel/image/volume.js';
export type { Clip, Pixels } from './model/frames/clip.js';
export { type DecodeOptions, decodeStack } from './model/frames/decodeStack.js';
export { type EncodeOptions, encodeMp4 } from './model/frames/encodeMp4.js';
export { DEFAULT_LIMITS, type Limits } from './model/frames/limits.js';
export { type StackSource, stackFromBytes, stackFromFile, stackFromFrames } from './model/frames/source.js';
export { type EnsembleVerdict, ensembleVerdict } from './model/inference/answers.js';
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
} from './model/inference/earlyStop.js';
export { embeddedModel } from './model/inference/embedded.js';
export { type Difference, pipelineDifferences } from './model/inference/fit/mismatches.js';
export type { ModelFile, PredictorOptions } from './model/inference/modelFile.js';
export type { WeightFile } from './model/inference/modelHashes.js';
export {
  type ExternalWeights,
  inspectModel,
  type ModelDescription,
  type ModelOutput,
  type ModelPort,
} from './model/inference/onnx/inspect.js';
export { type MergeOptions, mergeEnsemble } from './model/inference/onnx/mergeGraphs.js';
export type { ScoredStack } from './model/inference/pool/lanes.js';
export { openPool, type Pool, type PoolOptions } from './model/inference/pool/pool.js';
export {
  openPredictor,
  type Predictor,
  type ReadyStack,
  type Scored,
  type ScoreProvenance,
  type StackScore,
  type UsedModel,
} from './model/inference/predictor.js';
export { decodePipeline, encodePipeline, pipelineHash } from './model/pipeline/document.js';
export { readPipeline } from './model/pipeline/file.js';
export { findOutline, type Outline } from './model/pipeline/outline.js';
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
} from './model/pipeline/pipeline.js';
export { type Prepared, prepareClip, prepareStack } from './model/pipeline/prepare.js';
export { presets } from './model/pipeline/presets/presets.js';
export { flipped, orientations, stackedTensors, type Tensor } from './model/pipeline/tensor.js';
export type { Failed } from './model/scoring/ledger.js';
export { type Listed, type ListingOptions, listStacks } from './model/scoring/listing.js';
export { type KeptScore, modelScorer } from './model/scoring/models.js';
export {
  type Ran,
  type RunOptions,
  type RunProgress,
  runScores,
  type Scorer,
} from './model/scoring/run.js';
export { neighboursOf, type TensorDigest, type TensorDigests, tensorScorer } from './model/scoring/tensors.js';
