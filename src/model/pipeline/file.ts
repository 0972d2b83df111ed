import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { decodePipeline } from './document.js';
import type { Pipeline } from './pipeline.js';

/**
 * Reads a pipeline document from a file. The model files that it names stand in the folder of the document, so `file` of
 * every role becomes an absolute path. Before you write such a pipeline for others, reduce each path to its last part again.
 *
 * @returns `Left` names the field that is wrong, or says why the file could not be read
 * @example
 * const pipeline = Errors.getOrThrow(await Model.readPipeline('models/embedded/embedded.json'));
 * pipeline.name // => 'embedded'
 */
export const readPipeline = async (path: string): Promise<E.Either<InvalidInput | IoFailure, Pipeline>> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
  }
  const decoded = decodePipeline(path, text);
  if (E.isLeft(decoded)) return decoded;
  const models = decoded.right.models.map((role) =>
    role.file === undefined ? role : { ...role, file: resolve(dirname(path), role.file) },
  );
  return E.right({ ...decoded.right, models });
};
