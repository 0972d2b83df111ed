import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../../decode/index.js';
import type { DataFailure } from '../../domain/errors.js';
import { writeAtomically } from '../../output/files.js';
import * as Policy from '../../policy/index.js';
import { evaluationJson, nextCsv, policyJson, summaryText } from '../../report/index.js';
import { nextRound } from '../../study/nextRound.js';
import { type Summary, summary } from '../../study/summary.js';
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
      const policyHash = Decode.policyHash(policy);
      const judged = summary({ policy, policyHash, batch, decisions, gold: gold.test, warnings });
      const [policyPath, evaluationPath, nextPath] = ['policy.json', 'evaluation.json', 'next.csv'].map((name) =>
        join(flags.out, name),
      );
      const { budget } = flags;
      // Without a rule to ask by, decisions.csv has all there is to say about who is asked next.
      const asks = policy.asking !== undefined || budget !== undefined;
      const round = nextRound(policy, budget === undefined ? {} : { budget })(decisions);
      return pipe(
        writeAtomically(policyPath, [policyJson(policy)]),
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
  judged: Summary,
  from: ReturnType<typeof provenance>,
): TE.TaskEither<DataFailure, void> => writeAtomically(path, [evaluationJson({ ...judged, provenance: from })]);
