import { dirname, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { DecodeOptions } from '../../model/frames/decodeStack.js';
import type { EarlyStop } from '../../model/inference/earlyStop.js';
import { misfits } from '../../model/inference/fit/doubts.js';
import type { ModelFile } from '../../model/inference/modelFile.js';
import { pipelineHash } from '../../model/pipeline/document.js';
import type { Pipeline } from '../../model/pipeline/pipeline.js';
import type { RunKey } from '../../model/scoring/journal.js';
import { type Listed, listStacks } from '../../model/scoring/listing.js';
import { lock } from '../../model/scoring/lock.js';
import { hashesOf, modelScorer, stopHash } from '../../model/scoring/models.js';
import { type Ran, type RunOptions, type RunProgress, runScores } from '../../model/scoring/run.js';
import { neighboursOf, tensorScorer } from '../../model/scoring/tensors.js';
import { type RunFiles, runFilesOf, type Written, writeScores, writeTensors } from '../../model/scoring/write.js';
import { countText, some } from '../../output/format.js';
import { type ScoreSummary, scoreText } from '../../report/text/score.js';
import { VERSION } from '../../version.js';
import { earlyStopOf } from '../earlyStopFile.js';
import type { OutputFlags } from '../flags.js';
import { asData, modelFiles, pipelineNamed } from '../modelFiles.js';
import { safeOut } from '../scoreOutput.js';
import { scoreProgress } from '../scoreProgress.js';
import { type Done, EXIT, type Verb } from '../verb.js';

export interface ScoreFlags extends OutputFlags {
  readonly preset: string;
  readonly models?: readonly string[];
  readonly tensorsOnly?: true;
  /** `exact`, or a file. */
  readonly earlyStop?: string;
  readonly processes?: number;
  readonly limitSeconds?: number;
  readonly decoder: 'auto' | 'webcodecs' | 'ffmpeg';
  readonly ids: 'name' | 'stem';
  readonly folder?: string;
  readonly fresh?: true;
  readonly retryFailed?: true;
}

/** `tandem score`: stacks and models → scores.csv. Stopped at any moment, the same command goes on where it was. */
export const scoreVerb = (inputs: readonly string[], flags: ScoreFlags, argv: readonly string[]): Verb =>
  pipe(
    TE.Do,
    TE.bind('pipeline', () => pipelineNamed(flags.preset)),
    TE.bindW('stacks', () =>
      listStacks(present({ ids: flags.ids, stdin: () => readAll(process.stdin), folder: flags.folder }))(inputs),
    ),
    TE.bindW('models', ({ pipeline }) => (flags.tensorsOnly ? TE.right([]) : modelFiles(pipeline, flags.models))),
    TE.bindW('doubts', ({ pipeline, models }) => TE.fromTask(misfits(pipeline, models))),
    // At once, not at the end: a run takes hours.
    TE.chainFirstIOK(({ doubts }) => () => {
      for (const doubt of doubts) process.stderr.write(`Beware: ${doubt}\n`);
    }),
    TE.bindW('stop', ({ pipeline, models }) => earlyStopOf(flags.earlyStop, { pipeline, models })),
    TE.let('files', () => runFilesOf(flags.out ?? (flags.tensorsOnly ? 'tensors.csv' : 'scores.csv'))),
    TE.chainFirstEitherKW(({ files, stacks, models }) =>
      safeOut(files, { files: readBy(inputs, flags, models), stacks }, { fresh: flags.fresh === true }),
    ),
    TE.bindW('release', ({ files }) => TE.fromEither(lock(files.lock))),
    TE.chainW((found) =>
      TE.fromTask(async () => {
        const done = await (flags.tensorsOnly ? tensors : scores)({ ...found, flags, argv })();
        found.release();
        return done;
      }),
    ),
    TE.chainEitherK((done) => done),
  )();

interface Job {
  readonly pipeline: Pipeline;
  readonly stacks: readonly Listed[];
  readonly models: readonly Required<ModelFile>[];
  /** Why the scores may mean nothing. */
  readonly doubts: readonly string[];
  readonly stop: EarlyStop | undefined;
  readonly files: RunFiles;
  /** Gives the lock back. */
  readonly release: () => void;
  readonly flags: ScoreFlags;
  readonly argv: readonly string[];
}

/** Files that are named, whether they are there or not. */
const readBy = (
  inputs: readonly string[],
  { preset, earlyStop }: ScoreFlags,
  models: Job['models'],
): readonly string[] => [
  ...inputs,
  ...models.flatMap(({ path, weights = [] }) => [path, ...weights.map(({ file }) => join(dirname(path), file))]),
  preset,
  ...(earlyStop === undefined ? [] : [earlyStop]),
];

const decodeOptions = ({ decoder, limitSeconds }: ScoreFlags): DecodeOptions =>
  present({ decoder, limits: limitSeconds === undefined ? undefined : { seconds: limitSeconds } });

const scores = (job: Job): TE.TaskEither<DataFailure, Done> => {
  const { pipeline, models, stop, files, flags, argv } = job;
  const options = present({ ...decodeOptions(flags), stop, processes: flags.processes });
  // Outputs are named in the document, not in its hash.
  const outputs = pipeline.models.flatMap(({ output }) => (output === undefined ? [] : [output]));
  return running(
    job,
    present({
      kind: 'scores',
      pipeline: pipelineHash(pipeline),
      models: hashesOf(models),
      outputs: outputs.length === 0 ? undefined : outputs,
      stop: stop === undefined ? undefined : stopHash(stop),
      version: VERSION,
    }),
    modelScorer(pipeline, models, options),
    (ran) => writeScores(files, ran, rolesOf(ran), askedOf(pipeline, argv)),
  );
};

/** The roles that took part, as the last session has them. */
const rolesOf = ({ sessions }: Ran<unknown>): readonly string[] => {
  const models: unknown = sessions.at(-1)?.['models'];
  return Array.isArray(models) ? models.map((model: { readonly role?: unknown }) => String(model.role)) : [];
};

const tensors = (job: Job): TE.TaskEither<DataFailure, Done> => {
  const { pipeline, files, flags, argv } = job;
  return running(
    job,
    { kind: 'tensors', pipeline: pipelineHash(pipeline), version: VERSION },
    (signal) => TE.right(tensorScorer(pipeline, { ...decodeOptions(flags), signal })),
    (ran) => writeTensors(files, ran, askedOf(pipeline, argv)),
  );
};

const askedOf = (pipeline: Pipeline, argv: readonly string[]) => ({
  command: ['tandem', ...argv].join(' '),
  pipeline: { name: pipeline.name, hash: pipelineHash(pipeline) },
});

const running = <Found>(
  job: Job,
  run: RunKey & { readonly kind: 'scores' | 'tensors' },
  open: RunOptions<Found>['open'],
  write: (ran: Ran<Found>) => TE.TaskEither<DataFailure, Written>,
): TE.TaskEither<DataFailure, Done> => {
  const { pipeline, stacks, files, flags } = job;
  return async () => {
    const shown = scoreProgress();
    const stop = interruptible(job);
    const start = performance.now();
    const ran = await runScores<Found>(
      present({
        stacks,
        run,
        journal: files.journal,
        neighbours: neighboursOf(pipeline),
        open,
        fresh: flags.fresh === undefined ? undefined : true,
        retryFailed: flags.retryFailed === undefined ? undefined : true,
        signal: stop.signal,
        onProgress: (at: RunProgress) => {
          stop.at(at);
          shown.to(at);
        },
      }),
    )();
    shown.end();
    const seconds = (performance.now() - start) / 1000;
    if (E.isLeft(ran)) {
      stop.end();
      return E.left(asData(ran.left));
    }
    const finished = ran.right.status === 'finished';
    const written = finished ? await write(ran.right)() : E.right(NOTHING_WRITTEN);
    stop.end();
    ran.right.close();
    return E.isLeft(written) ? written : E.right(doneOf(job, run.kind, ran.right, written.right, seconds));
  };
};

const NOTHING_WRITTEN: Written = { files: [], stalled: 0, reasons: {} };

const doneOf = <Found>(
  { pipeline, files, doubts }: Job,
  kind: 'scores' | 'tensors',
  ran: Ran<Found>,
  written: Written,
  seconds: number,
): Done => {
  const { status, total, scored, failed, before, changed } = ran;
  const { stalled, reasons } = written;
  const summary: ScoreSummary = present({
    ...{ status, kind, total, scored, failed, before, changed, reasons, seconds },
    pipeline: pipeline.name,
    stalled: kind === 'scores' ? stalled : undefined,
    files: written.files,
    notes: [...doubts, ...notesOf(ran, kind)],
  });
  return {
    text: status === 'finished' ? scoreText(summary) : stoppedText(files, ran),
    json: { ...summary, away: ran.away, unlisted: ran.unlisted, pipelineHash: pipelineHash(pipeline) },
    exitCode: exitCodeOf(ran),
  };
};

const notesOf = ({ sessions, away, unlisted }: Ran<unknown>, kind: 'scores' | 'tensors'): readonly string[] => {
  const texts = (key: string): readonly string[] => [
    ...new Set(sessions.flatMap((session) => (typeof session[key] === 'string' ? [session[key]] : []))),
  ];
  const runtimes = texts('runtime');
  return [
    ...(away > 0 ? [awayText(away, kind)] : []),
    ...(unlisted > 0 ? [unlistedText(unlisted)] : []),
    ...texts('note'),
    ...(runtimes.length > 1
      ? [`different runs used ${runtimes.join(' and ')}; scores may differ in the last digits`]
      : []),
  ];
};

const awayText = (away: number, kind: 'scores' | 'tensors'): string =>
  away === 1
    ? `1 ${kind === 'scores' ? 'scored stack' : 'stack'} is not there now; its ${kind} are kept`
    : `${some(away, kind === 'scores' ? 'scored stack' : 'stack')} are not there now; their ${kind} are kept`;

const unlistedText = (unlisted: number): string =>
  unlisted === 1
    ? '1 stack of earlier runs is not among those of today and has no row; the journal keeps its result'
    : `${some(unlisted, 'stack')} of earlier runs are not among those of today and have no rows; the journal keeps their results`;

const exitCodeOf = ({ status, scored, failed }: Ran<unknown>): number => {
  if (status === 'stopped') return EXIT.interrupted;
  if (scored === 0) return EXIT.error;
  return failed > 0 ? EXIT.someFailed : EXIT.certified;
};

const stoppedText = (
  { journal }: RunFiles,
  at: { readonly total: number } & ({ readonly done: number } | { readonly scored: number; readonly failed: number }),
): string => {
  const done = 'done' in at ? at.done : at.scored + at.failed;
  return `Stopped: ${countText(done)} of ${countText(at.total)} stacks are done and safe in ${journal}.\nStart the same command again to go on.`;
};

/** Ctrl-C: the journal is safe at once, work in hand is dropped, and a message says how to go on. */
const interruptible = ({ files, release }: Job) => {
  const stop = new AbortController();
  let last: RunProgress | undefined;
  const onSignal = (): void => {
    stop.abort();
    release();
    process.stderr.write(
      last === undefined
        ? '\nStopped before the first result. Start the same command again.\n'
        : `\n${stoppedText(files, last)}\n`,
    );
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  // Before the listener that ends the process.
  for (const name of signals) process.prependOnceListener(name, onSignal);
  return {
    signal: stop.signal,
    at: (progress: RunProgress): void => {
      last = progress;
    },
    end: (): void => {
      for (const name of signals) process.removeListener(name, onSignal);
    },
  };
};
