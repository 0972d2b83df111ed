import { inTableOrder, traitTrajectories } from '../asking/replay/index.js';
import type { ModelEvidence } from '../domain/evidence.js';
import type { Posterior } from '../domain/posterior.js';
import { present } from '../domain/present.js';
import type { Routing } from '../domain/routing.js';
import { logistic, logit } from '../kernel/special/logit.js';
import type { Contribution, Explanation } from '../stages/fusion/index.js';
import * as Fusion from '../stages/fusion/index.js';
import type { AskingCertified } from './askingPolicy.js';
import { crowdAlone, evidenceFor, judged, modelAlone, type Seen } from './evidence.js';
import { certifiedAsking, type Inputs, type Policy } from './policy.js';
import { audits, routeUnder } from './route.js';

/** Decisions about a batch, row by row. */
export interface Decisions {
  readonly posterior: Posterior;
  readonly routing: readonly Routing[];
  /** What the model added to each row, in nats; without votes it includes the parameter uncertainty of a recalibration. */
  readonly model?: ModelEvidence;
  /** 1 where a retired stack is audited: people vote on it blindly. The decision stands meanwhile. */
  readonly audited?: Uint8Array;
}

/**
 * Decides about a batch with a fitted policy. Annotators unknown to the policy count with the crowd's pooled skill.
 *
 * With a certified asking rule that rule decides, on the posterior it was certified with; otherwise the two thresholds.
 *
 * @returns posterior and routing, rows in the canonical order of stacks
 */
export const decide =
  (policy: Policy) =>
  (batch: Inputs): Decisions => {
    const judgement = judged(policy, evidenceFor(policy, batch));
    const routing = routeUnder(policy)(judgement.posterior);
    if (certifiedAsking(policy)?.audit === undefined) return { ...judgement, routing };
    const isAudited = audits(policy);
    const audited = Uint8Array.from(routing, (next, s) =>
      next._tag === 'Retire' && isAudited(judgement.posterior.stackIds[s]) ? 1 : 0,
    );
    return { ...judgement, routing, audited };
  };

/**
 * The evidence behind the decision about one stack, derived again from the policy and the inputs.
 *
 * Under an asking rule each vote is shown by what it adds to the votes before it, because the votes on one stack depend on
 * the same latent trait.
 *
 * @returns `undefined` when neither votes nor scores know the stack
 */
export const explain =
  (policy: Policy, stackId: string) =>
  (batch: Inputs): Explanation | undefined => {
    const seen = evidenceFor(policy, batch);
    const asking = certifiedAsking(policy);
    return asking === undefined
      ? Fusion.explain({ ...seen.evidence, stackId })(seen.votes)
      : explainByTrait(asking, stackId, seen);
  };

const explainByTrait = (
  { look: traitModel }: AskingCertified,
  stackId: string,
  { evidence, votes }: Seen,
): Explanation | undefined => {
  const s = votes.stackIds.indexOf(stackId);
  if (s < 0) return undefined;
  const { first, logOdds } = traitTrajectories(traitModel, evidence.model)(inTableOrder(votes));
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

/** The posterior of each source alone, for comparison with the fused posterior. */
export interface Sources {
  readonly fused: Posterior;
  readonly crowd: Posterior;
  /** Absent when the policy has no model or the batch no scores. */
  readonly model?: Posterior;
}

/**
 * The posterior of each source alone, under the same policy.
 *
 * @returns posteriors over the same stacks; where a source has nothing on a stack, its posterior is the prior
 */
export const sources =
  (policy: Policy) =>
  (batch: Inputs): Sources => {
    const { evidence, votes } = evidenceFor(policy, batch);
    return present({
      fused: Fusion.fuse(evidence)(votes),
      crowd: crowdAlone(evidence)(votes),
      model: evidence.model === undefined ? undefined : modelAlone(evidence.prevalence, evidence.model)(votes),
    });
  };
