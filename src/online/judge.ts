import type { TraitModel } from '../asking/index.js';
import { stackTrait } from '../asking/replay/traitTrajectories.js';
import type { Label } from '../domain/label.js';
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
 * Adds up what was seen on one stack as an asking rule does: people and model share its look, so a vote has no worth of its own.
 *
 * A vote is a number, 2 · row + label, the row being that of its annotator in the look; all newcomers share one. Numbers
 * sort, so the product over votes depends on which votes count and on nothing else.
 */
const lookJudge = (look: TraitModel): Adder => {
  const rows = rowOfId(look.annotatorIds);
  const newcomer = look.annotatorIds.length;
  const numbers = (label: number) => Float64Array.from({ length: newcomer + 1 }, (_, row) => 2 * row + label);
  return {
    worth: { stalled: numbers(1), flowing: numbers(0) },
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    add: stackTrait(look),
  };
};

/** What is decided about one stack now, and why. */
export interface Decision {
  readonly stackId: string;
  /** What an expert said where one did, else what the policy retired it as; `open` while it asks. */
  readonly decision: 'stalled' | 'flowing' | 'open';
  /** What the policy does next. Gold plays no part in it, so that it can be judged against gold. */
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
  /** Present where the stack is retired and people are to look all the same, who must not be told; what they find is no vote. */
  readonly audited?: true;
  /** As given with the policy. */
  readonly policyHash?: string;
}

/** What counts on one stack, as numbers. */
export interface Ballots {
  readonly stackId: string;
  /** What each vote is worth, from `Judge.worth`; the first `n` are read, and sorted in place. */
  readonly nats: Float64Array;
  readonly n: number;
  readonly score: number | undefined;
  readonly gold: Label | undefined;
}

/** A policy made ready to judge one stack at a time. */
export interface Judge {
  /** The row of an annotator in `worth`; all whom the policy has not met share one. */
  readonly rowOf: (annotatorId: string) => number;
  /** What a vote is to this judge: nats, or under an asking rule a number that stands for annotator and label. */
  readonly worth: VoteEvidence;
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

/** Evidence of known annotators with one more row: the newcomer's. */
const worthOf = ({ skills }: Policy.Policy): VoteEvidence => {
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

/** The part of a judge that depends on how a policy adds up what was seen. */
export interface Adder {
  readonly worth: VoteEvidence;
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
    worth: worthOf(policy),
    rowOf: (annotatorId) => rows.get(annotatorId) ?? newcomer,
    add: (votes, n, model = 0) => {
      let z = honest === undefined ? prior + model : 0;
      for (let v = 0; v < n; v++) z += votes[v];
      return honest === undefined ? z : honest({ prior, model, votes: z, n });
    },
  };
};

/**
 * Makes a policy ready, by the functions `Policy.decide` uses: `voteEvidence`, `Calibration.nats`, `recalibrated` or the
 * look of an asking rule, `routeUnder`, `reasonsUnder`.
 *
 * Votes are added in ascending order of their evidence. So the sum depends on which votes count and on nothing else: not on
 * the order of delivery, not on names. A batch adds them in its own canonical order, which depends on all its stacks, so the
 * two agree within rounding (1e-12).
 */
export const judge = (policy: Policy.Policy, { policyHash }: Settings): Judge => {
  const { calibrator } = policy;
  const asking = Policy.certifiedAsking(policy);
  const { worth, rowOf: row, add } = asking === undefined ? fusing(policy) : lookJudge(asking.look);
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
      decision: label === undefined ? 'open' : label === 1 ? 'stalled' : 'flowing',
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

  return { worth, rowOf: row, decide };
};
