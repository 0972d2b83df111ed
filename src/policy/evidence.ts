import { ends, inTableOrder, type Trajectories, traitTrajectories } from '../asking/replay/index.js';
import type { Evidence } from '../domain/evidence.js';
import type { Posterior } from '../domain/posterior.js';
import { present } from '../domain/present.js';
import type { VoteTable } from '../domain/voteTable.js';
import { logit } from '../kernel/special/logit.js';
import * as Calibration from '../stages/calibration/index.js';
import * as Fusion from '../stages/fusion/index.js';
import * as Skills from '../stages/skills/index.js';
import * as Votes from '../stages/votes/index.js';
import { certifiedAsking, type Inputs, type Policy } from './policy.js';

/** The votes of a batch, and its evidence under one policy. */
export interface Seen {
  readonly evidence: Evidence;
  readonly votes: VoteTable;
}

export const evidenceFor = (policy: Policy, batch: Inputs): Seen => {
  const { votes, scores } = united(batch);
  const model =
    policy.calibrator === undefined || scores === undefined
      ? undefined
      : Calibration.evidence({ calibrator: policy.calibrator, scores })(votes);
  return {
    votes,
    evidence: present({
      prevalence: policy.prevalence.value,
      skills: Skills.alignedTo(votes)(policy.skills),
      model,
      recalibration: policy.recalibration,
    }),
  };
};

/** A batch whose vote table also has a row for every scored stack. */
export const united = (batch: Inputs): Inputs =>
  batch.scores === undefined
    ? batch
    : { votes: Votes.including(batch.scores.stackIds)(batch.votes), scores: batch.scores };

/** The posterior a policy decides by, with what the model added to each row. */
export interface Judged {
  readonly posterior: Posterior;
  readonly model?: Calibration.ModelEvidence;
}

export const judged = (policy: Policy, { evidence, votes }: Seen): Judged => {
  const asking = certifiedAsking(policy);
  if (asking !== undefined)
    return byTrait(traitTrajectories(asking.look, evidence.model)(inTableOrder(votes)), evidence);
  const posterior = Fusion.fuse(evidence)(votes);
  const { model } = evidence;
  return present({ posterior, model: model === undefined ? undefined : modelShare(model, evidence, posterior) });
};

const byTrait = (paths: Trajectories, { model, prevalence }: Evidence): Judged => {
  const prior = logit(prevalence);
  return present({
    posterior: ends(paths),
    model:
      model === undefined
        ? undefined
        : {
            nats: Float64Array.from(paths.stackIds, (_, s) => paths.logOdds[paths.first[s]] - prior),
            scores: model.scores,
          },
  });
};

/** What the model added to each row: its nats times the fitted slope, and without votes also the parameter uncertainty. */
const modelShare = (
  model: Calibration.ModelEvidence,
  { prevalence, recalibration }: Evidence,
  posterior: Posterior,
): Calibration.ModelEvidence => {
  if (recalibration === undefined) return model;
  const prior = logit(prevalence);
  const nats = model.nats.map((value, s) =>
    posterior.votes[s] > 0 ? recalibration.slopes.model * value : posterior.logOdds[s] - prior,
  );
  return { nats, scores: model.scores };
};

export const crowdAlone = ({ prevalence, skills }: Evidence) => Fusion.fuse({ prevalence, skills });

export const modelAlone =
  (prevalence: number, model: Calibration.ModelEvidence) =>
  (votes: VoteTable): Posterior => ({
    stackIds: votes.stackIds,
    logOdds: model.nats.map((nats) => logit(prevalence) + nats),
    votes: new Uint32Array(votes.stackIds.length),
    scores: model.scores,
  });
