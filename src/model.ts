/**
 * From an image stack to the input of a model, as the winners of Clog Loss made it, and from the models' answers to a score.
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
export { type EnsembleScore, ensembleScore } from './model/inference/answers.js';
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
export {
  type KnownModel,
  type Mismatch,
  type ModelFit,
  modelFit,
  type Wiring,
} from './model/inference/fit/modelFit.js';
export type { Wire } from './model/inference/fit/roles.js';
export type { ModelFile, PipelineModels, WeightFile } from './model/inference/modelFile.js';
export {
  type ExternalWeights,
  inspectModel,
  type ModelDescription,
} from './model/inference/onnx/inspect.js';
export { type MergeOptions, mergeEnsemble } from './model/inference/onnx/mergeGraphs.js';
export type { ScoredStack } from './model/inference/pool/lanes.js';
export { openPool, type Pool, type PoolOptions } from './model/inference/pool/pool.js';
export type { ModelOutput, ModelPort, Port } from './model/inference/port.js';
export {
  openPredictor,
  type Predictor,
  type PredictorOptions,
  type ReadyStack,
  type ScoreProvenance,
  type ScoreResult,
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
export { type Prepared, type PrepareOptions, prepareClip, prepareStack } from './model/pipeline/prepare.js';
export { presets } from './model/pipeline/presets/presets.js';
export { flipped, neighboursOf, orientations, stackedTensors, type Tensor } from './model/pipeline/tensor.js';
export type { FailureRecord } from './model/scoring/ledger.js';
export { type ListedStack, type ListingOptions, listStacks } from './model/scoring/listing.js';
export { type MergedRun, type MergeJournals, mergeJournals } from './model/scoring/merge.js';
export { type JournalScore, modelScorer } from './model/scoring/models.js';
export {
  type RunOptions,
  type RunProgress,
  type RunResult,
  runScores,
  type Scorer,
} from './model/scoring/run.js';
export { type Shard, shard } from './model/scoring/shard.js';
export { type TensorDigest, type TensorDigests, tensorScorer } from './model/scoring/tensors.js';
