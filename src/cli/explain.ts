import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InvalidInput } from '../domain/errors.js';
import * as Policy from '../policy.js';
import { explanationText } from '../report/explanationText.js';
import { EXIT } from './exit.js';
import { loadBatch, loadPolicy } from './inputs.js';
import type { InputFlags, OutputFlags } from './options.js';
import type { Verb } from './verb.js';

/** `tandem explain STACK`: one decision, re-derived and taken apart. */
export const explain = (stackId: string, flags: InputFlags & OutputFlags & { readonly policy: string }): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', () => loadBatch(flags)),
    TE.chainW(({ policy, batch }) => {
      const explanation = Policy.explain(policy, stackId)(batch.data);
      if (explanation === undefined) return TE.left(unknownStack(stackId));
      const decisions = Policy.decide(policy)(batch.data);
      const routing = decisions.routing[decisions.posterior.stackIds.indexOf(stackId)];
      const { flowingBelow, stalledAbove } = Policy.operatingPoint(policy) ?? {};
      const band = {
        ...(flowingBelow === undefined ? {} : { flowingBelow }),
        ...(stalledAbove === undefined ? {} : { stalledAbove }),
      };
      return TE.right({
        text: explanationText({ explanation, routing, band }),
        json: { ...explanation, routing, band },
        exitCode: EXIT.certified,
      });
    }),
  );

const unknownStack = (stackId: string): InvalidInput => ({
  _tag: 'InvalidInput',
  source: 'command line',
  total: 1,
  issues: [
    {
      found: `"${stackId}", which neither votes nor scores know`,
      expected: 'the id of a stack in the files given',
      fix: 'Copy the id from decisions.csv, and give the same --votes and --scores.',
    },
  ],
});
