import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { askingText, auditCsv, decisionsCsv, noteText, uncoveredText, workText } from '../../report/index.js';
// Not the face of report: the texts of all other verbs would be loaded, too.
import { batchNotes, uncovered, unrelatedFiles } from '../checks.js';
import type { InputFlags, OutputFlags, PolicyFlag } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { exitCodeOf, type Verb } from '../verb.js';

/** `tandem decide`: a policy applied to votes and scores → decisions.csv. */
export const decideVerb = async (flags: InputFlags & OutputFlags & PolicyFlag): Verb => {
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const batch = await loadBatch(flags, policy);
  if (E.isLeft(batch)) return batch;
  const decisions = Policy.decide(policy)(batch.right.data);
  const why = uncovered(policy, batch.right.data);
  const notes = unrelatedFiles(batch.right.data);
  const verdict = Policy.verdict({ certified: Policy.isCertified(policy) && why.length === 0, against: [] });
  const work = Policy.work(decisions);
  const asking = Policy.askingSummary(policy);
  const files = await writeDecisions(flags.out ?? '.', policy, decisions);
  if (E.isLeft(files)) return files;
  return E.right({
    text: [
      ...(why.length === 0 ? [] : [`Not certified\n${uncoveredText(why)}`]),
      workText(work),
      ...(notes.length === 0 ? [] : [noteText(notes)]),
      ...(asking === undefined ? [] : [askingText(asking)]),
      files.right.map((file) => `Wrote ${file}`).join('\n'),
    ].join('\n\n'),
    json: present({
      verdict,
      policyHash: Policy.hash(policy),
      work,
      asking,
      uncovered: why.length === 0 ? undefined : why,
      warnings: notes.length === 0 ? undefined : notes,
      files: files.right,
    }),
    notes: batchNotes(batch.right.data),
    exitCode: exitCodeOf(verdict),
  });
};

/** Writes `decisions.csv`, and under an asking rule with an audit also `audit.csv`: the decided stacks that people check. */
export const writeDecisions = async (
  folder: string,
  policy: Policy.Policy,
  decisions: Policy.Decisions,
): Promise<E.Either<IoFailure, readonly string[]>> => {
  const path = join(folder, 'decisions.csv');
  const written = await writeAtomically(path, decisionsCsv(policy)(decisions));
  if (E.isLeft(written)) return written;
  if (decisions.audited === undefined) return E.right([path]);
  const auditPath = join(folder, 'audit.csv');
  const audit = await writeAtomically(auditPath, auditCsv(policy)(decisions));
  return E.isLeft(audit) ? audit : E.right([path, auditPath]);
};
