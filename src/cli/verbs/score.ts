import { dirname, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure, InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { DecodeOptions } from '../../model/frames/decodeStack.js';
import type { EarlyStop } from '../../model/inference/earlyStop.js';
import type { ModelFile } from '../../model/inference/modelFile.js';
import { pipelineHash } from '../../model/pipeline/document.js';
import type { Pipeline } from '../../model/pipeline/pipeline.js';
import { neighboursOf } from '../../model/pipeline/tensor.js';
import type { RunKey } from '../../model/scoring/journal.js';
import { type ListedStack, listStacks } from '../../model/scoring/listing.js';
import { hashesOf, modelScorer, stopHash } from '../../model/scoring/models.js';
import { type RunOptions, type RunProgress, type RunResult, runScores } from '../../model/scoring/run.js';
import { type Shard, shard } from '../../model/scoring/shard.js';
import { tensorScorer } from '../../model/scoring/tensors.js';
import { type RunFiles, runFilesOf, type Written, writeScores, writeTensors } from '../../model/scoring/write.js';
import { countText, some } from '../../output/format.js';
import { lock } from '../../output/lock.js';
import { type ScoreSummary, scoreText } from '../../report/index.js';
import { VERSION } from '../../version.js';
import { earlyStopOf } from '../earlyStopFile.js';
import type { OutputFlags } from '../flags.js';
import { asData, modelFiles, modelWarnings, pipelineNamed } from '../modelFiles.js';
import { safeOut } from '../scoreOutput.js';
import { scoreProgress } from '../scoreProgress.js';
import { type Done, EXIT, invalid, type Verb } from '../verb.js';

export interface ScoreFlags extends OutputFlags {
  readonly preset: string;
  readonly models?: readonly string[];
  readonly tensorsOnly?: true;
  /** `exact`, or a file. */
  readonly earlyStop?: string;
  readonly processes?: number;
  readonly limitSeconds?: number;
  readonly passSeconds?: number;
  readonly decoder: 'auto' | 'webcodecs' | 'ffmpeg';
  readonly ids: 'name' | 'stem';
  readonly folder?: string;
  readonly fresh?: true;
  readonly retryFailed?: true;
  readonly shard?: Shard;
}

/** `tandem score`: stacks and models → scores.csv. The same command resumes a run that was stopped. */
export const scoreVerb = async (inputs: readonly string[], flags: ScoreFlags, argv: readonly string[]): Verb => {
  const named = await pipelineNamed(flags.preset);
  if (E.isLeft(named)) return named;
  const pipeline = named.right;
  const { ids, folder, tensorsOnly } = flags;
  const stacks = await listStacks(present({ ids, folder, stdin: () => readAll(process.stdin) }))(inputs);
  if (E.isLeft(stacks)) return stacks;
  const models = tensorsOnly ? E.right([]) : await modelFiles(pipeline, flags.models);
  if (E.isLeft(models)) return models;
  const doubts = await modelWarnings(pipeline, models.right);
  // Before the run, which may take hours.
  for (const doubt of doubts) process.stderr.write(`Beware: ${doubt}\n`);
  const stop = await earlyStopOf(flags.earlyStop, { pipeline, models: models.right });
  if (E.isLeft(stop)) return stop;
  const files = runFilesOf(flags.out ?? defaultOut(flags));
  const reads = { files: readBy(inputs, flags, models.right), stacks: stacks.right };
  const mine =
    flags.shard === undefined
      ? stacks.right
      : shard({ ...flags.shard, neighbours: neighboursOf(pipeline) })(stacks.right);
  if (mine.length === 0) return E.left(emptyShard(stacks.right.length));
  const safe = safeOut(files, reads, { fresh: flags.fresh === true });
  if (E.isLeft(safe)) return safe;
  const lost = new AbortController();
  const release = lock(files.lock, () => lost.abort());
  if (E.isLeft(release)) return release;
  const job: Job = {
    ...{ pipeline, stacks: mine, models: models.right, doubts, stop: stop.right },
    ...{ files, release: release.right, lost: lost.signal, flags, argv },
  };
  const done = await (tensorsOnly ? tensors(job) : scores(job));
  release.right();
  return done;
};

/** Parts have names of their own, so that they can be gathered in one folder. */
const defaultOut = ({ tensorsOnly, shard: part }: ScoreFlags): string => {
  const name = tensorsOnly === true ? 'tensors' : 'scores';
  return part === undefined ? `${name}.csv` : `${name}.${part.number}-of-${part.of}.csv`;
};

const emptyShard = (stacks: number): InvalidInput =>
  invalid('--shard', {
    found: `no stack of ${stacks} in this part`,
    expected: 'at least one stack in every part',
    fix: 'Take fewer parts; this one needs no machine.',
  });

interface Job {
  readonly pipeline: Pipeline;
  readonly stacks: readonly ListedStack[];
  readonly models: readonly Required<ModelFile>[];
  /** Why the scores may mean nothing. */
  readonly doubts: readonly string[];
  readonly stop: EarlyStop | undefined;
  readonly files: RunFiles;
  /** Releases the lock. */
  readonly release: () => void;
  /** Another process has taken the lock over. */
  readonly lost: AbortSignal;
  readonly flags: ScoreFlags;
  readonly argv: readonly string[];
}

/** The files that the run reads, existing or not. */
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

const scores = (job: Job): Finished => {
  const { pipeline, models, stop, files, flags, argv } = job;
  const options = present({
    ...decodeOptions(flags),
    stop,
    processes: flags.processes,
    passSeconds: flags.passSeconds,
  });
  // The hash of a pipeline does not cover the outputs that its roles name.
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
    (signal) => modelScorer({ ...options, signal })({ pipeline, models }),
    (ran) => writeScores(files, ran, rolesOf(ran), askedOf(pipeline, argv)),
  );
};

