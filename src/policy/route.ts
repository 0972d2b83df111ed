import { isAudited, stop, voteValueOf } from '../asking/index.js';
import { fewestToSettle } from '../asking/voteValue.js';
import { FLOWING, STALLED } from '../domain/label.js';
import type { Posterior } from '../domain/posterior.js';
import type { Routing } from '../domain/routing.js';
import { route } from '../stages/routing.js';
import type { AskingCertified } from './askingPolicy.js';
import { certifiedAsking, operatingPoint, type Policy } from './policy.js';

/** One routing per row of a posterior, by whatever this policy decides by; each depends on its own row alone. */
export const routeUnder = (policy: Policy): ((posterior: Posterior) => readonly Routing[]) => {
  const asking = certifiedAsking(policy);
  return asking === undefined ? route({ ...operatingPoint(policy), budget: policy.budget }) : byRule(policy, asking);
};

const byRule = (policy: Policy, { rule, votesPerRound }: AskingCertified) => {
  const judge = stop(rule);
  const vote = voteValueOf(policy);
  const settled = (logOdds: number, votes: number): boolean => judge({ logOdds, votes, scores: 1 }) !== 'ask';
  const wanted = (logOdds: number, votes: number): number => {
    const most = Math.min(votesPerRound, rule.maxVotes - votes);
    return Math.max(Math.min(most, rule.minVotes - votes), fewestToSettle(vote, { logOdds, votes }, { most, settled }));
  };
  const next = (logOdds: number, votes: number, scores: number): Routing => {
    const what = judge({ logOdds, votes, scores });
    if (what === 'ask') return { _tag: 'AskCrowd', votesWanted: wanted(logOdds, votes) };
    if (what === 'expert') return EXHAUSTED;
    return what === STALLED ? RETIRE_STALLED : RETIRE_FLOWING;
  };
  return ({ stackIds, logOdds, votes, scores }: Posterior): readonly Routing[] =>
    stackIds.map((_, s) => next(logOdds[s], votes[s], scores[s]));
};

/**
 * Whether a stack is in the audit of a policy, should it be retired. Never, where nothing is asked for by a certified rule.
 *
 * @example
 * const { policy } = Policy.fit()({ votes: Votes.EMPTY, gold: Gold.from({ chosen: 'random' })([]) });
 * Policy.audits(policy)('s1') // => false
 */
export const audits = (policy: Policy): ((stackId: string) => boolean) => {
  const audit = certifiedAsking(policy)?.audit;
  if (audit === undefined) return () => false;
  const drawn = isAudited(audit);
  // Of gold the policy knows the answer; nobody need look again.
  const known = new Set(policy.goldUsed);
  return (stackId) => drawn(stackId) && !known.has(stackId);
};

// Shared values: a million routed stacks need no million objects.
const RETIRE_FLOWING: Routing = { _tag: 'Retire', label: FLOWING };
const RETIRE_STALLED: Routing = { _tag: 'Retire', label: STALLED };
const EXHAUSTED: Routing = { _tag: 'AskExpert', reason: 'votes exhausted' };
