import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { IoFailure } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { auditCsv, decisionsCsv } from '../../report/csv/decisions.js';
import { askingText } from '../../report/text/asking.js';
import { noteText, uncoveredText, workText } from '../../report/text/summary.js';
import * as Study from '../../study/index.js';
import { strangers, uncovered } from '../checks.js';
import type { InputFlags, OutputFlags } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { exitCodeOf, type Verb } from '../verb.js';

/** `tandem decide`: a policy applied to votes and scores → decisions.csv. */
export const decideVerb = (flags: InputFlags & OutputFlags & { readonly policy: string }): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', ({ policy }) => loadBatch(flags, policy)),
    TE.chainW(({ policy, batch }) => {
      const decisions = Policy.decide(policy)(batch.data);
      const why = uncovered(policy, batch.data);
      const notes = strangers(batch.data);
      const verdict = Policy.verdict({ certified: Policy.isCertified(policy) && why.length === 0, against: [] });
      const work = Study.work(decisions);
      const asking = Study.asking(policy);
      return pipe(
        writeDecisions(flags.out ?? '.', policy, decisions),
        TE.map((files) => ({
          text: [
            ...(why.length === 0 ? [] : [`Not certified\n${uncoveredText(why)}`]),
            workText(work),
            ...(notes.length === 0 ? [] : [noteText(notes)]),
            ...(asking === undefined ? [] : [askingText(asking)]),
            files.map((file) => `Wrote ${file}`).join('\n'),
          ].join('\n\n'),
          json: present({
            verdict,
            policyHash: Policy.hash(policy),
            work,
            asking,
            uncovered: why.length === 0 ? undefined : why,
            warnings: notes.length === 0 ? undefined : notes,
            files,
          }),
          exitCode: exitCodeOf(verdict),
        })),
      );
    }),
  );

/** `decisions.csv`, and where there is an audit `audit.csv`, for those who look at some of them all the same. */
export const writeDecisions = (
  folder: string,
  policy: Policy.Policy,
  decisions: Policy.Decisions,
): TE.TaskEither<IoFailure, readonly string[]> => {
  const path = join(folder, 'decisions.csv');
  const auditPath = join(folder, 'audit.csv');
  const written = writeAtomically(path, decisionsCsv(policy, decisions));
  return decisions.audited === undefined
    ? pipe(
        written,
        TE.map(() => [path]),
      )
    : pipe(
        written,
        TE.chain(() => writeAtomically(auditPath, auditCsv(policy, decisions))),
        TE.map(() => [path, auditPath]),
      );
};