/** The roles that took part, as the last session has them. */
export const rolesOf = ({ sessions }: RunResult<unknown>): readonly string[] => {
  const models: unknown = sessions.at(-1)?.['models'];
  return Array.isArray(models) ? models.map((model: { readonly role?: unknown }) => String(model.role)) : [];
};

const tensors = (job: Job): Finished => {
  const { pipeline, files, flags, argv } = job;
  return running(
    job,
    { kind: 'tensors', pipeline: pipelineHash(pipeline), version: VERSION },
    async (signal) => E.right(tensorScorer({ ...decodeOptions(flags), pipeline, signal })),
    (ran) => writeTensors(files, ran, askedOf(pipeline, argv)),
  );
};

const askedOf = (pipeline: Pipeline, argv: readonly string[]) => ({
  command: ['tandem', ...argv].join(' '),
  pipeline: { name: pipeline.name, hash: pipelineHash(pipeline) },
});

type Finished = Promise<E.Either<DataFailure, Done>>;

const running = async <Found>(
  job: Job,
  run: RunKey & { readonly kind: 'scores' | 'tensors' },
  open: RunOptions<Found>['open'],
  write: (ran: RunResult<Found>) => Promise<E.Either<DataFailure, Written>>,
): Finished => {
  const { pipeline, stacks, files, flags } = job;
  const shown = scoreProgress();
  const stop = interruptible(job);
  const start = performance.now();
  const ran = await runScores<Found>(
    present({
      run,
      journal: files.journal,
      neighbours: neighboursOf(pipeline),
      shard: flags.shard,
      open,
      fresh: flags.fresh,
      retryFailed: flags.retryFailed,
      signal: stop.signal,
      onProgress: (at: RunProgress) => {
        stop.at(at);
        shown.to(at);
      },
    }),
  )(stacks);
  shown.end();
  const seconds = (performance.now() - start) / 1000;
  if (E.isLeft(ran)) {
    stop.end();
    return E.left(asData(ran.left));
  }
  const finished = ran.right.status === 'finished';
  const written = finished ? await write(ran.right) : E.right(NOTHING_WRITTEN);
  stop.end();
  ran.right.close();
  return E.isLeft(written) ? written : E.right(doneOf(job, run.kind, ran.right, written.right, seconds));
};

const NOTHING_WRITTEN: Written = { files: [], stalled: 0, reasons: {} };

const doneOf = <Found>(
  { pipeline, files, doubts }: Job,
  kind: 'scores' | 'tensors',
  ran: RunResult<Found>,
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

const notesOf = ({ sessions, away, unlisted }: RunResult<unknown>, kind: 'scores' | 'tensors'): readonly string[] => {
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

const exitCodeOf = ({ status, scored, failed }: RunResult<unknown>): number => {
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

/** On Ctrl-C: the journal is flushed, unfinished work is dropped, and a message says how to continue. */
const interruptible = ({ files, release, lost }: Job) => {
  const stop = new AbortController();
  lost.addEventListener('abort', () => {
    process.stderr.write(
      `\nAnother process has taken over ${files.lock}, because this one was halted for more than a minute.\n`,
    );
    stop.abort();
  });
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
  // It must run before the listener that ends the process.
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
