import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pipeline } from '../decode/pipeline.js';
import type { ModelFile } from './predictor.js';
import { embedded } from './presets/embedded.js';

/** Of `models/embedded/embedded.onnx`, all five folds in one file. */
export const EMBEDDED_SHA256 = '5ef196ba9fb75f97a05f62290b1ea4cabe398b37b0ec49ccc50c1989bda32382';

/** Steps up from this file to the package: one from `dist`, two from `src/model`. */
const ROOTS = ['..', join('..', '..')] as const;
const FILE = join('models', 'embedded', 'embedded.onnx');

/**
 * The model that comes with the package, ready for `openPredictor` or `openPool`. It has seen only simulated stacks.
 *
 * @returns the pipeline, and the one file that plays its five roles, pinned by its hash
 */
export const embeddedModel = (): {
  readonly pipeline: Pipeline;
  readonly file: ModelFile & { readonly sha256: string };
} => {
  const here = dirname(fileURLToPath(import.meta.url));
  const paths = ROOTS.map((root) => join(here, root, FILE));
  // Where none is there, opening it says so, with its path.
  const path = paths.find((candidate) => existsSync(candidate)) ?? paths[0];
  return { pipeline: embedded, file: { path, sha256: EMBEDDED_SHA256 } };
};
