import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { IoFailure } from '../../domain/errors.js';
import { STALLED } from '../../domain/label.js';
import { writeAtomically } from '../../output/files.js';
import { PACKAGE, VERSION } from '../../version.js';
import { type FailedRow, failuresCsv, scoresCsv, tensorsCsv } from './csv.js';
import type { KeptScore } from './models.js';
import type { Ran } from './run.js';
import type { TensorDigests } from './tensors.js';

/** Where a run keeps what it writes. */
export interface RunFiles {
  readonly out: string;
  readonly failures: string;
  /** What `out` came from. */
  readonly provenance: string;
  readonly journal: string;
  readonly lock: string;
}

/** For `night/scores.csv` the failures go to `night/scores.failures.csv`, and so on. */
export const runFilesOf = (out: string): RunFiles => ({
  out,
  failures: `${out.replace(/\.csv$/i, '')}.failures.csv`,
  provenance: `${out}.json`,
  journal: `${out}.journal.ndjson`,
  lock: `${out}.lock`,
});

/** What was written, and counted on the way. */
export interface Written {
  readonly files: readonly string[];
  readonly stalled: number;
  /** Failures by tag. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of all processes together, over all runs. */
  readonly seconds?: { readonly prepare: number; readonly infer: number };
}

/** Who asked, for what. */
export interface AskedScores {
  readonly command: string;
  readonly pipeline: { readonly name: string; readonly hash: string };
}

/** Scores in list order, failures beside them, and where they came from. Nothing in it depends on how the run went. */
export const writeScores = (
  files: RunFiles,
  ran: Ran<KeptScore>,
  roles: readonly string[],
  asked: AskedScores,
): TE.TaskEither<IoFailure, Written> => {
  const seconds = { prepare: 0, infer: 0 };
  let stalled = 0;
  const rows = function* () {
    for (const { stack, result } of ran.results()) {
      if (E.isLeft(result)) continue;
      seconds.prepare += result.right.seconds.prepare;
      seconds.infer += result.right.seconds.infer;
      if (result.right.label === STALLED) stalled++;
      yield { stackId: stack.stackId, ...result.right };
    }
  };
  return writeAll('tandem-scores/1', files, ran, scoresCsv(roles, rows()), asked, () => ({ stalled, seconds }));
};

/** The same for tensors. */
export const writeTensors = (
  files: RunFiles,
  ran: Ran<TensorDigests>,
  asked: AskedScores,
): TE.TaskEither<IoFailure, Written> => {
  const rows = function* () {
    for (const { stack, result } of ran.results()) {
      if (E.isLeft(result)) continue;
      for (const tensor of result.right.tensors) yield { stackId: stack.stackId, ...tensor };
    }
  };
  return writeAll('tandem-tensors/1', files, ran, tensorsCsv(rows()), asked, () => ({ stalled: 0 }));
};

const writeAll = <Found>(
  schema: string,
  files: RunFiles,
  ran: Ran<Found>,
  lines: Iterable<string>,
  asked: AskedScores,
  counted: () => Pick<Written, 'stalled' | 'seconds'>,
): TE.TaskEither<IoFailure, Written> => {
  const reasons: Record<string, number> = {};
  const failed = function* (): Generator<FailedRow> {
    for (const { stack, result } of ran.results()) {
      if (E.isRight(result)) continue;
      reasons[result.left.tag] = (reasons[result.left.tag] ?? 0) + 1;
      yield { ...stack, ...result.left };
    }
  };
  const hash = createHash('sha256');
  const hashed = function* (): Generator<string> {
    for (const line of lines) {
      hash.update(line);
      yield line;
    }
  };
  // A header without rows is no table; and files of an earlier run must not be taken for this one's.
  const write = (path: string, wanted: boolean, text: Iterable<string>): TE.TaskEither<IoFailure, void> =>
    wanted ? () => writeAtomically(path, text) : removed(path);
  return pipe(
    write(files.out, ran.scored > 0, hashed()),
    TE.chain(() => write(files.failures, ran.failed > 0, failuresCsv(failed()))),
    TE.chain(
      () => () =>
        writeAtomically(files.provenance, [
          `${JSON.stringify(
            {
              schema,
              sha256: ran.scored > 0 ? hash.digest('hex') : null,
              pipeline: asked.pipeline,
              sessions: distinct(ran.sessions),
              package: PACKAGE,
              version: VERSION,
              command: asked.command,
              stacks: { listed: ran.total, scored: ran.scored, failed: ran.failed },
              seconds: counted().seconds,
            },
            null,
            2,
          )}\n`,
        ]),
    ),
    TE.map(() => ({
      ...counted(),
      reasons,
      files: [
        ...(ran.scored > 0 ? [files.out] : []),
        ...(ran.failed > 0 ? [files.failures] : []),
        files.provenance,
        files.journal,
      ],
    })),
  );
};

const distinct = (sessions: Ran<unknown>['sessions']): Ran<unknown>['sessions'] => {
  const texts = sessions.map((session) => JSON.stringify(session));
  return sessions.filter((_, i) => texts.indexOf(texts[i]) === i);
};

const removed = (path: string): TE.TaskEither<IoFailure, void> =>
  TE.tryCatch(
    () => rm(path, { force: true }),
    (cause): IoFailure => ({ _tag: 'IoFailure', path, doing: 'write', cause }),
  );
