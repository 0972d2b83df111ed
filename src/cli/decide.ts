import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../decode.js';
import * as Policy from '../policy.js';
import { writeAtomically } from '../report/atomicFile.js';
import { decisionsCsv } from '../report/decisions.js';
import { workOf } from '../report/summary.js';
import { workText } from '../report/summaryText.js';
import { exitCodeOf } from './exit.js';
import { loadBatch, loadPolicy } from './inputs.js';
import type { InputFlags, OutputFlags } from './options.js';
import type { Verb } from './verb.js';

/** `tandem decide`: a policy applied to votes and scores → decisions.csv. */
export const decide = (flags: InputFlags & OutputFlags & { readonly policy: string }): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', () => loadBatch(flags)),
    TE.chainW(({ policy, batch }) => {
      const path = join(flags.out ?? '.', 'decisions.csv');
      const decisions = Policy.decide(policy)(batch.data);
      const verdict = Policy.verdict({ certified: policy.certification._tag === 'Certified', against: [] });
      const work = workOf(decisions);
      return pipe(
        writeAtomically(path, decisionsCsv(policy, decisions)),
        TE.map(() => ({
          text: `${workText(work)}\n\nWrote ${path}`,
          json: { verdict, policyHash: Decode.policyHash(policy), work, files: [path] },
          exitCode: exitCodeOf(verdict),
        })),
      );
    }),
  );
