/** Everything needed to decide, as one document: fitted once, applied to any batch, explained at any time. */
import * as E from 'fp-ts/lib/Either.js';
import type { CalibrationInfeasible, Calibrator } from './calibration.js';
import * as Calibration from './calibration.js';
import type { Evidence, Explanation, Posterior, Recalibration, RecalibrationInfeasible } from './consensus.js';
import * as Consensus from './consensus.js';
import type { GoldSet } from './domain/gold.js';
import type { Scores } from './domain/scores.js';
import { DEFAULT_TARGETS, type Targets } from './domain/targets.js';
import type { TargetVerdict } from './evaluation.js';
import * as Gold from './gold.js';
import { logit } from './kernel/logit.js';
import { type Budget, DEFAULT_BUDGET, type Routing, route } from './routing.js';
import * as Skills from './skills.js';
import type { GoldUnsuitable, OperatingPoint, TargetsInfeasible } from './thresholds.js';
import * as Thresholds from './thresholds.js';
import type { VoteTable } from './votes.js';
import * as Votes from './votes.js';

/** P(stalled) the policy decides at, and where the number comes from. */
export interface Prevalence {
  /** In (0, 1). */
  readonly value: number;
  readonly from: 'stated' | 'random gold' | 'assumed';
}

/** The answer to "may these decisions stand?" */
export type Verdict = 'certified' | 'targets not met' | 'insufficient evidence';

/** What came of asking for the targets: a certificate, or the reason why there is none. */
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

/** Everything needed to decide. Plain data; `Decode.policy` and `Decode.encodePolicy` make it one JSON document. */
export interface Policy {
  readonly schema: 'tandem-policy/1';
  readonly prevalence: Prevalence;
  readonly targets: Targets;
  readonly skills: Skills.Skills;
  /** Absent when there was no model, or no gold to calibrate it with. */
  readonly calibrator?: Calibrator;
  /** Absent when sources are simply added: on demand, or because gold could not tell how they depend. */
  readonly recalibration?: Recalibration;
  readonly certification: Certification;
  readonly budget: Budget;
  /** Log-odds with the highest MCC on tuning gold at `prevalence`, for calls that may not abstain. No guarantee. */
  readonly cuts: { readonly fused: number; readonly crowd: number; readonly model?: number };
  /** Gold stacks that fitted or tuned this policy and so must never evaluate it. */
  readonly goldUsed: readonly string[];
  readonly provenance: Provenance;
}

/** Votes, and what else there is. Stacks in either take part. */
export interface Batch {
  readonly votes: VoteTable;
  readonly scores?: Scores;
  /** Whose labels taught the model behind `scores`; absent when nobody has said. */
  readonly trainedOn?: 'expert' | 'crowd labels';
}

export interface FitOptions {
  readonly seed: number;
  readonly targets?: Targets;
  /** P(stalled) in the population to decide about, in (0, 1). Default: the share in random gold, else .01. */
  readonly prevalence?: number;
  readonly methods?: Methods;
  readonly budget?: Budget;
}

/** Which method each stage takes. */
export interface Methods {
  /** How skills are estimated; default `gold`. */
  readonly skills?: 'gold' | 'dawid-skene';
  /** How scores are calibrated; default `platt`. */
  readonly calibrator?: keyof typeof CALIBRATE;
  /** How model and votes are put together; default `recalibrated` where gold of both classes allows, else `additive`. */
  readonly fusion?: 'recalibrated' | 'additive';
}

/** A policy with the parts of gold it left for judging it, and what its owner should know. */
export interface Fitted {
  readonly policy: Policy;
  readonly gold: Gold.SplitGold;
  readonly warnings: readonly string[];
}

/** Decisions about a batch, row by row. */
export interface Decisions {
  readonly posterior: Posterior;
  readonly routing: readonly Routing[];
  /** What the model added to each row, in nats; with the doubt of a recalibration where nobody voted. */
  readonly model?: Calibration.ModelEvidence;
}

const CALIBRATE = {
  platt: Calibration.platt,
  beta: Calibration.beta,
  temperature: Calibration.temperature,
  isotonic: Calibration.isotonic,
} as const;

/** About one stack in a hundred is stalled where nobody has counted. */
const ASSUMED_PREVALENCE = 0.01;

/**
 * Fits a policy: splits gold, estimates skills, calibrates the model, and certifies thresholds on gold kept for that.
 *
 * The result is always a policy. Where the targets could not be certified it says why, and retires nothing on the side
 * that is not proven.
 *
 * @param options - seed of the gold split; targets default to .99 / .95 / .95
 * @param provenance - written into the policy as it is
 * @example
 * const { votes, scores, gold } = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const provenance = { package: 'tandem-consensus', version: '0.1.0', command: 'example', seed: 7, inputs: [] };
 * const { policy } = Policy.fit({ seed: 7, prevalence: 0.05 }, provenance)({ votes, scores, gold });
 * policy.certification._tag // => 'Certified'
 */
