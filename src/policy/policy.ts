import type { Audit, TraitModel } from '../asking/index.js';
import type { EstimatedRisk, LabelsToCollect, Lacking, Prices, Spending, StopRule } from '../asking/stopRule/index.js';
import type { Recalibration } from '../domain/evidence.js';
import type { RiskCertificate } from '../domain/operatingPoint.js';
import { withJson } from '../domain/present.js';
import type { Scores } from '../domain/scores.js';
import type { Skills } from '../domain/skills.js';
import type { Targets } from '../domain/targets.js';
import type { Duplicates } from '../domain/vote.js';
import type { VoteTable } from '../domain/voteTable.js';
import type { Calibrator } from '../stages/calibration/index.js';
import type { TargetVerdict } from '../stages/evaluation/index.js';
import type { GoldCheck } from '../stages/goldChecks/index.js';
import type { Ledger } from './ledger.js';
import type { GoldProfile } from './profile.js';

/** P(stalled) the policy decides at, and where the number comes from. */
export interface Prevalence {
  /** In (0, 1). */
  readonly value: number;
  readonly from: 'stated' | 'random gold' | 'assumed';
}

/** The answer to "may these decisions stand?" */
export type Verdict = 'certified' | 'targets not met' | 'not certified' | 'insufficient evidence';

/** How sure a single decision is: `not certified` under a certificate that is not about this batch. */
export type Status = 'certified' | 'provisional' | 'not certified';

/** Who made a policy, from what. */
export interface Provenance {
  readonly package: string;
  readonly version: string;
  readonly command: string;
  readonly seed: number;
  readonly inputs: readonly { readonly name: string; readonly sha256: string }[];
}

/** What was proved about the rule, end to end, on gold that fitted nothing. */
export interface RuleCertificate {
  /** What was taken as independent: each stack, or each mouse or session as a whole. */
  readonly unit: 'stack' | 'cluster';
  /** Of the rule that is deployed. */
  readonly pValue: number;
  /** The risk that a stalled stack is finally called flowing; absent with clusters, whose shares are tested and not counts. */
  readonly missedStalls?: RiskCertificate;
  /** The risk that a flowing stack is finally called stalled. */
  readonly falseAlarms?: RiskCertificate;
  /** Clusters with gold of each class, and how few could certify anything. */
  readonly clusters?: Readonly<Record<'stalled' | 'flowing', { readonly seen: number; readonly needed: number }>>;
  readonly assumptions: readonly string[];
}

/** Gold that its own votes and scores contradict; see `Policy.goldChecks`. */
export interface GoldDoubted {
  readonly _tag: 'GoldDoubted';
  /** The checks that failed. */
  readonly checks: readonly GoldCheck[];
}

/** Earlier fits on the same gold have spent all of the error. */
export interface ErrorSpent {
  readonly _tag: 'ErrorSpent';
  /** Fits on this gold, with this one. */
  readonly looks: number;
}

/** The document is of a schema that certified something else. */
export interface EarlierVersion {
  readonly _tag: 'EarlierVersion';
  readonly schema: string;
}

/** What stands behind the rule of a policy. */
export type Proof =
  | {
      readonly _tag: 'Certified';
      readonly certificate: RuleCertificate;
      /** What the rule spends and decides, per stack at the prevalence, on the gold of the certificate. */
      readonly spending: Spending;
    }
  | {
      readonly _tag: 'Provisional';
      readonly because: Lacking | GoldDoubted | ErrorSpent | EarlierVersion;
      /** Labels still to collect for a certificate. Absent where more of the same gold would not help. */
      readonly goldNeeded?: LabelsToCollect;
      /** Estimates by which the rule was chosen. Absent for a policy of an earlier version. */
      readonly estimate?: {
        readonly missedStalls: EstimatedRisk;
        readonly falseAlarms: EstimatedRisk;
        readonly spending: Spending;
      };
    };

