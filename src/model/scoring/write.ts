import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import * as E from 'fp-ts/lib/Either.js';
import type { IoFailure } from '../../domain/errors.js';
import { STALLED } from '../../domain/label.js';
import { writeAtomically } from '../../output/files.js';
import { PACKAGE, VERSION } from '../../version.js';
import { type FailedRow, failuresCsv, scoresCsv, tensorsCsv } from './csv.js';
import type { JournalScore } from './models.js';
import type { RunResult } from './run.js';
import type { TensorDigests } from './tensors.js';

/** The files that a run writes. */
export interface RunFiles {
  readonly out: string;
  readonly failures: string;
  /** The pipeline, models and counts behind `out`. */
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

/** The files that were written, and counts for the summary. */
export interface Written {
  readonly files: readonly string[];
  readonly stalled: number;
  /** Failures by tag. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Summed over all processes and all runs. */
  readonly seconds?: { readonly prepare: number; readonly infer: number };
}

/** The command and the pipeline, for the provenance. */
export interface AskedScores {
  readonly command: string;
  readonly pipeline: { readonly name: string; readonly hash: string };
}

/** Writes scores in list order, failures, and the provenance. The content does not depend on stops and restarts. */
export const writeScores = (
  files: RunFiles,
  ran: RunResult<JournalScore>,
  roles: readonly string[],
  asked: AskedScores,
): Promise<E.Either<IoFailure, Written>> => {
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

/** Writes tensor hashes in list order, failures, and the provenance. */
export const writeTensors = (
  files: RunFiles,
  ran: RunResult<TensorDigests>,
  asked: AskedScores,
): Promise<E.Either<IoFailure, Written>> => {
  const rows = function* () {
    for (const { stack, result } of ran.results()) {
      if (E.isLeft(result)) continue;
      for (const tensor of result.right.tensors) yield { stackId: stack.stackId, ...tensor };
    }
  };
  return writeAll('tandem-tensors/1', files, ran, tensorsCsv(rows()), asked, () => ({ stalled: 0 }));
};

const writeAll = async <Found>(
  schema: string,
  files: RunFiles,
  ran: RunResult<Found>,
  lines: Iterable<string>,
  asked: AskedScores,
  counted: () => Pick<Written, 'stalled' | 'seconds'>,
): Promise<E.Either<IoFailure, Written>> => {
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
  const [hasScores, hasFailures] = [ran.scored > 0, ran.failed > 0];
  const results = await writeOrRemove(files.out, hasScores, hashed());
  if (E.isLeft(results)) return results;
  const failures = await writeOrRemove(files.failures, hasFailures, failuresCsv(failed()));
  if (E.isLeft(failures)) return failures;
  const provenance = {
    schema,
    sha256: hasScores ? hash.digest('hex') : null,
    pipeline: asked.pipeline,
    sessions: distinct(ran.sessions),
    package: PACKAGE,
    version: VERSION,
    command: asked.command,
    stacks: { listed: ran.total, scored: ran.scored, failed: ran.failed },
    seconds: counted().seconds,
  };
  const written = await writeAtomically(files.provenance, [`${JSON.stringify(provenance, null, 2)}\n`]);
  if (E.isLeft(written)) return written;
  return E.right({
    ...counted(),
    reasons,
    files: [
      ...(hasScores ? [files.out] : []),
      ...(hasFailures ? [files.failures] : []),
      files.provenance,
      files.journal,
    ],
  });
};

const distinct = (sessions: RunResult<unknown>['sessions']): RunResult<unknown>['sessions'] => {
  const texts = sessions.map((session) => JSON.stringify(session));
  return sessions.filter((_, i) => texts.indexOf(texts[i]) === i);
};

/** A header without rows is no table, and a file of an earlier run must not look like one of this run. */
const writeOrRemove = async (
  path: string,
  isWanted: boolean,
  text: Iterable<string>,
): Promise<E.Either<IoFailure, void>> => {
  if (isWanted) return writeAtomically(path, text);
  try {
    return E.right(await rm(path, { force: true }));
  } catch (cause) {
    return E.left({ _tag: 'IoFailure', path, doing: 'write', cause });
  }
};
