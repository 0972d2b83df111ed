import {
  type Arrivals,
  inArrivalOrder,
  type Trajectories,
  traitTrajectories,
  trajectories,
} from '../asking/replay/index.js';
import type { Evidence } from '../domain/evidence.js';
import type { Posterior } from '../domain/posterior.js';
import { present } from '../domain/present.js';
import type { VoteTable } from '../domain/voteTable.js';
import { logit } from '../kernel/special/logit.js';
import * as Calibration from '../stages/calibration/index.js';
import * as Fusion from '../stages/fusion/index.js';
import * as Skills from '../stages/skills/index.js';
import * as Votes from '../stages/votes/index.js';
import type { Inputs, Policy } from './policy.js';

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

/** Fixed, so that nobody can try other orders. */
const SALT = 0;

/** Votes in the order in which the rule reads them: as they came, or where nobody knows by a hash of stack and annotator. */
export const inRuleOrder = (votes: VoteTable): Arrivals => inArrivalOrder(SALT)(votes);

/** The part of a policy that turns votes and scores into a posterior. */
export type PosteriorOf = Pick<Policy, 'traitModel'>;

/** The posterior of each stack after each of its votes, by which the rule decides. */
export const pathsOn =
  ({ traitModel }: PosteriorOf, evidence: Evidence) =>
  (votes: Arrivals): Trajectories =>
    traitModel === undefined ? trajectories(evidence)(votes) : traitTrajectories(traitModel, evidence.model)(votes);

export const crowdAlone = ({ prevalence, skills }: Evidence) => Fusion.fuse({ prevalence, skills });

export const modelAlone =
  (prevalence: number, model: Calibration.ModelEvidence) =>
  (votes: VoteTable): Posterior => ({
    stackIds: votes.stackIds,
    logOdds: model.nats.map((nats) => logit(prevalence) + nats),
    votes: new Uint32Array(votes.stackIds.length),
    scores: model.scores,
  });
