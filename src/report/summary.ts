import type { Targets } from '../domain/targets.js';
import * as Evaluation from '../evaluation.js';
import type { Gold } from '../gold.js';
import type { Batch, Certification, Decisions, Policy, Prevalence, Verdict } from '../policy.js';
import { sources, verdict } from '../policy.js';
import type { Routing } from '../routing.js';

/** What happened to the stacks of a batch, and what it cost. */
export interface Work {
  readonly stacks: number;
  readonly retiredStalled: number;
  readonly retiredFlowing: number;
  readonly askCrowd: number;
  readonly askExpert: number;
  /** Votes already there. */
  readonly votes: number;
  /** Votes asked for next. */
  readonly votesWanted: number;
  readonly scored: number;
}

/** One run, as a reader wants it: `evaluation.json` and the text on the screen say the same. */
export interface Summary {
  readonly schema: 'tandem-evaluation/1';
  readonly verdict: Verdict;
  readonly policyHash: string;
  readonly targets: Targets;
  readonly prevalence: Prevalence;
  readonly certification: Certification;
  /** Each target held against gold kept for testing. */
  readonly heldOut: {
    readonly sensitivity: Evaluation.TargetVerdict;
    readonly specificity: Evaluation.TargetVerdict;
  };
  /** Three-way decisions against gold kept for testing. */
  readonly evaluation: Evaluation.Evaluation;
  /** One cut, no abstention: each source on the gold it has seen. */
  readonly sources: {
    readonly fused: Evaluation.Calls;
    readonly crowd: Evaluation.Calls;
    readonly model?: Evaluation.Calls;
  };
  readonly work: Work;
  readonly warnings: readonly string[];
}

/**
 * Evaluates decisions on test gold and counts the work, as plain data.
 *
 * @param of - policy with its hash, the batch and its decisions, gold the policy never saw
 */
export const summary = (of: {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly batch: Batch;
  readonly decisions: Decisions;
  readonly gold: Gold<'test'>;
  readonly warnings: readonly string[];
}): Summary => {
  const { policy, policyHash, batch, decisions, gold, warnings } = of;
  const { targets, certification, cuts } = policy;
  const prevalence = policy.prevalence.value;
  const evaluation = Evaluation.of(gold, { prevalence, confidence: targets.confidence })(decisions);
  const heldOut = {
    sensitivity: Evaluation.against(targets.sensitivity)(evaluation.sensitivity),
    specificity: Evaluation.against(targets.specificity)(evaluation.specificity),
  };
  const { fused, crowd, model } = sources(policy)(batch);
  const at = { prevalence, confidence: targets.confidence };
  return {
    schema: 'tandem-evaluation/1',
    verdict: verdict({
      certified: certification._tag === 'Certified',
      against: [heldOut.sensitivity, heldOut.specificity],
    }),
    policyHash,
    targets,
    prevalence: policy.prevalence,
    certification,
    heldOut,
    evaluation,
    sources: {
      fused: Evaluation.calls(gold, { ...at, cut: cuts.fused })(fused),
      crowd: Evaluation.calls(gold, { ...at, cut: cuts.crowd })(crowd),
      ...(model === undefined || cuts.model === undefined
        ? {}
        : { model: Evaluation.calls(gold, { ...at, cut: cuts.model })(model) }),
    },
    work: workOf(decisions),
    warnings,
  };
};

/** Counts what a batch's decisions come to. */
export const workOf = ({ posterior, routing }: Decisions): Work => {
  const count = (holds: (next: Routing) => boolean): number =>
    routing.reduce((n, next) => n + (holds(next) ? 1 : 0), 0);
  return {
    stacks: routing.length,
    retiredStalled: count((next) => next._tag === 'Retire' && next.label === 1),
    retiredFlowing: count((next) => next._tag === 'Retire' && next.label === 0),
    askCrowd: count((next) => next._tag === 'AskCrowd'),
    askExpert: count((next) => next._tag === 'AskExpert'),
    votes: posterior.votes.reduce((sum, votes) => sum + votes, 0),
    votesWanted: routing.reduce((sum, next) => sum + (next._tag === 'AskCrowd' ? next.votesWanted : 0), 0),
    scored: posterior.scores.reduce((sum, scores) => sum + (scores > 0 ? 1 : 0), 0),
  };
};
