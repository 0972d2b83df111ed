import { fileURLToPath } from 'node:url';
import type { Pipeline } from '../pipeline/pipeline.js';
import { embedded } from '../pipeline/presets/embedded.js';
import type { ModelFile } from './modelFile.js';

/** Of `models/embedded/embedded.onnx`, all five folds in one file. */
export const EMBEDDED_SHA256 = '5ef196ba9fb75f97a05f62290b1ea4cabe398b37b0ec49ccc50c1989bda32382';

/** The same distance from `src` and from `dist`. */
const FILE = fileURLToPath(new URL('../../../models/embedded/embedded.onnx', import.meta.url));

/**
 * The model that comes with the package, ready for `openPredictor` or `openPool`. It has seen only simulated stacks.
 *
 * @returns the pipeline, and the one file that plays its five roles, pinned by its hash
 */
export const embeddedModel = (): {
  readonly pipeline: Pipeline;
  readonly file: ModelFile & { readonly sha256: string };
} => {
  return { pipeline: embedded, file: { path: FILE, sha256: EMBEDDED_SHA256 } };
};
