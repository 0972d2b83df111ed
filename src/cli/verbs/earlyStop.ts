import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput, ModelFailure } from '../../domain/errors.js';
import { stackFromFile } from '../../model/frames/source.js';
import { type EarlyStop, fitEarlyStop, passOrder } from '../../model/inference/earlyStop.js';
import { type EarlyStopDocument, encodeEarlyStop } from '../../model/inference/earlyStopDocument.js';
import type { ModelFile } from '../../model/inference/modelFile.js';
import { openPool } from '../../model/inference/pool/pool.js';
import type { StackScore, UsedModel } from '../../model/inference/predictor.js';
import { pipelineHash } from '../../model/pipeline/document.js';
import type { Pipeline } from '../../model/pipeline/pipeline.js';
import { listStacks } from '../../model/scoring/listing.js';
import { hashesOf } from '../../model/scoring/models.js';
import { writeAtomically } from '../../output/files.js';
import { scoreEdges } from '../../policy/index.js';
import { earlyStopText } from '../../report/index.js';
import type { OutputFlags } from '../flags.js';
import { loadPolicy } from '../inputs.js';
import { asData, modelFiles, pipelineNamed } from '../modelFiles.js';
import { progress } from '../progress.js';
import { EXIT, invalid, type Verb } from '../verb.js';

export interface EarlyStopFlags extends OutputFlags {
  readonly preset: string;
  readonly models?: readonly string[];
  readonly policy?: string;
  readonly risk: number;
  readonly confidence: number;
  readonly out: string;
}

/** `tandem model early-stop`: stacks scored in full → a rule that stops after fewer passes, proven on half of them. */
export const earlyStop = async (inputs: readonly string[], flags: EarlyStopFlags): Verb => {
  const named = await pipelineNamed(flags.preset);
  if (E.isLeft(named)) return named;
  const pipeline = named.right;
  const repeated = repeatedModel(flags.models);
  if (repeated !== undefined) return E.left(repeated);
  const models = await modelFiles(pipeline, flags.models);
  if (E.isLeft(models)) return models;
  const edges = await edgesOf(pipeline, flags.policy);
  if (E.isLeft(edges)) return edges;
  const stacks = await listStacks({ ids: 'name' })(inputs);
  if (E.isLeft(stacks)) return stacks;
  const full = await scoredInFull(pipeline, models.right, shuffled(stacks.right.map(({ path }) => path)));
  if (E.isLeft(full)) return full;
  const { scores, used } = full.right;
  // Models of one file answer together, whichever roles they play.
  const order = passOrder({ ...pipeline, models: used.map(({ role, path }) => ({ role, file: path })) });
  const rows = scores.map(({ answers }) => order.map(({ model, flip }) => answers[model][flip]));
  const { risk, confidence, out } = flags;
  const looks = looksOf(used, pipeline.flips.length);
  const fitted = fitEarlyStop({ edges: edges.right, risk, confidence, looks })(rows);
  const stop: EarlyStop = E.isRight(fitted) ? fitted.right : { edges: edges.right };
  const document: EarlyStopDocument = {
    schema: 'tandem-early-stop/1',
    pipeline: pipelineHash(pipeline),
    models: hashesOf(models.right),
    ...stop,
  };
  const written = await writeAtomically(out, [encodeEarlyStop(document)]);
  if (E.isLeft(written)) return written;
  return E.right({
    text: earlyStopText({ fitted, edges: edges.right, failed: stacks.right.length - scores.length, file: out }),
    json: E.isRight(fitted) ? document : { ...document, infeasible: fitted.left },
    exitCode: E.isRight(fitted) ? EXIT.certified : EXIT.insufficientEvidence,
  });
};

/** The scores at which the routing changes: those of the policy, else the pipeline's own threshold. */
const edgesOf = async (
  { ensemble, name }: Pipeline,
  policy: string | undefined,
): Promise<E.Either<DataFailure, readonly number[]>> => {
  if (ensemble._tag !== 'Mean') {
    const found = `${name}, whose models vote`;
    return E.left(invalid('--preset', { found, expected: 'an ensemble by mean', fix: 'Take another pipeline.' }));
  }
  if (policy === undefined) return E.right([ensemble.stalledAbove]);
  const loaded = await loadPolicy(policy);
  if (E.isLeft(loaded)) return loaded;
  const edges = scoreEdges(loaded.right);
  if (edges.length > 0) return E.right(edges);
  return E.left(
    invalid(policy, {
      found: 'a policy under which no score decides anything by itself',
      expected: 'a policy that retires some stacks by their score',
      fix: 'Leave --policy out.',
    }),
  );
};

/** Passes are counted per file path, so the same file must not be listed twice. */
const repeatedModel = (given: readonly string[] = []): InvalidInput | undefined => {
  const paths = given.map((path) => resolve(path));
  const twice = given.find((_, i) => paths.indexOf(paths[i]) < i);
  if (twice === undefined) return undefined;
  return invalid('--models', {
    found: `${twice} twice`,
    expected: 'each file once',
    fix: 'Copy the file and name the copy.',
  });
};

/** Sorted by hash, so that the two halves do not differ where folders are named after labels. */
const shuffled = (paths: readonly string[]): readonly string[] => {
  const key = (path: string): string => createHash('sha256').update(basename(path)).digest('hex');
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1));
};

interface FullScores {
  readonly scores: readonly StackScore[];
  readonly used: readonly UsedModel[];
}

/** The numbers of passes after which a run ends: all models of one file answer together. */
const looksOf = (used: readonly UsedModel[], flips: number): readonly number[] => {
  const files = [...new Set(used.map(({ path }) => path))];
  let end = 0;
  const ends = files.map((file) => (end += used.filter(({ path }) => path === file).length));
  return Array.from({ length: flips }, (_, flip) => ends.map((end) => flip * used.length + end)).flat();
};

const scoredInFull = async (
  pipeline: Pipeline,
  models: readonly ModelFile[],
  paths: readonly string[],
): Promise<E.Either<DataFailure, FullScores>> => {
  const pool = await openPool()({ pipeline, models });
  if (E.isLeft(pool)) return E.left(asData(pool.left));
  const shown = progress('scoring in full', paths.length);
  const scored: (StackScore | undefined)[] = paths.map(() => undefined);
  let done = 0;
  let failure: ModelFailure | undefined;
  for await (const { index, result } of pool.right.predictAll(paths.map((path) => stackFromFile(path)))) {
    if (E.isRight(result)) scored[index] = result.right;
    else failure ??= result.left;
    shown.to(++done);
  }
  shown.end();
  await pool.right.close();
  const scores = scored.filter((score) => score !== undefined);
  // Without a single score, the first failure is the result.
  return scores.length === 0 && failure !== undefined
    ? E.left(asData(failure))
    : E.right({ scores, used: pool.right.models });
};