export const fit =
  (options: FitOptions, provenance: Provenance) =>
  (data: Batch & { readonly gold: GoldSet }): Fitted => {
    const { votes, scores } = united(data);
    const targets = options.targets ?? DEFAULT_TARGETS;
    const methods = options.methods ?? {};
    const gold = Gold.split({ seed: options.seed })(data.gold);
    const prevalence = prevalenceOf(options.prevalence, data.gold);
    const skills =
      methods.skills === 'dawid-skene'
        ? Skills.dawidSkene({ gold: gold.fit })(votes)
        : Skills.fromGold(gold.fit)(votes);
    const method = CALIBRATE[methods.calibrator ?? 'platt'];
    const calibrated = scores === undefined ? undefined : method(gold.fit)(scores);
    const calibrator = calibrated !== undefined && E.isRight(calibrated) ? calibrated.right : undefined;
    const model =
      calibrator === undefined || scores === undefined ? undefined : Calibration.evidence(calibrator, scores)(votes);
    const added = { prevalence: prevalence.value, skills, ...(model === undefined ? {} : { model }) };
    const honest =
      calibrator === undefined || scores === undefined
        ? added
        : { ...added, model: Calibration.heldOutEvidence({ gold: gold.fit, method, calibrator }, scores)(votes) };
    const refit =
      methods.fusion === 'additive' || !canRecalibrate(gold.fit)
        ? undefined
        : Consensus.recalibrate(gold.fit)(Consensus.heldOutTerms(gold.fit, honest)(votes));
    const recalibration = refit !== undefined && E.isRight(refit) ? refit.right : undefined;
    const evidence = { ...added, ...(recalibration === undefined ? {} : { recalibration }) };
    const posterior = Consensus.fuse(evidence)(votes);
    const certified = Thresholds.certify(gold.tune, targets)(posterior);
    const cut = Thresholds.bestCut(gold.tune, prevalence.value);
    return {
      gold,
      warnings: warningsOf({
        data: { ...data, votes, ...(scores === undefined ? {} : { scores }) },
        prevalence,
        calibrated,
        refit,
      }),
      policy: {
        schema: 'tandem-policy/1',
        prevalence,
        targets,
        skills: bare(skills),
        ...(calibrator === undefined ? {} : { calibrator }),
        ...(recalibration === undefined ? {} : { recalibration }),
        certification: E.isRight(certified) ? { _tag: 'Certified', operatingPoint: certified.right } : certified.left,
        budget: options.budget ?? DEFAULT_BUDGET,
        cuts: {
          fused: cut(posterior),
          crowd: cut(crowdAlone(evidence)(votes)),
          ...(model === undefined ? {} : { model: cut(modelAlone(prevalence.value, model)(votes)) }),
        },
        goldUsed: [...gold.fit.stackIds, ...gold.tune.stackIds].sort(),
        provenance,
      },
    };
  };

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

/**
 * Decides about a batch with a fitted policy. Annotators the policy has not met count with the crowd's pooled skill.
 *
 * @returns posterior and routing, rows in the canonical order of stacks
 */
export const decide =
  (policy: Policy) =>
  (batch: Batch): Decisions => {
    const { evidence, votes } = evidenceFor(policy, batch);
    const posterior = Consensus.fuse(evidence)(votes);
    const point = operatingPoint(policy);
    const routing = route(point ?? {}, policy.budget)(posterior);
    const { model } = evidence;
    return { posterior, routing, ...(model === undefined ? {} : { model: modelShare(model, evidence, posterior) }) };
  };

/**
 * Takes the decision about one stack apart, re-derived from the policy and the inputs.
 *
 * @returns `undefined` when neither votes nor scores know the stack
 */
export const explain =
  (policy: Policy, stackId: string) =>
  (batch: Batch): Explanation | undefined => {
    const { evidence, votes } = evidenceFor(policy, batch);
    return Consensus.explain(evidence, stackId)(votes);
  };

/** What the model added to each row: at its fitted worth, and with all of the doubt where nobody voted. */
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
  (batch: Batch): Sources => {
    const { evidence, votes } = evidenceFor(policy, batch);
    return {
      fused: Consensus.fuse(evidence)(votes),
      crowd: crowdAlone(evidence)(votes),
      ...(evidence.model === undefined ? {} : { model: modelAlone(evidence.prevalence, evidence.model)(votes) }),
    };
  };

