import * as E from 'fp-ts/lib/Either.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { nextCsv, noteText, roundText, uncoveredText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { batchNotes, uncoveredScores, unknownOrigin } from '../checks.js';
import type { InputFlags, OutputFlags, PolicyFlag } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { exitCodeOf, type Verb } from '../verb.js';

export interface AskFlags extends PolicyFlag {
  readonly out: string;
  readonly budget?: number;
  readonly votesPerRound?: number;
}

/** `tandem ask`: policy, votes and scores → next.csv, the stacks to ask about next and how many votes. */
export const askVerb = async (flags: InputFlags & OutputFlags & AskFlags): Verb => {
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  // Before the first answer, votes.csv is a header alone; the scores say which stacks there are.
  const batch = await loadBatch(flags, policy, { mayBeEmpty: flags.scores !== undefined });
  if (E.isLeft(batch)) return batch;
  const { budget, votesPerRound, out } = flags;
  const round = Study.nextRound(policy, { budget, votesPerRound })(Policy.decide(policy)(batch.right.data));
  const { certified, refused } = Study.promise(policy, { votesPerRound });
  const asking = Policy.askingSummary(policy);
  // Missing votes are no reason against the certificate here: votes are what the verb asks for.
  const why = uncoveredScores(policy, batch.right.data);
  const notes = unknownOrigin(batch.right.data);
  const verdict = Policy.verdict({ certified: certified && why.length === 0, against: [] });
  const written = await writeAtomically(out, nextCsv(round));
  if (E.isLeft(written)) return written;
  const { rows: _, ...counts } = round;
  return E.right({
    text: [
      ...(why.length === 0 ? [] : [`Not certified\n${uncoveredText(why)}`]),
      roundText({ refused, asking, budget })(round),
      ...(notes.length === 0 ? [] : [noteText(notes)]),
      `Wrote ${out}`,
    ].join('\n\n'),
    json: present({
      verdict,
      policyHash: Policy.hash(policy),
      ...counts,
      budget,
      asking,
      refused: refused.length === 0 ? undefined : refused,
      uncovered: why.length === 0 ? undefined : why,
      warnings: notes.length === 0 ? undefined : notes,
      files: [out],
    }),
    notes: batchNotes(batch.right.data),
    exitCode: exitCodeOf(verdict),
  });
};
