import type { Gold } from '../domain/gold.js';
import { present } from '../domain/present.js';
import type { Routing } from '../domain/routing.js';
import type { Targets } from '../domain/targets.js';
import {
  type AskingCertified,
  type AskingNotCertified,
  type Certification,
  certifiedAsking,
  type Decisions,
  type Inputs,
  isCertified,
  type Policy,
  type Prevalence,
  sources,
  type Verdict,
  verdict,
} from '../policy/index.js';
import * as Evaluation from '../stages/evaluation/index.js';
import { type AgainstCrowd, againstCrowdOf, type EndToEnd, endToEndOf } from './endToEnd.js';

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
  /** Retired stacks that people are to look at all the same. Absent: no audit. */
  readonly audited?: number;
}

/** One run, as a reader wants it: `evaluation.json` and the text on the screen say the same. */
export interface Summary {
  readonly schema: 'tandem-evaluation/1';
  readonly verdict: Verdict;
  readonly policyHash: string;
  readonly targets: Targets;
  readonly prevalence: Prevalence;
  readonly certification: Certification;
  /** Present where a rule for asking was wished for. */
  readonly asking?: AskingSummary | AskingNotCertified;
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
  /** The asking rule on test gold, from the first vote to the last. */
  readonly endToEnd?: EndToEnd & {
    readonly heldOut: {
      readonly sensitivity: Evaluation.TargetVerdict;
      readonly specificity: Evaluation.TargetVerdict;
    };
  };
  /** Machine and crowd together against the crowd alone, paired. */
  readonly againstCrowd: AgainstCrowd;
  readonly work: Work;
  /** Why the certificate is not about this batch. Absent where it is. */
  readonly uncovered?: readonly string[];
  readonly warnings: readonly string[];
}

/** A certified way of asking, without the posterior it stops by: that is in the policy. */
export type AskingSummary = Omit<AskingCertified, 'look'>;

/** What is promised about asking, for a report. */
export const askingSummary = (policy: Policy): AskingSummary | AskingNotCertified | undefined => {
  const asking = certifiedAsking(policy);
  if (asking === undefined) return policy.asking?._tag === 'AskingNotCertified' ? policy.asking : undefined;
  const { look: _, ...promised } = asking;
  return promised;
};

/**
 * Evaluates decisions on test gold and counts the work, as plain data.
 *
 * @param of - policy with its hash, the batch and its decisions, gold the policy never saw
 */
export const summary = (of: {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly batch: Inputs;
  readonly decisions: Decisions;
  readonly gold: Gold<'test'>;
  readonly uncovered?: readonly string[];
  readonly warnings: readonly string[];
}): Summary => {
  const { policy, policyHash, batch, decisions, gold, uncovered = [], warnings } = of;
  const { certification, cuts } = policy;
  const { targets } = certifiedAsking(policy) ?? policy;
  const prevalence = policy.prevalence.value;
  const evaluation = Evaluation.evaluate({ gold, prevalence, confidence: targets.confidence })(decisions);
  const heldOut = {
    sensitivity: Evaluation.against(targets.sensitivity)(evaluation.sensitivity),
    specificity: Evaluation.against(targets.specificity)(evaluation.specificity),
  };
  const apart = sources(policy)(batch);
  const { fused, crowd, model } = apart;
  const endToEnd = endToEndJudged(of);
  const asking = askingSummary(policy);
  const at = { prevalence, confidence: targets.confidence };
  return present({
    schema: 'tandem-evaluation/1',
    verdict: verdict({
      certified: isCertified(policy) && uncovered.length === 0,
      against: [heldOut.sensitivity, heldOut.specificity, ...Object.values(endToEnd?.heldOut ?? {})],
    }),
    policyHash,
    targets,
    prevalence: policy.prevalence,
    certification,
    asking,
    heldOut,
    evaluation,
    sources: present({
      fused: Evaluation.calls({ gold, ...at, cut: cuts.fused })(fused),
      crowd: Evaluation.calls({ gold, ...at, cut: cuts.crowd })(crowd),
      model:
        model === undefined || cuts.model === undefined
          ? undefined
          : Evaluation.calls({ gold, ...at, cut: cuts.model })(model),
    }),
    endToEnd,
    againstCrowd: againstCrowdOf({ policy, batch, decisions, sources: apart, gold }),
    work: workOf(decisions),
    uncovered: uncovered.length === 0 ? undefined : uncovered,
    warnings,
  });
};

/** The rule on test gold, held against its own targets. */
const endToEndJudged = (of: Parameters<typeof endToEndOf>[0]): Summary['endToEnd'] => {
  const found = endToEndOf(of);
  const targets = certifiedAsking(of.policy)?.targets;
  if (found === undefined || targets === undefined) return undefined;
  return {
    ...found,
    heldOut: {
      sensitivity: Evaluation.against(targets.sensitivity)(found.sensitivity),
      specificity: Evaluation.against(targets.specificity)(found.specificity),
    },
  };
};

/** Counts what a batch's decisions come to. */
export const workOf = ({ posterior, routing, audited }: Decisions): Work => {
  const count = (holds: (next: Routing) => boolean): number =>
    routing.reduce((n, next) => n + (holds(next) ? 1 : 0), 0);
  return present({
    stacks: routing.length,
    retiredStalled: count((next) => next._tag === 'Retire' && next.label === 1),
    retiredFlowing: count((next) => next._tag === 'Retire' && next.label === 0),
    askCrowd: count((next) => next._tag === 'AskCrowd'),
    askExpert: count((next) => next._tag === 'AskExpert'),
    votes: posterior.votes.reduce((sum, votes) => sum + votes, 0),
    votesWanted: routing.reduce((sum, next) => sum + (next._tag === 'AskCrowd' ? next.votesWanted : 0), 0),
    scored: posterior.scores.reduce((sum, scores) => sum + (scores > 0 ? 1 : 0), 0),
    audited: audited === undefined ? undefined : audited.reduce((sum, one) => sum + one, 0),
  });
};
