import { isAudited } from '../asking/index.js';
import { type Arrivals, ends, type Trajectories } from '../asking/replay/index.js';
import { askedAtOnce, firstStop, mostVotesOf, type StopPoint } from '../asking/stopRule/index.js';
import type { ModelEvidence } from '../domain/evidence.js';
import type { Posterior } from '../domain/posterior.js';
import { present } from '../domain/present.js';
import { ASK_EXPERT, RETIRE, type Routing } from '../domain/routing.js';
import { logistic, logit } from '../kernel/special/logit.js';
import type { Contribution, Explanation } from '../stages/fusion/index.js';
import { crowdAlone, evidenceFor, inRuleOrder, modelAlone, pathsOn, type Seen } from './evidence.js';
import { type BatchMismatch, mismatches } from './mismatches.js';
import { goldMet, type Inputs, isCertified, type Policy, type Status } from './policy.js';
import { batchProfile } from './profile.js';

/** Decisions about a batch, row by row. */
export interface Decisions {
  /** What is known of each stack by all of its votes. */
  readonly posterior: Posterior;
  readonly routing: readonly Routing[];
  /** Where the rule first stopped, by which it decided; where it still asks, where it stands now. */
  readonly stops: {
    /** Votes that the decision rests on, at most `posterior.votes`. */
    readonly votes: Uint32Array;
    /** The log-odds after them. */
    readonly logOdds: Float64Array;
  };
  /** Of every decision of this batch. */
  readonly status: Status;
  /** Why the certificate is not about these stacks. Empty where it is, as far as can be seen. */
  readonly mismatches: readonly BatchMismatch[];
  /** What the score added to each row before any vote, in nats. */
  readonly model?: ModelEvidence;
  /** 1 where a retired stack is audited: people look at it blindly. The decision stands meanwhile. */
  readonly audited?: Uint8Array;
}

/**
 * Decides about a batch with a fitted policy: where the stop rule first stops, in the order of the votes of each stack.
 *
 * Votes beyond that change nothing, except that an expert looks where they contradict the label. Annotators unknown to the
 * policy count as newcomers. The batch is held against what gold was like: see `status` and `mismatches`.
 *
 * @returns posterior and routing, rows in the canonical order of stacks
 * @example
 * const lab = Simulate.inputs(Simulate.dataset({ stacks: 500, prevalence: 0.05, model: {}, gold: { stalled: 700, flowing: 900, chosen: 'stratified' } })(7));
 * const { policy } = Policy.fit({ prevalence: 0.05 })(lab);
 * const { status, mismatches, routing } = Policy.decide(policy)(lab);
 * [status, mismatches.length, routing.length] // => ['certified', 0, 2100]
 */
export const decide =
  (policy: Policy) =>
  (batch: Inputs): Decisions => {
    const seen = evidenceFor(policy, batch);
    const votes = inRuleOrder(seen.votes);
    const paths = pathsOn(policy, seen.evidence)(votes);
    const found = mismatchesOf(policy, {}, seen, votes, paths);
    const posterior = ends(paths);
    const routes = routesUnder(policy);
    const n = paths.stackIds.length;
    const routing: Routing[] = new Array(n);
    const stops = { votes: new Uint32Array(n), logOdds: new Float64Array(n) };
    for (let s = 0; s < n; s++) {
      const { next, point } = routes(paths.logOdds.subarray(paths.first[s], paths.first[s + 1]), paths.scores[s] > 0);
      routing[s] = next;
      stops.votes[s] = point.votes;
      stops.logOdds[s] = paths.logOdds[paths.first[s] + point.votes];
    }
    const isDrawn = audits(policy);
    return present({
      posterior,
      routing,
      stops,
      status: statusOf(policy, found.length),
      mismatches: found,
      model: seen.evidence.model === undefined ? undefined : modelShare(paths, seen),
      audited:
        policy.audit === undefined
          ? undefined
          : Uint8Array.from(routing, (next, s) => Number(next._tag === 'Retire' && isDrawn(posterior.stackIds[s]))),
    });
  };

const statusOf = (policy: Policy, mismatched: number): Status => {
  if (!isCertified(policy)) return 'provisional';
  return mismatched > 0 ? 'not certified' : 'certified';
};

/** What happens next to one stack, and where the rule first stopped. */
export interface Routed {
  readonly next: Routing;
  readonly point: StopPoint;
}

/**
 * Executes the rule of a policy on one stack: the only place where anything is decided.
 *
 * @param policy - its rule and `votesPerRound`
 * @returns takes the log-odds before any vote and after each vote in order, and whether there is a score
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.routesUnder(policy)([-3], true).next // => { _tag: 'AskExpert', reason: 'expert is cheaper' }
 */
export const routesUnder = (
  policy: Pick<Policy, 'rule' | 'votesPerRound'>,
): ((logOdds: ArrayLike<number>, scored: boolean) => Routed) => {
  const stop = firstStop(policy.rule);
  const most = mostVotesOf(policy.rule);
  const ask = Array.from({ length: most + 1 }, (_, votes) => ({
    _tag: 'AskCrowd' as const,
    votesWanted: Math.min(policy.votesPerRound, most - votes),
  }));
  return (logOdds, scored) => {
    const point = stop({ logOdds, scored });
    return { point, next: routingOf(point, most, ask) };
  };
};

