import type { TraitModel } from '../asking/index.js';
import { stackTrait } from '../asking/replay/index.js';
import { type Label, labelName } from '../domain/label.js';
import { present } from '../domain/present.js';
import type { Routing } from '../domain/routing.js';
import { EMPTY } from '../domain/voteTable.js';
import { type VoteEvidence, voteEvidence } from '../kernel/crowd/fuse.js';
import { recalibrated } from '../kernel/crowd/recalibrated.js';
import { rowOfId } from '../kernel/ids/voteColumns.js';
import { logistic, logit } from '../kernel/special/logit.js';
import * as Policy from '../policy/index.js';
import * as Calibration from '../stages/calibration/index.js';
import type { Settings } from './settings.js';

/** What is decided about one stack now, and why. */
export interface Decision {
  readonly stackId: string;
  /** The label of an expert where there is one, else the label of the policy; `open` while the policy asks. */
  readonly decision: 'stalled' | 'flowing' | 'open';
  /** What the policy does next. Gold plays no part in it, so it can be evaluated on gold. */
  readonly routing: Routing;
  /** Why the policy does that. */
  readonly reason: string;
  /**
   * `certified` if the certificate of the policy is about votes in the order in which they come, and that order is known here;
   * `not certified` under any other certificate, `provisional` without one.
   */
  readonly status: Policy.Status;
  /** Votes that the decision rests on: up to the first at which the rule stopped. At most `votes`. */
  readonly votesCounted: number;
  /** P(stalled | all votes and the score that count). */
  readonly posterior: number;
  /** The same as natural-log odds. */
  readonly logOdds: number;
  /** Votes that count. */
  readonly votes: number;
  /** Model scores that count, 0 or 1; 0 too when the policy has no calibrator. */
  readonly scores: number;
  /** Expert truth, where there is some. */
  readonly gold?: Label;
  /** Present where the retired stack is audited: people vote on it blindly, and their answers are not votes. */
  readonly audited?: true;
  /** As given with the policy. */
  readonly policyHash?: string;
}

/** The evidence that counts on one stack, as numbers. */
export interface Ballots {
  readonly stackId: string;
  /** Value of each vote, from `Judge.voteValues`, in the order of the votes; the first `n` are read. */
  readonly values: Float64Array;
  readonly n: number;
  /** Whether it is known in which order the votes came: each says when, or there is no more than one. */
  readonly isOrdered: boolean;
  readonly score: number | undefined;
  readonly gold: Label | undefined;
}

/** A policy prepared to judge one stack at a time. */
export interface Judge {
  /** The row of an annotator in `voteValues`; all annotators unknown to the policy share one row. */
  readonly rowOf: (annotatorId: string) => number;
  /** The value of a vote: nats, or under a trait model a number that stands for annotator and label. */
  readonly voteValues: VoteEvidence;
  readonly decide: (ballots: Ballots) => Decision;
}

/** The part of a judge that depends on how a policy adds up evidence. */
interface Walker {
  readonly voteValues: VoteEvidence;
  readonly rowOf: (annotatorId: string) => number;
  /** Fills `path` with the log-odds before any vote and after each of the first `n`. Without a score `model` is `undefined`. */
  readonly walk: (path: Float64Array, votes: Float64Array, n: number, model: number | undefined) => void;
}

/**
 * Adds up the evidence on one stack by the trait model. Votes depend on one latent trait, so a single vote has no value of its
 * own: it is the number 2 · row + label, where row is that of its annotator, and all newcomers share one row.
 */
const byTrait = (traitModel: TraitModel): Walker => {
  const rows = rowOfId(traitModel.annotatorIds);
  const newcomer = traitModel.annotatorIds.length;
  const numbers = (label: number) => Float64Array.from({ length: newcomer + 1 }, (_, row) => 2 * row + label);
  return {
    voteValues: { stalled: numbers(1), flowing: numbers(0) },
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    walk: stackTrait(traitModel),
  };
};

