import { fileURLToPath } from 'node:url';
import type { Pipeline } from '../pipeline/pipeline.js';
import { embedded } from '../pipeline/presets/embedded.js';
import type { ModelFile } from './modelFile.js';

/** SHA-256 of `models/embedded/embedded.onnx`, which holds all five folds. */
export const EMBEDDED_SHA256 = '5ef196ba9fb75f97a05f62290b1ea4cabe398b37b0ec49ccc50c1989bda32382';

/** The same distance from `src` and from `dist`. */
const FILE = fileURLToPath(new URL('../../../models/embedded/embedded.onnx', import.meta.url));

/**
 * The model that comes with the package, ready for `openPredictor` or `openPool`. It was trained on simulated stacks only.
 *
 * @returns the pipeline, and the one file that plays its five roles, pinned by its hash
 * @example
 * Model.embeddedModel().pipeline.models.length // => 5
 */
export const embeddedModel = (): {
  readonly pipeline: Pipeline;
  readonly models: readonly [ModelFile & { readonly sha256: string }];
} => ({ pipeline: embedded, models: [{ path: FILE, sha256: EMBEDDED_SHA256 }] });
