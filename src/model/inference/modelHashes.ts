import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelFailure } from '../../domain/errors.js';
import { modelFileFailure } from '../../domain/modelFailure.js';
import type { ModelFile, ModelHashes, WeightFile } from './modelFile.js';

/** The hashes of a model's files, when they are those pinned. Damaged weights load and answer like sound ones; only a hash tells them apart. */
export const readHashes = async (file: ModelFile): Promise<E.Either<ModelFailure, ModelHashes>> => {
  const { path } = file;
  if (await isEndless(path)) {
    return E.left(modelFileFailure('ModelUnreadable', path, 'it is no file', ABSENT));
  }
  let size = 0;
  const sha256 = await hashOf(path, (chunk) => {
    size += chunk.length;
  });
  if (E.isLeft(sha256)) {
    return E.left(
      isAbsent(sha256.left)
        ? modelFileFailure('ModelUnreadable', path, 'there is no such file', ABSENT)
        : { _tag: 'IoFailure', path, doing: 'read', cause: sha256.left },
    );
  }
  if (size === 0) return E.left(modelFileFailure('ModelUnreadable', path, 'it has no bytes'));
  const changed = changedFrom(file.sha256, path, sha256.right);
  if (changed !== undefined) return E.left(changed);
  const weights = await inspected(path);
  if (E.isLeft(weights)) return weights;
  for (const { file: name, sha256: found } of weights.right) {
    const pin = file.weights?.find((one) => one.file === name)?.sha256;
    const other = changedFrom(pin, join(dirname(path), name), found);
    if (other !== undefined) return E.left(other);
  }
  return E.right({ sha256: sha256.right, weights: weights.right });
};

const changedFrom = (pin: string | undefined, path: string, found: string): ModelFailure | undefined =>
  pin === undefined || pin.toLowerCase() === found
    ? undefined
    : modelFileFailure('ModelChanged', path, `its SHA-256 is ${found}; ${pin} is pinned`);

/** Weights in other files; `Left` for a node in training mode, which the runtime answers wrongly without a warning. */
const inspected = async (path: string): Promise<E.Either<ModelFailure, readonly WeightFile[]>> => {
  const { inspectModel } = await import('./onnx/inspect.js');
  const { trainingProblem } = await import('./fit/modelFit.js');
  const model = await inspectModel(path);
  // The runtime says what is wrong with a file that cannot be inspected.
  if (E.isLeft(model)) return E.right([]);
  const problem = trainingProblem(model.right);
  if (problem !== undefined) {
    return E.left(modelFileFailure('ModelMismatch', path, problem.found, problem.fix));
  }
  const weights: WeightFile[] = [];
  for (const { file, needs, bytes } of model.right.external) {
    const at = join(dirname(path), file);
    // The name comes from the file and may be any text: only a plain file below the model's folder is read.
    const isInside = !relative(dirname(path), at).split(sep).includes('..');
    if (!isInside || (await isEndless(at))) {
      return E.left(
        modelFileFailure('WeightsElsewhere', path, `its weights are in ${file}, which is no file beside it`),
      );
    }
    // Before reading what may be ten gigabytes.
    const unlike = bytes === undefined ? undefined : sizeProblem(file, needs, bytes);
    if (unlike !== undefined) return E.left(modelFileFailure('WeightsElsewhere', path, unlike, OTHER_WEIGHTS));
    const sha256 = await hashOf(at);
    if (E.isLeft(sha256)) {
      return E.left(
        isAbsent(sha256.left)
          ? modelFileFailure('WeightsElsewhere', path, `its weights are in ${file}, which is not beside it`)
          : { _tag: 'IoFailure', path: at, doing: 'read', cause: sha256.left },
      );
    }
    weights.push({ file, sha256: sha256.right });
  }
  return E.right(weights);
};

/** Exporters fill the last page, and some several. */
const PADDING = 1 << 20;

/** Why a file of weights cannot be the one that the model means. */
const sizeProblem = (file: string, needs: number, bytes: number): string | undefined => {
  if (bytes >= needs && bytes <= needs + PADDING) return undefined;
  return `its tensors take ${needs} bytes of ${file}, which has ${bytes}`;
};

const OTHER_WEIGHTS = 'Put the file of weights beside the model that was exported with it, whole.';

/** A pipe or a device may have no end. Reading itself reports a missing file and a folder. */
const isEndless = async (path: string): Promise<boolean> => {
  try {
    const there = await stat(path);
    return !there.isFile() && !there.isDirectory();
  } catch {
    return false;
  }
};

const hashOf = async (path: string, each?: (chunk: Buffer) => void): Promise<E.Either<unknown, string>> => {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      each?.(chunk);
    }
  } catch (cause) {
    return E.left(cause);
  }
  return E.right(hash.digest('hex'));
};

const isAbsent = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';

const ABSENT = 'Correct the path; files named in a pipeline stand beside its JSON.';
