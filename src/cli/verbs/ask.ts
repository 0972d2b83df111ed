import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { present } from '../../domain/present.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { nextCsv } from '../../report/csv/next.js';
import { roundText } from '../../report/text/asking.js';
import { noteText, uncoveredText } from '../../report/text/summary.js';
import * as Study from '../../study/index.js';
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
      const round = Study.nextRound(policy, { budget, votesPerRound })(Policy.decide(policy)(batch.data));
      const { certified, refused } = Study.promise(policy, { votesPerRound });
      const asking = Study.asking(policy);
      const shown = present({ asking, refused: refused.length === 0 ? undefined : refused });
      // Who asks has few votes or none.
      const why = uncoveredScores(policy, batch.data);
      const notes = unknownOrigin(batch.data);
      const verdict = Policy.verdict({ certified: certified && why.length === 0, against: [] });
      return pipe(
        writeAtomically(flags.out, nextCsv(round)),
        TE.map(() => {
          const { rows: _, ...counts } = round;
          return {
            text: [
              ...(why.length === 0 ? [] : [`Not certified\n${uncoveredText(why)}`]),
              roundText(round, budget, present({ certified, refused, asking })),
              ...(notes.length === 0 ? [] : [noteText(notes)]),
              `Wrote ${flags.out}`,
            ].join('\n\n'),
            json: present({
              verdict,
              policyHash: Policy.hash(policy),
              ...counts,
              budget,
              ...shown,
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
