import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { DataFailure } from '../../domain/errors.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { nextCsv } from '../../report/csv/next.js';
import { summaryText } from '../../report/text/summary.js';
import * as Study from '../../study/index.js';
import { exitCodeOf, type provenance, type Verb } from '../verb.js';
import { writeDecisions } from './decide.js';
import { type FitVerbFlags, loadAndFit } from './fit.js';

/** `tandem run`: fit, decide and evaluate in one go. */
export const runVerb = (
  flags: FitVerbFlags & { readonly out: string; readonly budget?: number },
  argv: readonly string[],
): Verb =>
  pipe(
    loadAndFit(flags, argv),
    TE.chain(({ batch, fitted }) => {
      const { policy, gold, warnings } = fitted;
      const decisions = Policy.decide(policy)(batch);
      const judged = Study.summary(policy, { warnings })({ ...batch, decisions, gold: gold.test });
      const [policyPath, evaluationPath, nextPath] = ['policy.json', 'evaluation.json', 'next.csv'].map((name) =>
        join(flags.out, name),
      );
      const { budget } = flags;
      // Without a rule to ask by, decisions.csv has all there is to say about who is asked next.
      const asks = policy.asking !== undefined || budget !== undefined;
      const round = Study.nextRound(policy, { budget })(decisions);
      return pipe(
        writeAtomically(policyPath, [Policy.toText(policy)]),
        TE.chain(() => writeDecisions(flags.out, policy, decisions)),
        TE.chainFirst(() => (asks ? writeAtomically(nextPath, nextCsv(round)) : TE.right(undefined))),
        TE.chainFirst(() => writeEvaluation(evaluationPath, judged, policy.provenance)),
        TE.map((decided) => {
          const files = [policyPath, ...decided, ...(asks ? [nextPath] : []), evaluationPath];
          return {
            text: `${summaryText(judged)}\n\nFiles\n${files.map((file) => `  ${file}`).join('\n')}`,
            json: { ...judged, files },
            exitCode: exitCodeOf(judged.verdict),
          };
        }),
      );
    }),
  );

/** `evaluation.json`: the summary and where it came from. */
export const writeEvaluation = (
  path: string,
  judged: Study.Summary,
  from: ReturnType<typeof provenance>,
): TE.TaskEither<DataFailure, void> =>
  writeAtomically(path, [`${JSON.stringify({ ...judged, provenance: from }, null, 2)}\n`]);
