import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { InvalidInput, IoFailure } from '../../domain/errors.js';
import { decodePipeline } from './document.js';
import type { Pipeline } from './pipeline.js';

/**
 * Reads a pipeline document; model files it names are found beside it, wherever the process was started: `file` of every
 * role becomes an absolute path. Before such a pipeline is written for others, make it `path.basename` of it again.
 *
 * @returns `Left` names the field that is wrong, or why the file could not be read
 */
export const readPipeline =
  (path: string): TaskEither<InvalidInput | IoFailure, Pipeline> =>
  async () => {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (cause) {
      return E.left({ _tag: 'IoFailure', path, doing: 'read', cause });
    }
    const decoded = decodePipeline(path, text);
    if (E.isLeft(decoded)) return decoded;
    const pipeline = decoded.right;
    const models = pipeline.models.map((role) =>
      role.file === undefined ? role : { ...role, file: resolve(dirname(path), role.file) },
    );
    return E.right({ ...pipeline, models });
  };
