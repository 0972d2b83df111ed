import { dirname, join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InvalidInput, ModelFailure } from '../../../domain/errors.js';
import { modelFileFailure } from '../../../domain/modelFailure.js';
import { sameFile, writeAtomically } from '../../../output/files.js';
import { inspectModel, type ModelDescription, readModel } from './inspect.js';
import { type Member, mergeMembers } from './mergeGraphs.js';

/**
 * Merges model files into one, written whole or not at all, and describes what was written.
 *
 * @param out - its folder is made when missing; it must be that of the models where their weights are files of their own
 * @left InvalidInput when `out` is one of the models, or their weights
 * @see mergeEnsemble
 */
export const mergeFiles = (
  out: string,
  paths: readonly string[],
): TE.TaskEither<ModelFailure | InvalidInput, ModelDescription> =>
  pipe(
    paths,
    // One after another: the largest ensembles fill the memory as it is.
    TE.traverseSeqArray(
      (path): TE.TaskEither<ModelFailure | InvalidInput, Member> =>
        pipe(
          readModel(path),
          TE.chainFirst((bytes) =>
            pipe(
              inspectModel(bytes),
              TE.mapLeft((failure) => ('model' in failure ? { ...failure, model: path } : failure)),
              TE.chainFirstEitherKW(({ external }) => membersStay(out, path, external)),
              TE.chainW(({ external }) => weightsStay(out, path, external)),
            ),
          ),
          TE.map((bytes): Member => ({ name: path, bytes })),
        ),
    ),
    TE.chainW((members) => TE.fromEither<ModelFailure, readonly Uint8Array[]>(mergeMembers(members))),
    TE.chainW((parts) => () => writeAtomically(out, parts)),
    TE.chainW(() => inspectModel(out)),
  );

/** Nothing is merged into one of its own members. */
const membersStay = (
  out: string,
  path: string,
  external: ModelDescription['external'],
): E.Either<InvalidInput, void> => {
  const own = [path, ...external.map(({ file }) => join(dirname(path), file))].find((file) => sameFile(out, file));
  return own === undefined
    ? E.right(undefined)
    : E.left({
        _tag: 'InvalidInput',
        source: '--out',
        total: 1,
        issues: [
          {
            found: `${out}, which ${own === path ? 'is one of the models to merge' : `holds the weights of ${path}`}`,
            expected: 'a file of its own',
            fix: 'Give another --out.',
          },
        ],
      });
};

/** A model finds its weights beside it, so it cannot be merged into another folder without them. */
const weightsStay = (
  out: string,
  path: string,
  external: ModelDescription['external'],
): TE.TaskEither<ModelFailure, void> =>
  external.length === 0 || dirname(resolve(out)) === dirname(resolve(path))
    ? TE.right(undefined)
    : TE.left(
        modelFileFailure(
          'WeightsElsewhere',
          path,
          `its weights are in ${external.map(({ file }) => file).join(', ')} beside it, and ${out} would look for them in its own folder`,
          'Write the merged model into the folder of these weights.',
        ),
      );
