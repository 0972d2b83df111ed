import { join } from 'node:path';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import * as Decode from '../decode.js';
import * as Gold from '../gold.js';
import * as Policy from '../policy.js';
import { summary } from '../report/summary.js';
import { summaryText } from '../report/summaryText.js';
import { exitCodeOf } from './exit.js';
import { loadBatch, loadGold, loadPolicy } from './inputs.js';
import type { GoldFlags, InputFlags, OutputFlags } from './options.js';
import { provenance } from './provenance.js';
import { writeEvaluation } from './run.js';
import type { Verb } from './verb.js';

/** `tandem evaluate`: a policy held against gold it never saw → evaluation.json. */
export const evaluate = (
  flags: InputFlags & GoldFlags & OutputFlags & { readonly policy: string },
  argv: readonly string[],
): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', () => loadBatch(flags)),
    TE.bindW('gold', () => loadGold(flags)),
    TE.chainW(({ policy, batch, gold }) => {
      const fresh = Gold.without(policy.goldUsed)(gold.data);
      const used = gold.data.stackIds.length - fresh.stackIds.length;
      const judged = summary({
        policy,
        policyHash: Decode.policyHash(policy),
        batch: batch.data,
        decisions: Policy.decide(policy)(batch.data),
        gold: Gold.as('test')(fresh),
        warnings: used > 0 ? [`${used} gold stacks fitted or tuned this policy and are left out here`] : [],
      });
      const path = join(flags.out ?? '.', 'evaluation.json');
      const from = provenance({ argv, seed: policy.provenance.seed, inputs: [...batch.inputs, ...gold.inputs] });
      return pipe(
        writeEvaluation(path, judged, from),
        TE.map(() => ({
          text: `${summaryText(judged)}\n\nWrote ${path}`,
          json: { ...judged, files: [path] },
          exitCode: exitCodeOf(judged.verdict),
        })),
      );
    }),
  );
