import { after } from '../asking/index.js';
import type { Recalibration } from '../domain/evidence.js';
import type { Band, GoldUnsuitable, OperatingPoint, TargetsInfeasible } from '../domain/operatingPoint.js';
import { present, withJson } from '../domain/present.js';
import type { Budget } from '../domain/routing.js';
import type { Scores } from '../domain/scores.js';
import type { Skills } from '../domain/skills.js';
import type { Targets } from '../domain/targets.js';
import type { Duplicates } from '../domain/vote.js';
import type { VoteTable } from '../domain/voteTable.js';
import type { Calibrator } from '../stages/calibration/index.js';
import type { TargetVerdict } from '../stages/evaluation/index.js';
import type { AskingCertified, AskingNotCertified } from './askingPolicy.js';

/** P(stalled) the policy decides at, and where the number comes from. */
export interface Prevalence {
  /** In (0, 1). */
  readonly value: number;
  readonly from: 'stated' | 'random gold' | 'assumed';
}

/** The answer to "may these decisions stand?" */
export type Verdict = 'certified' | 'targets not met' | 'insufficient evidence';

/** A certificate for the targets, or the reason why there is none. */
export type Certification =
  | { readonly _tag: 'Certified'; readonly operatingPoint: OperatingPoint }
  | TargetsInfeasible
  | GoldUnsuitable;

/** Who made a policy, from what. */
export interface Provenance {
  readonly package: string;
  readonly version: string;
  readonly command: string;
  readonly seed: number;
  readonly inputs: readonly { readonly name: string; readonly sha256: string }[];
}

/** Everything needed to decide. Plain data; `Policy.toJSON` and `Policy.fromJSON` make it one JSON document and back. */
export interface Policy {
  readonly schema: 'tandem-policy/1';
  readonly prevalence: Prevalence;
  readonly targets: Targets;
  readonly skills: Skills;
  /** Absent without scores, or without gold to calibrate them. */
  readonly calibrator?: Calibrator;
  /** Absent when the evidence of the sources is added: on demand, or because gold could not show how they depend. */
  readonly recalibration?: Recalibration;
  /** About automatic decisions at two thresholds, on the votes that a stack has. */
  readonly certification: Certification;
  /** A rule for asking that is certified end to end, or why none could be. Absent when not asked for. */
  readonly asking?: AskingCertified | AskingNotCertified;
  /** Which of an annotator's votes on one stack counted in the fit. Absent when not stated. */
  readonly duplicates?: Duplicates;
  readonly budget: Budget;
  /** Log-odds with the highest MCC on tuning gold at `prevalence`, for calls without abstention. No guarantee. */
  readonly cuts: { readonly fused: number; readonly crowd: number; readonly model?: number };
  /** Gold stacks that fitted or tuned this policy and so must never evaluate it. */
  readonly goldUsed: readonly string[];
  readonly provenance: Provenance;
}

/** Votes and scores. A stack takes part if it has either. */
export interface Inputs {
  readonly votes: VoteTable;
  readonly scores?: Scores;
  /** Whose labels trained the model behind `scores`; absent when not known. */
  readonly trainedOn?: 'expert' | 'crowd labels';
}

/**
 * Where a policy decides. Without a certificate a side is absent, and nothing is retired there.
 *
 * @returns `undefined` when the gold could certify nothing at all
 */
export const operatingPoint = ({ certification }: Policy): OperatingPoint | undefined => {
  switch (certification._tag) {
    case 'Certified':
      return certification.operatingPoint;
    case 'TargetsInfeasible':
      return certification.partial;
    case 'GoldUnsuitable':
      return undefined;
  }
};

/** The certified asking rule of a policy. Where there is none, two thresholds decide. */
export const certifiedAsking = ({ asking }: Policy): AskingCertified | undefined =>
  asking?._tag === 'AskingCertified' ? asking : undefined;

/** The bounds of a policy for a stack with this many votes. */
export const bandAt = (policy: Policy, votes: number): Band => {
  const asking = certifiedAsking(policy);
  const point = operatingPoint(policy);
  const [flowingBelow, stalledAbove] =
    asking === undefined
      ? [point?.flowingBelow, point?.stalledAbove]
      : [after(asking.rule.flowingBelow, votes), after(asking.rule.stalledAbove, votes)];
  return present({ flowingBelow, stalledAbove });
};

/** Whether the policy decides by something certified: an asking rule, or else both thresholds. */
export const isCertified = (policy: Policy): boolean =>
  certifiedAsking(policy) !== undefined || policy.certification._tag === 'Certified';

/**
 * The verdict on a policy: certified, unless held-out gold contradicts a target or the certificate is missing.
 *
 * @param evaluation - of the policy's decisions on gold it never saw; its upper bounds may refute, not prove
 * @example
 * Policy.verdict({ certified: false, against: ['met', 'open'] }) // => 'insufficient evidence'
 */
export const verdict = ({
  certified,
  against,
}: {
  readonly certified: boolean;
  /** Each target against held-out gold; see `Evaluation.against`. */
  readonly against: readonly TargetVerdict[];
}): Verdict => {
  if (against.includes('not met')) return 'targets not met';
  return certified ? 'certified' : 'insufficient evidence';
};

/** Skills alone, without what their fit says of itself. */
export const bareSkills = ({ annotatorIds, sensitivity, specificity, support, newcomer }: Skills): Skills =>
  withJson({ annotatorIds, sensitivity, specificity, support, newcomer });