/** Everything needed to decide. Plain data; `Policy.toJSON` and `Policy.fromJSON` make it one JSON document and back. */
export interface Policy {
  readonly schema: 'tandem-policy/2';
  readonly prevalence: Prevalence;
  readonly targets: Targets;
  readonly skills: Skills;
  /** Absent without scores, or without gold to calibrate them. */
  readonly calibrator?: Calibrator;
  /** Absent when the evidence of the sources is added: on demand, or because gold could not show how they depend. */
  readonly recalibration?: Recalibration;
  /** The joint model of votes and score whose posterior the rule reads. Absent: it reads the sum of evidence. */
  readonly traitModel?: TraitModel;
  /** What decides: nothing else does. */
  readonly rule: StopRule;
  /** Prices for which the rule is the best. Absent where everything goes to an expert. */
  readonly prices?: Prices;
  readonly proof: Proof;
  /** Votes asked for at a time, ≥ 1. */
  readonly votesPerRound: number;
  /** Absent when nobody audits. */
  readonly audit?: Audit;
  /** What gold was like, to be held against each batch. Absent in a policy of an earlier version. */
  readonly profile?: GoldProfile;
  /** Which of an annotator's votes on one stack counted in the fit. Absent when not stated. */
  readonly duplicates?: Duplicates;
  /** Log-odds with the highest MCC on tuning gold at `prevalence`, for calls without abstention. No guarantee. */
  readonly cuts: { readonly fused: number; readonly crowd: number; readonly model?: number };
  /** Gold stacks that fitted or tuned this policy and so must never evaluate it; sorted. */
  readonly goldUsed: { readonly fit: readonly string[]; readonly tune: readonly string[] };
  /** Every fit on this gold, this one the last: each has spent a part of the error that all may make together. */
  readonly ledger: Ledger;
  readonly provenance: Provenance;
}

/** Votes and scores. A stack takes part if it has either. */
export interface Inputs {
  readonly votes: VoteTable;
  readonly scores?: Scores;
  /** Whose labels trained the model behind `scores`; absent when not known. */
  readonly trainedOn?: 'expert' | 'crowd labels';
}

/** Whether the rule of the policy is proved. Whether it holds for a batch `Policy.decide` says. */
export const isCertified = ({ proof }: Pick<Policy, 'proof'>): boolean => proof._tag === 'Certified';

/** What the rule of a policy spends, by its certificate or by estimate. Absent for a policy of an earlier version. */
export const spendingOf = ({ proof }: Pick<Policy, 'proof'>): Spending | undefined =>
  proof._tag === 'Certified' ? proof.spending : proof.estimate?.spending;

/** Gold that a policy has met, and that so proves nothing about it. */
export const goldMet = ({ goldUsed }: Pick<Policy, 'goldUsed'>): readonly string[] => [
  ...goldUsed.fit,
  ...goldUsed.tune,
];

/**
 * The verdict on a policy: certified, unless held-out gold contradicts a target, the certificate is missing, or it is not about
 * this batch.
 *
 * @param options - `mismatches`: why the certificate is not about this batch; `against`: each target against gold it never saw,
 *   whose upper bounds may refute, not prove
 * @example
 * Policy.verdict({ certified: false, against: ['met', 'open'] }) // => 'insufficient evidence'
 * Policy.verdict({ certified: true, mismatches: 1 }) // => 'not certified'
 */
export const verdict = ({
  certified,
  mismatches = 0,
  against = [],
}: {
  readonly certified: boolean;
  readonly mismatches?: number | undefined;
  /** Each target against held-out gold; see `Evaluation.against`. */
  readonly against?: readonly TargetVerdict[] | undefined;
}): Verdict => {
  if (against.includes('not met')) return 'targets not met';
  if (!certified) return 'insufficient evidence';
  return mismatches > 0 ? 'not certified' : 'certified';
};

/** Skills alone, without what their fit says of itself. */
export const bareSkills = ({ annotatorIds, sensitivity, specificity, support, newcomer }: Skills): Skills =>
  withJson({ annotatorIds, sensitivity, specificity, support, newcomer });