const crowdAlone = ({ prevalence, skills }: Evidence) => Consensus.fuse({ prevalence, skills });

const modelAlone =
  (prevalence: number, model: Calibration.ModelEvidence) =>
  (votes: VoteTable): Posterior => ({
    stackIds: votes.stackIds,
    logOdds: model.nats.map((nats) => logit(prevalence) + nats),
    votes: new Uint32Array(votes.stackIds.length),
    scores: model.scores,
  });

const evidenceFor = (policy: Policy, batch: Batch): { readonly evidence: Evidence; readonly votes: VoteTable } => {
  const { votes, scores } = united(batch);
  const model =
    policy.calibrator === undefined || scores === undefined
      ? undefined
      : Calibration.evidence(policy.calibrator, scores)(votes);
  return {
    votes,
    evidence: {
      prevalence: policy.prevalence.value,
      skills: Skills.alignedTo(votes)(policy.skills),
      ...(model === undefined ? {} : { model }),
      ...(policy.recalibration === undefined ? {} : { recalibration: policy.recalibration }),
    },
  };
};

/** A batch whose vote table knows every scored stack too. */
const united = (batch: Batch): Batch =>
  batch.scores === undefined
    ? batch
    : { votes: Votes.including(batch.scores.stackIds)(batch.votes), scores: batch.scores };

const prevalenceOf = (stated: number | undefined, gold: GoldSet): Prevalence => {
  if (stated !== undefined) return { value: stated, from: 'stated' };
  if (gold.chosen !== 'random') return { value: ASSUMED_PREVALENCE, from: 'assumed' };
  const { stalled, flowing } = Gold.count(gold);
  return { value: (stalled + 0.5) / (stalled + flowing + 1), from: 'random gold' };
};

/** Gold that was chosen by its votes, or labelled by them, cannot tell how votes err together. */
const canRecalibrate = ({ chosen }: GoldSet): boolean => chosen === 'random' || chosen === 'stratified';

/** A policy keeps skills, not how they were found. */
const bare = ({ annotatorIds, sensitivity, specificity, support, newcomer }: Skills.Skills): Skills.Skills => ({
  annotatorIds,
  sensitivity,
  specificity,
  support,
  newcomer,
});

const warningsOf = (of: {
  readonly data: Batch & { readonly gold: GoldSet };
  readonly prevalence: Prevalence;
  readonly calibrated: E.Either<CalibrationInfeasible, Calibrator> | undefined;
  readonly refit: E.Either<RecalibrationInfeasible, Recalibration> | undefined;
}): readonly string[] => {
  const { data, prevalence, calibrated, refit } = of;
  const warnings: string[] = [];
  if (calibrated !== undefined && E.isLeft(calibrated)) {
    const { needs, scored } = calibrated.left;
    warnings.push(
      needs === undefined
        ? `scores are not used: calibrating them needs scored gold of both classes, and there are ${scored.stalled} stalled and ${scored.flowing} flowing`
        : `scores are not used: this calibrator needs ${needs}; platt and isotonic take any`,
    );
  }
  if (refit !== undefined && E.isLeft(refit)) {
    const { stalled, flowing } = refit.left.seen;
    warnings.push(
      `evidence is added as if model and votes erred independently, so far-out posteriors are too sure: telling how they depend needs gold of both classes, and there are ${stalled} stalled and ${flowing} flowing`,
    );
  }
  if (prevalence.from === 'assumed') {
    warnings.push(
      `prevalence is assumed to be ${ASSUMED_PREVALENCE}, because ${data.gold.chosen} gold cannot tell it; state it if you know it`,
    );
  }
  if (data.trainedOn === 'crowd labels' && data.scores !== undefined && Votes.count(data.votes) > 0) {
    warnings.push(
      'the model was trained on crowd labels, so where it agrees with this crowd that is partly an echo: it repeats the errors of the crowd, and only gold labelled by experts who saw neither can tell how far',
    );
  }
  const known = new Set(data.votes.stackIds);
  const unseen = data.gold.stackIds.filter((stackId) => !known.has(stackId)).length;
  if (unseen > 0)
    warnings.push(
      `${unseen} of ${data.gold.stackIds.length} gold stacks have neither votes nor a score and take no part`,
    );
  const zeros = data.scores === undefined ? 0 : data.scores.score.reduce((n, score) => n + (score === 0 ? 1 : 0), 0);
  if (data.scores !== undefined && zeros * 2 > data.scores.score.length) {
    warnings.push(
      `${zeros} of ${data.scores.score.length} scores are exactly 0; if 0 stands for "no score" there, leave those fields empty`,
    );
  }
  return warnings;
};
