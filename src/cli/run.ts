import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../decode.js';
import type { DataFailure } from '../domain/errors.js';
import * as Policy from '../policy.js';
import { writeAtomically } from '../report/atomicFile.js';
import { decisionsCsv } from '../report/decisions.js';
import { type Summary, summary } from '../report/summary.js';
import { summaryText } from '../report/summaryText.js';
import { exitCodeOf } from './exit.js';
import { type FitVerbFlags, loadAndFit } from './fit.js';
import type { provenance } from './provenance.js';
import type { Verb } from './verb.js';

/** `tandem run`: fit, decide and evaluate in one go. */
export const run = (flags: FitVerbFlags & { readonly out: string }, argv: readonly string[]): Verb =>
  pipe(
    loadAndFit(flags, argv),
    TE.chain(({ batch, fitted }) => {
      const { policy, gold, warnings } = fitted;
      const decisions = Policy.decide(policy)(batch);
      const policyHash = Decode.policyHash(policy);
      const judged = summary({ policy, policyHash, batch, decisions, gold: gold.test, warnings });
      const files = ['policy.json', 'decisions.csv', 'evaluation.json'].map((name) => join(flags.out, name));
      return pipe(
        writeAtomically(files[0], [Decode.encodePolicy(policy)]),
        TE.chain(() => writeAtomically(files[1], decisionsCsv(policy, decisions))),
        TE.chain(() => writeEvaluation(files[2], judged, policy.provenance)),
        TE.map(() => ({
          text: `${summaryText(judged)}\n\nFiles\n${files.map((file) => `  ${file}`).join('\n')}`,
          json: { ...judged, files },
          exitCode: exitCodeOf(judged.verdict),
        })),
      );
    }),
  );

/** `evaluation.json`: the summary and where it came from. */
export const writeEvaluation = (
  path: string,
  judged: Summary,
  from: ReturnType<typeof provenance>,
): TE.TaskEither<DataFailure, void> =>
  writeAtomically(path, [`${JSON.stringify({ ...judged, provenance: from }, null, 2)}\n`]);
