import * as E from 'fp-ts/lib/Either.js';
import * as Decode from '../../decode/index.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { nextCsv, noteText, roundText, uncoveredText } from '../../report/index.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { nextRound } from '../../study/nextRound.js';
import { askingSummary } from '../../study/summary.js';
import { uncoveredScores, unknownOrigin } from '../checks.js';
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
  const round = nextRound(policy, present({ budget, votesPerRound }))(Policy.decide(policy)(batch.right.data));
  const promise = promiseOf(policy, votesPerRound);
  // Missing votes are no reason against the certificate here: votes are what the verb asks for.
  const why = uncoveredScores(policy, batch.right.data);
  const notes = unknownOrigin(batch.right.data);
  const verdict = Policy.verdict({ certified: promise.certified && why.length === 0, against: [] });
  const written = await writeAtomically(out, nextCsv(round));
  if (E.isLeft(written)) return written;
  const { rows: _, ...counts } = round;
  return E.right({
    text: [
      ...(why.length === 0 ? [] : [`Not certified\n${uncoveredText(why)}`]),
      roundText({ ...promise, budget })(round),
      ...(notes.length === 0 ? [] : [noteText(notes)]),
      `Wrote ${out}`,
    ].join('\n\n'),
    json: present({
      verdict,
      policyHash: Decode.policyHash(policy),
      ...counts,
      budget,
      ...promise.shown,
      uncovered: why.length === 0 ? undefined : why,
      warnings: notes.length === 0 ? undefined : notes,
      files: [out],
    }),
    exitCode: exitCodeOf(verdict),
  });
};

/** Whether the certificate of the policy covers the next answers: it does, unless they are asked for in another way. */
const promiseOf = (policy: Policy.Policy, votesPerRound: number | undefined) => {
  const asking = askingSummary(policy);
  const certified = Policy.certifiedAsking(policy);
  const deployed = votesPerRound ?? certified?.votesPerRound ?? 1;
  const isCovered = certified === undefined || deployed === 1 || deployed === certified.votesPerRound;
  const refused = isCovered
    ? []
    : RiskControl.refusals({
        stopRule: {
          replayed: `${certified.votesPerRound} at a time`,
          deployed: `${deployed} at a time`,
        },
      })({ chosen: 'random', stackIds: [] });
  return present({
    certified: refused.length === 0 && Policy.isCertified(policy),
    refused,
    asking,
    shown: present({ asking, refused: refused.length === 0 ? undefined : refused }),
  });
};
