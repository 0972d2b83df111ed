import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import * as Policy from '../../policy/index.js';
import { explanationText } from '../../report/index.js';
import type { InputFlags, OutputFlags } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { badFlags, EXIT, type Verb } from '../verb.js';

/** `tandem explain STACK`: one decision, re-derived and taken apart. */
export const explainVerb = (stackId: string, flags: InputFlags & OutputFlags & { readonly policy: string }): Verb =>
  pipe(
    TE.Do,
    TE.bind('policy', () => loadPolicy(flags.policy)),
    TE.bindW('batch', ({ policy }) => loadBatch(flags, policy)),
    TE.chainW(({ policy, batch }) => {
      const explanation = Policy.explain(policy, stackId)(batch.data);
      if (explanation === undefined) return TE.left(unknownStack(stackId));
      const { posterior, routing: routings, audited } = Policy.decide(policy)(batch.data);
      const s = posterior.stackIds.indexOf(stackId);
      const routing = routings[s];
      const at = { logOdds: posterior.logOdds[s], votes: posterior.votes[s], scores: posterior.scores[s] };
      const reason = Policy.reasonsUnder(policy)(routing, at);
      const band = Policy.bandAt(policy, at.votes);
      const isAudited = audited?.[s] === 1;
      return TE.right({
        text: explanationText({
          explanation,
          routing,
          band,
          reason,
          isAudited,
          isShared: Policy.certifiedAsking(policy) !== undefined,
        }),
        json: present({ ...explanation, routing, band, reason, audited: isAudited ? true : undefined }),
        exitCode: EXIT.certified,
      });
    }),
  );

const unknownStack = (stackId: string): InvalidInput =>
  badFlags({
    found: `"${stackId}", which neither votes nor scores know`,
    expected: 'the id of a stack in the files given',
    fix: 'Copy the id from decisions.csv, and give the same --votes and --scores.',
  });
