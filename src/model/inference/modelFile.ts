import type { Pipeline } from '../pipeline/pipeline.js';

/** A file beside a model that holds some of its weights. */
export interface WeightFile {
  /** The name in the model, relative to the model's folder. */
  readonly file: string;
  readonly sha256: string;
}

/** One ONNX file. Pinned hashes must be those of the bytes that are read. */
export interface ModelFile {
  readonly path: string;
  readonly sha256?: string;
  /** Pinned hashes of the files beside the model that hold its weights. */
  readonly weights?: readonly WeightFile[];
}

/** Hashes of a model's files, as read. */
export interface ModelHashes {
  readonly sha256: string;
  /** In the order in which the model first names them; mostly none. */
  readonly weights: readonly WeightFile[];
}

/** A pipeline and the files that play its roles. */
export interface PipelineModels {
  readonly pipeline: Pipeline;
  /** When absent or empty, the files that the pipeline names. */
  readonly models?: readonly ModelFile[];
}
