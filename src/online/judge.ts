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

/**
 * Adds up the evidence on one stack by the trait model of an asking rule. Votes depend on one latent trait, so a single vote
 * has no value of its own.
 *
 * A vote is the number 2 · row + label, where row is that of its annotator in the trait model; all newcomers share one row.
 * Numbers can be sorted, so the product over votes depends on which votes count and on nothing else.
 */
const traitAdder = (traitModel: TraitModel): Adder => {
  const rows = rowOfId(traitModel.annotatorIds);
  const newcomer = traitModel.annotatorIds.length;
  const numbers = (label: number) => Float64Array.from({ length: newcomer + 1 }, (_, row) => 2 * row + label);
  return {
    voteValues: { stalled: numbers(1), flowing: numbers(0) },
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    add: stackTrait(traitModel),
  };
};

/** What is decided about one stack now, and why. */
export interface Decision {
  readonly stackId: string;
  /** The label of an expert where there is one, else the label of the policy; `open` while the policy asks. */
  readonly decision: 'stalled' | 'flowing' | 'open';
  /** What the policy does next. Gold plays no part in it, so it can be evaluated on gold. */
  readonly routing: Routing;
  /** Why the policy does that. */
  readonly reason: string;
  /** P(stalled | votes and score that count). */
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
  /** Value of each vote, from `Judge.voteValues`; the first `n` are read, and sorted in place. */
  readonly nats: Float64Array;
  readonly n: number;
  readonly score: number | undefined;
  readonly gold: Label | undefined;
}

/** A policy prepared to judge one stack at a time. */
export interface Judge {
  /** The row of an annotator in `voteValues`; all annotators unknown to the policy share one row. */
  readonly rowOf: (annotatorId: string) => number;
  /** The value of a vote: nats, or under an asking rule a number that stands for annotator and label. */
  readonly voteValues: VoteEvidence;
  readonly decide: (ballots: Ballots) => Decision;
}

// Above this length the native sort wins over insertion.
const SHORT = 32;

/** Sorts the first n numbers: a handful, most often. */
const sortInPlace = (numbers: Float64Array, n: number): void => {
  if (n > SHORT) {
    numbers.subarray(0, n).sort();
    return;
  }
  for (let i = 1; i < n; i++) {
    const moving = numbers[i];
    let j = i;
    for (; j > 0 && numbers[j - 1] > moving; j--) numbers[j] = numbers[j - 1];
    numbers[j] = moving;
  }
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

/** The part of a judge that depends on how a policy adds up evidence. */
interface Adder {
  readonly voteValues: VoteEvidence;
  readonly rowOf: (annotatorId: string) => number;
  /** Log-odds of a stack; `votes` are sorted, and the first `n` count. Without a model `model` is `undefined`. */
  readonly add: (votes: Float64Array, n: number, model: number | undefined) => number;
}

const fusing = (policy: Policy.Policy): Adder => {
  const { recalibration, skills } = policy;
  const rows = rowOfId(skills.annotatorIds);
  const newcomer = skills.annotatorIds.length;
  const prior = logit(policy.prevalence.value);
  const honest = recalibration === undefined ? undefined : recalibrated(recalibration);
  return {
    voteValues: voteValuesOf(policy),
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    add: (votes, n, model = 0) => {
      let z = honest === undefined ? prior + model : 0;
      for (let v = 0; v < n; v++) z += votes[v];
      return honest === undefined ? z : honest({ prior, model, votes: z, n });
    },
  };
};

/**
 * Prepares a policy, with the functions of `Policy.decide`: `voteEvidence`, `Calibration.nats`, `recalibrated` or the trait
 * model of an asking rule, `routeUnder`, `reasonsUnder`.
 *
 * Votes are added in ascending order of their value. So the sum depends on which votes count, not on the order of delivery
 * or on names. A batch adds them in its canonical order, which depends on all of its stacks, so the two agree within
 * rounding (1e-12).
 */
export const judge = (policy: Policy.Policy, { policyHash }: Settings): Judge => {
  const { calibrator } = policy;
  const asking = Policy.certifiedAsking(policy);
  const { voteValues, rowOf, add } = asking === undefined ? fusing(policy) : traitAdder(asking.look);
  const natsOf = calibrator === undefined ? undefined : Calibration.nats(calibrator);
  const next = Policy.routeUnder(policy);
  const reasonFor = Policy.reasonsUnder(policy);
  const isAudited = Policy.audits(policy);
  const signed = policyHash === undefined ? {} : { policyHash };

  const logOdds = new Float64Array(1);
  const votes = new Uint32Array(1);
  const scores = new Uint32Array(1);

  const decide = ({ stackId, nats, n, score, gold }: Ballots): Decision => {
    const isScored = score !== undefined && natsOf !== undefined;
    sortInPlace(nats, n);
    const z = add(nats, n, isScored ? natsOf(score) : undefined);
    logOdds[0] = z;
    votes[0] = n;
    scores[0] = isScored ? 1 : 0;
    const routing = next({ stackIds: [stackId], logOdds, votes, scores })[0];
    const label = gold ?? (routing._tag === 'Retire' ? routing.label : undefined);
    const decided = {
      stackId,
      decision: label === undefined ? 'open' : labelName(label),
      routing,
      reason: reasonFor(routing, { logOdds: z, votes: n, scores: scores[0] }),
      posterior: logistic(z),
      logOdds: z,
      votes: n,
      scores: scores[0],
    } as const;
    const audited = routing._tag === 'Retire' && isAudited(stackId);
    // Spreading three times would cost as much as deciding.
    if (gold === undefined && !audited && policyHash === undefined) return decided;
    return present({ ...decided, gold, audited: audited ? audited : undefined, ...signed });
  };

  return { voteValues, rowOf, decide };
};
