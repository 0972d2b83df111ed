import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { type EarlyStopDocument, encodeEarlyStop } from '../../decode/documents/earlyStop.js';
import type { DataFailure, ModelFailure } from '../../domain/errors.js';
import { stackFromFile } from '../../model/frames/source.js';
import { type EarlyStop, fitEarlyStop, passOrder } from '../../model/inference/earlyStop.js';
import type { ModelFile } from '../../model/inference/modelFile.js';
import { openPool } from '../../model/inference/pool/pool.js';
import type { StackScore, UsedModel } from '../../model/inference/predictor.js';
import { pipelineHash } from '../../model/pipeline/document.js';
import type { Pipeline } from '../../model/pipeline/pipeline.js';
import { listStacks } from '../../model/scoring/listing.js';
import { hashesOf } from '../../model/scoring/models.js';
import { writeAtomically } from '../../output/files.js';
import { scoreEdges } from '../../policy/index.js';
import { earlyStopText } from '../../report/text/earlyStop.js';
import type { OutputFlags } from '../flags.js';
import { loadPolicy } from '../inputs.js';
import { asData, modelFiles, pipelineNamed } from '../modelFiles.js';
import { progress } from '../progress.js';
import { EXIT, type Verb } from '../verb.js';

export interface EarlyStopFlags extends OutputFlags {
  readonly preset: string;
  readonly models?: readonly string[];
  readonly policy?: string;
  readonly risk: number;
  readonly confidence: number;
  readonly out: string;
}

/** `tandem model early-stop`: stacks scored in full → how few passes would have done, proven on half of them. */
export const earlyStop = (inputs: readonly string[], flags: EarlyStopFlags): Verb =>
  pipe(
    TE.Do,
    TE.bind('pipeline', () => pipelineNamed(flags.preset)),
    TE.chainFirst(() => eachOnce(flags.models)),
    TE.bindW('models', ({ pipeline }) => modelFiles(pipeline, flags.models)),
    TE.bindW('edges', ({ pipeline }) => edgesOf(pipeline, flags.policy)),
    TE.bindW('stacks', () => listStacks({ ids: 'name' })(inputs)),
    TE.bindW('scored', ({ pipeline, models, stacks }) =>
      scoredInFull(pipeline, models, shuffled(stacks.map(({ path }) => path))),
    ),
    TE.chainW(({ pipeline, models, edges, stacks, scored: { scored, used } }) => {
      // Whichever files play the roles, those of one file answer together.
      const order = passOrder({ ...pipeline, models: used.map(({ role, path }) => ({ role, file: path })) });
      const rows = scored.map(({ answers }) => order.map(({ model, flip }) => answers[model][flip]));
      const looks = looksOf(used, pipeline.flips.length);
      const fitted = fitEarlyStop({ edges, risk: flags.risk, confidence: flags.confidence, looks })(rows);
      const stop: EarlyStop = E.isRight(fitted) ? fitted.right : { edges };
      const document: EarlyStopDocument = {
        schema: 'tandem-early-stop/1',
        pipeline: pipelineHash(pipeline),
        models: hashesOf(models),
        ...stop,
      };
      return pipe(
        () => writeAtomically(flags.out, [encodeEarlyStop(document)]),
        TE.map(() => ({
          text: earlyStopText({ fitted, edges, failed: stacks.length - scored.length, file: flags.out }),
          json: E.isRight(fitted) ? document : { ...document, infeasible: fitted.left },
          exitCode: E.isRight(fitted) ? EXIT.certified : EXIT.insufficientEvidence,
        })),
      );
    }),
  )();

/** Where the routing changes: as the policy decides, else at the pipeline's own threshold. */
const edgesOf = (pipeline: Pipeline, policy: string | undefined): TE.TaskEither<DataFailure, readonly number[]> => {
  const { ensemble, name } = pipeline;
  if (ensemble._tag !== 'Mean') {
    return invalid('--preset', `${name}, whose models vote`, 'an ensemble by mean', 'Take another pipeline.');
  }
  if (policy === undefined) return TE.right([ensemble.stalledAbove]);
  return pipe(
    () => loadPolicy(policy),
    TE.chain((loaded) => {
      const edges = scoreEdges(loaded);
      if (edges.length > 0) return TE.right(edges);
      const found = 'a policy under which no score decides anything by itself';
      return invalid(policy, found, 'a policy that retires some stacks by their score', 'Leave --policy out.');
    }),
  );
};

/** After which pass a run of a file ends is told by its path, so one file cannot be two. */
const eachOnce = (given: readonly string[] = []): TE.TaskEither<DataFailure, void> => {
  const paths = given.map((path) => resolve(path));
  const twice = given.find((_, i) => paths.indexOf(paths[i]) < i);
  return twice === undefined
    ? TE.right(undefined)
    : invalid('--models', `${twice} twice`, 'each file once', 'Copy the file and name the copy.');
};

const invalid = (source: string, found: string, expected: string, fix: string): TE.TaskEither<DataFailure, never> =>
  TE.left({ _tag: 'InvalidInput', source, total: 1, issues: [{ found, expected, fix }] });

/** By hash: the two halves must not differ because folders are named after labels. */
const shuffled = (paths: readonly string[]): readonly string[] => {
  const key = (path: string): string => createHash('sha256').update(basename(path)).digest('hex');
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1));
};

interface Scored {
  readonly scored: readonly StackScore[];
  readonly used: readonly UsedModel[];
}

/** After how many passes a run ends: all models of one file answer together. */
const looksOf = (used: readonly UsedModel[], flips: number): readonly number[] => {
  const files = [...new Set(used.map(({ path }) => path))];
  let end = 0;
  const ends = files.map((file) => (end += used.filter(({ path }) => path === file).length));
  return Array.from({ length: flips }, (_, flip) => ends.map((end) => flip * used.length + end)).flat();
};

const scoredInFull = (
  pipeline: Pipeline,
  models: readonly ModelFile[],
  paths: readonly string[],
): TE.TaskEither<DataFailure, Scored> =>
  pipe(
    openPool(pipeline, models),
    TE.mapLeft(asData),
    TE.chain((pool) => async () => {
      const at = progress('scoring in full', paths.length);
      const found: (StackScore | undefined)[] = paths.map(() => undefined);
      let done = 0;
      let failure: ModelFailure | undefined;
      for await (const { index, result } of pool.predictAll(paths.map((path) => stackFromFile(path)))) {
        if (E.isRight(result)) found[index] = result.right;
        else failure ??= result.left;
        at.to(++done);
      }
      at.end();
      await pool.close();
      const scored = found.flatMap((score) => (score === undefined ? [] : [score]));
      // Without one score there is nothing to say but why.
      return scored.length === 0 && failure !== undefined
        ? E.left(asData(failure))
        : E.right({ scored, used: pool.models });
    }),
  );