/** Evidence of the votes of known annotators, and in one more row that of a newcomer. */
const voteValuesOf = ({ skills }: Policy.Policy): VoteEvidence => {
  const { annotatorIds, newcomer } = skills;
  const known = voteEvidence(skills, { ...EMPTY, annotatorIds });
  const one = {
    annotatorIds: [''],
    sensitivity: Float64Array.of(newcomer.sensitivity),
    specificity: Float64Array.of(newcomer.specificity),
    support: new Uint32Array(1),
    newcomer,
  };
  const unknown = voteEvidence(one, { ...EMPTY, annotatorIds: one.annotatorIds });
  const joined = (side: keyof VoteEvidence): Float64Array => Float64Array.from([...known[side], unknown[side][0]]);
  return { stalled: joined('stalled'), flowing: joined('flowing') };
};

/** Adds up the evidence on one stack as `Replay.trajectories` does. */
const bySum = (policy: Policy.Policy): Walker => {
  const { recalibration, skills } = policy;
  const rows = rowOfId(skills.annotatorIds);
  const newcomer = skills.annotatorIds.length;
  const prior = logit(policy.prevalence.value);
  const honest = recalibration === undefined ? undefined : recalibrated(recalibration);
  return {
    voteValues: voteValuesOf(policy),
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    walk: (path, votes, n, model = 0) => {
      let sum = 0;
      for (let v = 0; v <= n; v++) {
        path[v] = honest === undefined ? prior + model + sum : honest({ prior, model, votes: sum, n: v });
        if (v < n) sum += votes[v];
      }
    },
  };
};

/**
 * Prepares a policy, with the functions of `Policy.decide`: `voteEvidence`, `Calibration.nats`, `recalibrated` or the trait
 * model, `routesUnder`, `reasonsUnder`.
 *
 * Votes are added in their order, as in a batch, and the rule is executed by the same function. So a decision depends on which
 * votes count and when they came, not on their delivery.
 */
export const judgeBy = (policy: Policy.Policy, { policyHash }: Settings): Judge => {
  const { calibrator, traitModel } = policy;
  const { voteValues, rowOf, walk } = traitModel === undefined ? bySum(policy) : byTrait(traitModel);
  const natsOf = calibrator === undefined ? undefined : Calibration.nats(calibrator);
  const routed = Policy.routesUnder(policy);
  const reasonFor = Policy.reasonsUnder(policy);
  const isAudited = Policy.audits(policy);
  const signed = policyHash === undefined ? {} : { policyHash };
  const isAnySchedule = policy.profile?.schedule === 'any';
  const status = (isOrdered: boolean): Policy.Status => {
    if (!Policy.isCertified(policy)) return 'provisional';
    return isAnySchedule && isOrdered ? 'certified' : 'not certified';
  };
  let path = new Float64Array(64);

  const decide = ({ stackId, values, n, isOrdered, score, gold }: Ballots): Decision => {
    const isScored = score !== undefined && natsOf !== undefined;
    if (n >= path.length) path = new Float64Array(2 * n);
    walk(path, values, n, isScored ? natsOf(score) : undefined);
    const { next: routing, point } = routed(path.subarray(0, n + 1), isScored);
    const scores = isScored ? 1 : 0;
    const label = gold ?? (routing._tag === 'Retire' ? routing.label : undefined);
    const decided = {
      stackId,
      decision: label === undefined ? 'open' : labelName(label),
      routing,
      reason: reasonFor(routing, { logOdds: path[point.votes], votes: point.votes, scores, all: n }),
      status: status(isOrdered),
      votesCounted: point.votes,
      posterior: logistic(path[n]),
      logOdds: path[n],
      votes: n,
      scores,
    } as const;
    const audited = routing._tag === 'Retire' && isAudited(stackId);
    // Spreading three times would cost as much as deciding.
    if (gold === undefined && !audited && policyHash === undefined) return decided;
    return present({ ...decided, gold, audited: audited ? (true as const) : undefined, ...signed });
  };

  return { voteValues, rowOf, decide };
};
