import { type Label, labelName } from '../../domain/label.js';
import { csvRow } from '../../output/csvRow.js';

/** One stack with a score. A stack without a score has no row: it stays unscored, which is not "flowing". */
export interface ScoredRow {
  readonly stackId: string;
  readonly score: number;
  readonly label: Label;
  /** One probability per role; null, or missing at the end, for roles that were not asked. */
  readonly perModel: readonly (number | null)[];
  readonly frames: number;
  readonly passes: number;
}

/** `scores.csv`, line by line. The other verbs read `stackId` and `score` from it (`--scores`). */
export function* scoresCsv(roles: readonly string[], rows: Iterable<ScoredRow>): Generator<string> {
  yield csvRow(['stackId', 'score', 'label', ...columnsOf(roles), 'frames', 'passes']);
  for (const { stackId, score, label, perModel, frames, passes } of rows) {
    const probabilities = roles.map((_, m) => String(perModel[m] ?? ''));
    yield csvRow([stackId, String(score), labelName(label), ...probabilities, String(frames), String(passes)]);
  }
}

/** `p_` and the role, so that no role is mistaken for the score; roles with the same name are numbered. */
const columnsOf = (roles: readonly string[]): readonly string[] =>
  roles.map((role, m) => (roles.indexOf(role) === m ? `p_${role}` : `p_${role}_${m + 1}`));

/** One tensor of one stack. */
export interface TensorRow {
  readonly stackId: string;
  readonly input: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}

/** `tensors.csv`, line by line. */
export function* tensorsCsv(rows: Iterable<TensorRow>): Generator<string> {
  yield csvRow(['stackId', 'input', 'shape', 'sha256']);
  for (const { stackId, input, shape, sha256 } of rows) yield csvRow([stackId, input, shape.join('x'), sha256]);
}

/** One stack without a result. */
export interface FailedRow {
  readonly stackId: string;
  readonly path: string;
  readonly tag: string;
  readonly reason: string;
  readonly fix: string;
}

/** `scores.failures.csv`, line by line. */
export function* failuresCsv(rows: Iterable<FailedRow>): Generator<string> {
  yield csvRow(['stackId', 'path', 'tag', 'reason', 'fix']);
  for (const { stackId, path, tag, reason, fix } of rows) yield csvRow([stackId, path, tag, reason, fix]);
}
