import type { DecodeOptions } from '../frames/decodeStack.js';
import type { EarlyStop } from './earlyStop.js';
import type { WeightFile } from './modelHashes.js';
import type { RuntimeChoice } from './runtime.js';

/** One ONNX file; what is pinned must match what is read. */
export interface ModelFile {
  readonly path: string;
  readonly sha256?: string;
  /** Pins of the files beside it that hold weights, under the names the model calls them. */
  readonly weights?: readonly WeightFile[];
}
export interface PredictorOptions extends DecodeOptions {
  /** `auto` takes onnxruntime-node, and onnxruntime-web where that is absent. */
  readonly runtime?: RuntimeChoice;
  /** Cores for one forward pass, from 1 to 1024; default 1. The answers do not depend on it. */
  readonly threads?: number;
  /** Ask no further once the routing is settled; only where the ensemble is a mean. */
  readonly stop?: EarlyStop;
}
