import { inTableOrder } from '../asking/replay/arrivals.js';
import { traitTrajectories } from '../asking/replay/index.js';
import type { ModelEvidence } from '../domain/evidence.js';
import type { Posterior } from '../domain/posterior.js';
import { present } from '../domain/present.js';
import type { Routing } from '../domain/routing.js';
import { logistic, logit } from '../kernel/special/logit.js';
import type { Contribution, Explanation } from '../stages/consensus/index.js';
import * as Consensus from '../stages/consensus/index.js';
import type { AskingCertified } from './askingPolicy.js';
import { crowdAlone, evidenceFor, judged, modelAlone, type Seen } from './evidence.js';
import { certifiedAsking, type Inputs, type Policy } from './policy.js';
import { audits, routeUnder } from './route.js';

/** Decisions about a batch, row by row. */
export interface Decisions {
  readonly posterior: Posterior;
  readonly routing: readonly Routing[];
  /** What the model added to each row, in nats; with the doubt of a recalibration where nobody voted. */
  readonly model?: ModelEvidence;
  /** 1 where a retired stack goes to people all the same, who are not told; the decision stands meanwhile. */
  readonly audited?: Uint8Array;
}

/**
 * Decides about a batch with a fitted policy. Annotators the policy has not met count with the crowd's pooled skill.
 *
 * With a certified asking rule that rule decides, on the posterior it was certified with; otherwise the two thresholds.
 *
 * @returns posterior and routing, rows in the canonical order of stacks
 */
export const decide =
  (policy: Policy) =>
  (batch: Inputs): Decisions => {
    const found = judged(policy, evidenceFor(policy, batch));
    const routing = routeUnder(policy)(found.posterior);
    if (certifiedAsking(policy)?.audit === undefined) return { ...found, routing };
    const isAudited = audits(policy);
    const audited = Uint8Array.from(routing, (next, s) =>
      next._tag === 'Retire' && isAudited(found.posterior.stackIds[s]) ? 1 : 0,
    );
    return { ...found, routing, audited };
  };

/**
 * Takes the decision about one stack apart, re-derived from the policy and the inputs.
 *
 * Under an asking rule a vote is shown as what it adds to those before it, because votes on one stack share its look.
 *
 * @returns `undefined` when neither votes nor scores know the stack
 */
export const explain =
  (policy: Policy, stackId: string) =>
  (batch: Inputs): Explanation | undefined => {
    const seen = evidenceFor(policy, batch);
    const asking = certifiedAsking(policy);
    return asking === undefined
      ? Consensus.explain({ ...seen.evidence, stackId })(seen.votes)
      : explainByLook(asking, stackId, seen);
  };

const explainByLook = (
  { look }: AskingCertified,
  stackId: string,
  { evidence, votes }: Seen,
): Explanation | undefined => {
  const s = votes.stackIds.indexOf(stackId);
  if (s < 0) return undefined;
  const { first, logOdds } = traitTrajectories(look, evidence.model)(inTableOrder(votes));
  const at = logOdds.subarray(first[s], first[s + 1]);
  const prior = logit(evidence.prevalence);
  const contributions: Contribution[] = [{ source: 'prevalence', nats: prior }];
  if ((evidence.model?.scores[s] ?? 0) > 0) contributions.push({ source: 'model', nats: at[0] - prior });
  for (let v = votes.offsets[s], n = 1; v < votes.offsets[s + 1]; v++, n++) {
    contributions.push({
      source: 'vote',
      annotatorId: votes.annotatorIds[votes.annotatorOf[v]],
      label: votes.label[v] === 1 ? 1 : 0,
      nats: at[n] - at[n - 1],
    });
  }
  const last = at[at.length - 1];
  return { stackId, contributions, logOdds: last, posterior: logistic(last) };
};

/** What each source alone would have said, for comparison with the fused posterior. */
export interface Sources {
  readonly fused: Posterior;
  readonly crowd: Posterior;
  /** Absent when the policy has no model or the batch no scores. */
  readonly model?: Posterior;
}

/**
 * The posterior of each source alone, under the same policy.
 *
 * @returns posteriors over the same stacks; a stack a source did not see has only the prior there
 */
export const sources =
  (policy: Policy) =>
  (batch: Inputs): Sources => {
    const { evidence, votes } = evidenceFor(policy, batch);
    return present({
      fused: Consensus.fuse(evidence)(votes),
      crowd: crowdAlone(evidence)(votes),
      model: evidence.model === undefined ? undefined : modelAlone(evidence.prevalence, evidence.model)(votes),
    });
  };
