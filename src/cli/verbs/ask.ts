import * as E from 'fp-ts/lib/Either.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { nextCsv, noteText, roundText, ruleText } from '../../report/index.js';
import * as Study from '../../study/index.js';
import { batchNotes, uncovered, underDoubt, unknownOrigin } from '../checks.js';
import type { InputFlags, OutputFlags, PolicyFlag } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { exitCodeOf, type Verb } from '../verb.js';
import { statusText } from './decide.js';

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
  const { data } = batch.right;
  const decided = Policy.decide(policy)(data);
  const unordered = Study.askingDoubts(policy)(data.votes);
  // What is said of asking includes what could be said of the order and the number of votes so far.
  const others = decided.mismatches.filter(
    ({ _tag }) => unordered.length === 0 || (_tag !== 'Order' && _tag !== 'VotesPerStack'),
  );
  const { decisions, doubts } = underDoubt(
    { ...decided, mismatches: others },
    [...uncovered(policy, data), ...unordered],
    data,
  );
  const round = Study.nextRound(policy, { budget, votesPerRound })(decisions);
  const notes = unknownOrigin(data);
  const verdict = Policy.verdict({ certified: Policy.isCertified(policy), mismatches: doubts.length });
  const written = await writeAtomically(out, nextCsv(round));
  if (E.isLeft(written)) return written;
  const { rows: _, ...counts } = round;
  return E.right({
    text: [
      statusText(policy, doubts),
      roundText({ budget })(round),
      ruleText(present({ ...policy, votesPerRound: votesPerRound ?? policy.votesPerRound })),
      ...(notes.length === 0 ? [] : [noteText(notes)]),
      `Wrote ${out}`,
    ].join('\n\n'),
    json: present({
      verdict,
      status: decisions.status,
      policyHash: Policy.hash(policy),
      ...counts,
      budget,
      doubts: doubts.length === 0 ? undefined : doubts,
      mismatches: decisions.mismatches.length === 0 ? undefined : decisions.mismatches,
      warnings: notes.length === 0 ? undefined : notes,
      files: [out],
    }),
    notes: batchNotes(batch.right.data),
    exitCode: exitCodeOf(verdict),
  });
};