const routingOf = ({ first, action, votes }: StopPoint, most: number, ask: readonly Routing[]): Routing => {
  switch (action) {
    case 'flowing':
      return RETIRE[0];
    case 'stalled':
      return RETIRE[1];
    case 'ask':
      return ask[votes];
    case 'expert':
      if (first !== 'expert') return ASK_EXPERT['votes contradict'];
      return votes === most && most > 0 ? ASK_EXPERT['votes exhausted'] : ASK_EXPERT['expert is cheaper'];
  }
};

/** Stacks that are in a batch for another reason than the others. */
export interface MismatchOptions {
  /** Such as gold that was chosen by its class. Gold that the policy has met is left out anyway. */
  readonly leaveOut?: readonly string[] | undefined;
}

/**
 * Why the certificate of a policy is not about these stacks.
 *
 * @returns as `mismatches` of `Policy.decide`, without the stacks that are to be left out
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.batchMismatches(policy)({ votes: Votes.EMPTY }) // => []
 */
export const batchMismatches =
  (policy: Policy, options: MismatchOptions = {}) =>
  (batch: Inputs): readonly BatchMismatch[] => {
    const seen = evidenceFor(policy, batch);
    const votes = inRuleOrder(seen.votes);
    return mismatchesOf(policy, options, seen, votes, pathsOn(policy, seen.evidence)(votes));
  };

const mismatchesOf = (
  policy: Policy,
  { leaveOut = [] }: MismatchOptions,
  { votes, evidence }: Seen,
  ordered: Arrivals,
  paths: Trajectories,
): readonly BatchMismatch[] =>
  policy.profile === undefined
    ? []
    : mismatches(policy.profile)(
        batchProfile({
          annotatorIds: (policy.traitModel ?? policy.skills).annotatorIds,
          mostVotes: mostVotesOf(policy.rule),
          leaveOut: new Set([...goldMet(policy), ...leaveOut]),
        })(
          present({
            votes: ordered,
            isOrdered: votes.arrival !== undefined,
            model: evidence.model,
            isAsked: askedAtOnce(policy.rule)(paths),
          }),
        ),
      );

/** What the score adds before any vote. */
const modelShare = ({ first, logOdds }: Trajectories, { evidence }: Seen): ModelEvidence => {
  const prior = logit(evidence.prevalence);
  const scores = evidence.model?.scores ?? new Uint32Array(first.length - 1);
  return { nats: Float64Array.from(scores, (own, s) => (own > 0 ? logOdds[first[s]] - prior : 0)), scores };
};

/**
 * Whether a stack is audited if it is retired.
 *
 * @example
 * const { policy } = Policy.fit({ auditShare: 0 })({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.audits(policy)('s1') // => false
 */
export const audits = (policy: Policy): ((stackId: string) => boolean) => {
  if (policy.audit === undefined) return () => false;
  const drawn = isAudited(policy.audit);
  // The truth about this gold is known, so it needs no audit.
  const known = new Set(goldMet(policy));
  return (stackId) => drawn(stackId) && !known.has(stackId);
};

/**
 * The evidence behind the decision about one stack, derived again from the policy and the inputs.
 *
 * Each vote is shown by what it adds to the votes before it, because the votes on one stack depend on each other.
 *
 * @returns `undefined` when neither votes nor scores know the stack
 */
export const explain =
  (policy: Policy, stackId: string) =>
  (batch: Inputs): Explanation | undefined => {
    const { votes, evidence } = evidenceFor(policy, batch);
    const ordered = inRuleOrder(votes);
    const s = ordered.stackIds.indexOf(stackId);
    if (s < 0) return undefined;
    const { first, logOdds } = pathsOn(policy, evidence)(ordered);
    const at = logOdds.subarray(first[s], first[s + 1]);
    const prior = logit(evidence.prevalence);
    const contributions: Contribution[] = [{ source: 'prevalence', nats: prior }];
    if ((evidence.model?.scores[s] ?? 0) > 0) contributions.push({ source: 'model', nats: at[0] - prior });
    for (let v = ordered.offsets[s], n = 1; v < ordered.offsets[s + 1]; v++, n++) {
      contributions.push({
        source: 'vote',
        annotatorId: ordered.annotatorIds[ordered.annotatorOf[v]],
        label: ordered.label[v] === 1 ? 1 : 0,
        nats: at[n] - at[n - 1],
      });
    }
    const last = at[at.length - 1];
    return { stackId, contributions, logOdds: last, posterior: logistic(last) };
  };

/** The posterior of each source alone, for comparison with what decides. */
export interface Sources {
  /** By all votes and the score. */
  readonly fused: Posterior;
  readonly crowd: Posterior;
  /** Absent when the policy has no model or the batch no scores. */
  readonly model?: Posterior;
}

/**
 * The posterior of each source alone, under the same policy.
 *
 * @returns posteriors over the same stacks; where a source has nothing on a stack, its posterior is the prior
 */
export const sources =
  (policy: Policy) =>
  (batch: Inputs): Sources => {
    const { evidence, votes } = evidenceFor(policy, batch);
    return present({
      fused: ends(pathsOn(policy, evidence)(inRuleOrder(votes))),
      crowd: crowdAlone(evidence)(votes),
      model: evidence.model === undefined ? undefined : modelAlone(evidence.prevalence, evidence.model)(votes),
    });
  };
