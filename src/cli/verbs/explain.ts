import * as E from 'fp-ts/lib/Either.js';
import type { InvalidInput } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import * as Policy from '../../policy/index.js';
import { explanationText } from '../../report/index.js';
import { uncovered, underDoubt } from '../checks.js';
import type { InputFlags, OutputFlags, PolicyFlag } from '../flags.js';
import { loadBatch, loadPolicy } from '../inputs.js';
import { badFlags, EXIT, type Verb } from '../verb.js';

/** `tandem explain STACK`: one decision, derived again and shown term by term. */
export const explainVerb = async (stackId: string, flags: InputFlags & OutputFlags & PolicyFlag): Verb => {
  const loaded = await loadPolicy(flags.policy);
  if (E.isLeft(loaded)) return loaded;
  const policy = loaded.right;
  const batch = await loadBatch(flags, policy);
  if (E.isLeft(batch)) return batch;
  const explanation = Policy.explain(policy, stackId)(batch.right.data);
  if (explanation === undefined) return E.left(unknownStack(stackId));
  const { data } = batch.right;
  const { decisions, doubts } = underDoubt(Policy.decide(policy)(data), uncovered(policy, data), data);
  const { posterior, routing: routings, stops, status, audited } = decisions;
  const s = posterior.stackIds.indexOf(stackId);
  const routing = routings[s];
  const stop = { votes: stops.votes[s], logOdds: stops.logOdds[s] };
  const reason = Policy.reasonsUnder(policy)(routing, {
    ...stop,
    scores: posterior.scores[s],
    all: posterior.votes[s],
  });
  const bounds = policy.rule.bounds[Math.min(stop.votes, policy.rule.bounds.length - 1)];
  const isAudited = audited?.[s] === 1;
  return E.right({
    text: explanationText({ explanation, routing, stop, bounds, reason, status, doubts, isAudited }),
    json: present({
      ...explanation,
      routing,
      stop,
      bounds,
      reason,
      status,
      doubts: doubts.length === 0 ? undefined : doubts,
      audited: isAudited ? true : undefined,
    }),
    exitCode: EXIT.certified,
  });
};

const unknownStack = (stackId: string): InvalidInput =>
  badFlags({
    found: `"${stackId}", which has neither votes nor a score`,
    expected: 'the id of a stack in the files given',
    fix: 'Copy the id from decisions.csv, and give the same --votes and --scores.',
  });
