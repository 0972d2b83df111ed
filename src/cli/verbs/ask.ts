import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../../decode/index.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { nextCsv, noteText, roundText, uncoveredText } from '../../report/index.js';
import * as RiskControl from '../../stages/riskControl/index.js';
import { nextRound } from '../../study/nextRound.js';
import { askingSummary } from '../../study/summary.js';
import { uncoveredScores, unknownOrigin } from '../checks.js';
import type { InputFlags, OutputFlags } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { exitCodeOf, type Verb } from '../verb.js';

export interface AskFlags {
  readonly policy: string;
  readonly out: string;
  readonly budget?: number;
  readonly votesPerRound?: number;
}

/** `tandem ask`: policy, votes and scores → next.csv, the stacks to ask about next and how many votes. */
export const askVerb = (flags: InputFlags & OutputFlags & AskFlags): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    // On the first night there is a header and no vote yet; scores say which stacks there are.
    TE.bindW('batch', ({ policy }) => loadBatch(flags, policy, { mayBeEmpty: flags.scores !== undefined })),
    TE.chainW(({ policy, batch }) => {
      const { budget, votesPerRound } = flags;
      const round = nextRound(policy, present({ budget, votesPerRound }))(Policy.decide(policy)(batch.data));
      const promise = promiseOf(policy, votesPerRound);
      // Who asks has few votes or none.
      const why = uncoveredScores(policy, batch.data);
      const notes = unknownOrigin(batch.data);
      const verdict = Policy.verdict({ certified: promise.certified && why.length === 0, against: [] });
      return pipe(
        writeAtomically(flags.out, nextCsv(round)),
        TE.map(() => {
          const { rows: _, ...counts } = round;
          return {
            text: [
              ...(why.length === 0 ? [] : [`Not certified\n${uncoveredText(why)}`]),
              roundText({ ...promise, budget })(round),
              ...(notes.length === 0 ? [] : [noteText(notes)]),
              `Wrote ${flags.out}`,
            ].join('\n\n'),
            json: present({
              verdict,
              policyHash: Decode.policyHash(policy),
              ...counts,
              budget,
              ...promise.shown,
              uncovered: why.length === 0 ? undefined : why,
              warnings: notes.length === 0 ? undefined : notes,
              files: [flags.out],
            }),
            exitCode: exitCodeOf(verdict),
          };
        }),
      );
    }),
  );

/** What holds of the answers to come: the certificate of the policy, unless they are asked for in another way. */
const promiseOf = (policy: Policy.Policy, votesPerRound: number | undefined) => {
  const asking = askingSummary(policy);
  const certified = Policy.certifiedAsking(policy);
  const deployed = votesPerRound ?? certified?.votesPerRound ?? 1;
  const isCovered = certified === undefined || deployed === 1 || deployed === certified.votesPerRound;
  const refused = isCovered
    ? []
    : RiskControl.refusals(
        { chosen: 'random', stackIds: [] },
        {
          stopRule: {
            replayed: `${certified.votesPerRound} at a time`,
            deployed: `${deployed} at a time`,
          },
        },
      );
  return present({
    certified: refused.length === 0 && Policy.isCertified(policy),
    refused,
    asking,
    shown: present({ asking, refused: refused.length === 0 ? undefined : refused }),
  });
};
