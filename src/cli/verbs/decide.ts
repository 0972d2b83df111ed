import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { DataFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { type FileOfSet, writeTogether } from '../../output/files.js';
import { some } from '../../output/format.js';
import * as Policy from '../../policy/index.js';
import { auditCsv, decisionsCsv, notCertifiedText, noteText, reviewCsv, workText } from '../../report/index.js';
import { batchNotes, uncovered, underDoubt, unrelatedFiles } from '../checks.js';
import type { InputFlags, OutputFlags, PolicyFlag } from '../flags.js';
import { loadBatch, loadDecisions, loadPolicy } from '../inputs.js';
import { exitCodeOf, type Verb } from '../verb.js';

/** `tandem decide`: a policy applied to votes and scores → decisions.csv. */
export const decideVerb = async (flags: InputFlags & OutputFlags & PolicyFlag): Verb => {
  const out = flags.out ?? '.';
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const batch = await loadBatch(flags, policy);
  if (E.isLeft(batch)) return batch;
  const decided = Policy.decide(policy)(batch.right.data);
  const earlier = await decidedBefore(out, batch.right.data, decided);
  if (E.isLeft(earlier)) return earlier;
  const { decisions, doubts } = underDoubt(
    decided,
    [...uncovered(policy, batch.right.data), ...earlier.right],
    batch.right.data,
  );
  const notes = unrelatedFiles(batch.right.data);
  const verdict = Policy.verdict({ certified: Policy.isCertified(policy), mismatches: doubts.length });
  const work = Policy.work(decisions);
  const files = await writeTogether(decisionFiles(out, policy, decisions));
  if (E.isLeft(files)) return files;
  return E.right({
    text: [
      statusText(policy, doubts),
      workText(work),
      ...(notes.length === 0 ? [] : [noteText(notes)]),
      files.right.map((file) => `Wrote ${file}`).join('\n'),
    ].join('\n\n'),
    json: present({
      verdict,
      status: decisions.status,
      policyHash: Policy.hash(policy),
      work,
      doubts: doubts.length === 0 ? undefined : doubts,
      mismatches: decisions.mismatches.length === 0 ? undefined : decisions.mismatches,
      warnings: notes.length === 0 ? undefined : notes,
      files: files.right,
    }),
    notes: batchNotes(batch.right.data),
    exitCode: exitCodeOf(verdict),
  });
};

/** What the decisions rest on: a certificate, an estimate, or a certificate about other stacks. */
export const statusText = (policy: Policy.Policy, doubts: readonly string[]): string => {
  if (!Policy.isCertified(policy)) {
    return [
      'Provisional: the rule of this policy is not proved; `tandem fit` says what it lacks.',
      ...doubts.map((doubt) => `  Besides: ${doubt}`),
    ].join('\n');
  }
  if (doubts.length > 0) return notCertifiedText(doubts);
  return isVacuous(policy)
    ? 'Certified, but nothing is decided automatically: every stack goes to an expert.'
    : 'Certified for these stacks, as far as can be seen.';
};

/** Whether the rule decides less than one stack in ten thousand. */
const isVacuous = (policy: Policy.Policy): boolean => (Policy.spendingOf(policy)?.automatic ?? 1) < 0.00005;

/** `decisions.csv`, `review.csv`, and with an audit `audit.csv`: the automatic decisions that people check. */
export const decisionFiles = (
  folder: string,
  policy: Policy.Policy,
  decisions: Policy.Decisions,
): readonly FileOfSet[] => [
  [join(folder, 'decisions.csv'), decisionsCsv(policy)(decisions)],
  [join(folder, 'review.csv'), reviewCsv(policy)(decisions)],
  ...(decisions.audited === undefined ? [] : [[join(folder, 'audit.csv'), auditCsv(policy)(decisions)] as const]),
];

/**
 * Whether stacks of these were decided here before on fewer votes, while nobody knows in which order votes came. Then this is a second
 * look, and which one counts is a choice that no certificate allows.
 */
const decidedBefore = async (
  folder: string,
  { votes }: Policy.Inputs,
  { posterior }: Policy.Decisions,
): Promise<E.Either<DataFailure, readonly string[]>> => {
  const path = join(folder, 'decisions.csv');
  if (votes.arrival !== undefined || votes.label.length === 0 || !existsSync(path)) return E.right([]);
  const before = await loadDecisions(path, { wanted: 'values', column: 'votes' });
  // A file of another kind holds no decisions, and is replaced.
  if (E.isLeft(before)) return before.left._tag === 'IoFailure' ? before : E.right([]);
  const { stackIds, score } = before.right.data.value;
  const had = new Map(stackIds.map((stackId, row) => [stackId, score[row]]));
  const more = posterior.stackIds.filter(
    (stackId, s) => (had.get(stackId) ?? Number.POSITIVE_INFINITY) < posterior.votes[s],
  );
  if (more.length === 0) return E.right([]);
  return E.right([
    `${path} holds decisions about ${some(more.length, 'stack')} of these on fewer votes, and nobody knows in which order votes came, so this is another look at them. Add a column with the times of votes, or say --order rows if answers are appended to the file as they come`,
  ]);
};
