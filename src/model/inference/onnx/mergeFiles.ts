import { dirname, join, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
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
export const mergeFiles = async (
  out: string,
  paths: readonly string[],
): Promise<E.Either<ModelFailure | InvalidInput, ModelDescription>> => {
  const members: Member[] = [];
  // One after another: the largest ensembles fill the memory.
  for (const path of paths) {
    const bytes = await readModel(path);
    if (E.isLeft(bytes)) return bytes;
    const model = await inspectModel(bytes.right);
    if (E.isLeft(model)) return 'model' in model.left ? E.left({ ...model.left, model: path }) : model;
    const weights = model.right.external.map(({ file }) => file);
    const problem = overwritten(out, path, weights) ?? weightsElsewhere(out, path, weights);
    if (problem !== undefined) return E.left(problem);
    members.push({ name: path, bytes: bytes.right });
  }
  const parts = mergeMembers(members);
  if (E.isLeft(parts)) return parts;
  const written = await writeAtomically(out, parts.right);
  return E.isLeft(written) ? written : inspectModel(out);
};

/** The merged file must not replace a model or its weights. */
const overwritten = (out: string, path: string, weights: readonly string[]): InvalidInput | undefined => {
  const own = [path, ...weights.map((file) => join(dirname(path), file))].find((file) => sameFile(out, file));
  if (own === undefined) return undefined;
  const what = own === path ? 'is one of the models to merge' : `holds the weights of ${path}`;
  return {
    _tag: 'InvalidInput',
    source: '--out',
    total: 1,
    issues: [{ found: `${out}, which ${what}`, expected: 'a file of its own', fix: 'Give another --out.' }],
  };
};

/** A model finds its weights in its own folder, so the merged model must be in that folder too. */
const weightsElsewhere = (out: string, path: string, weights: readonly string[]): ModelFailure | undefined => {
  if (weights.length === 0 || dirname(resolve(out)) === dirname(resolve(path))) return undefined;
  const reason = `its weights are in ${weights.join(', ')} beside it, and ${out} would look for them in its own folder`;
  const fix = 'Write the merged model into the folder of these weights.';
  return modelFileFailure('WeightsElsewhere', path, reason, fix);
};
