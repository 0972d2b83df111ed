import type { Posterior } from '../domain/posterior.js';
import { ASK_EXPERT, RETIRE, type Routing } from '../domain/routing.js';
import { type Audit, isAudited } from './audit.js';
import type { Costs } from './bounds.js';
import { type Rule, requireRule, stop } from './rule.js';
import { fewestToSettle, type VoteValue, valueOfAsking } from './voteValue.js';

/** How people are asked. Plain data. */
export interface AskingPlan {
  readonly rule: Rule;
  /** Votes to ask for at a time, ≥ 1; 1 is cheapest, more is quicker. */
  readonly votesPerRound: number;
  /** Value of one vote. With it, no more votes are asked for at a time than could settle a stack. */
  readonly vote?: VoteValue;
  /** Costs of errors, in votes. With it and `vote`, a budget goes where a vote has the highest value. */
  readonly costs?: Costs;
  readonly audit?: Audit;
}

/** What happens next; rows follow the posterior. */
export interface Asked {
  readonly routing: readonly Routing[];
  /** 1 where a retired stack is audited: people vote on it blindly. The decision stands meanwhile. */
  readonly audited: Uint8Array;
  /** Total number of votes wanted. */
  readonly votesWanted: number;
  /** Stacks that a budget could not serve in this round. */
  readonly waiting: Uint8Array;
}

/**
 * What happens next to each stack: retire, ask the crowd for some votes, or ask an expert.
 *
 * A stack's routing depends on its own row alone; only a budget makes stacks compete.
 *
 * @param plan - from `Policy.askingPlan`, or with a rule certified by `Replay.certifyRule`
 * @param budget - votes available in this round; default as many as are wanted
 * @returns rows follow the posterior; stacks the budget cannot serve keep their routing and are marked `waiting`
 * @throws RangeError when `votesPerRound` is below 1 or the rule cannot be followed
 * @example
 * const posterior = { stackIds: ['s1', 's2', 's3'], logOdds: Float64Array.of(-7, 0.2, 3), votes: Uint32Array.of(5, 20, 4), scores: Uint32Array.of(1, 1, 1) };
 * const rule = Asking.constant({ flowingBelow: -2, stalledAbove: 4 }, { maxVotes: 20 });
 * Asking.next({ rule, votesPerRound: 3 })(posterior).routing // => [{ _tag: 'Retire', label: 0 }, { _tag: 'AskExpert', reason: 'votes exhausted' }, { _tag: 'AskCrowd', votesWanted: 3 }]
 */
export const next = (plan: AskingPlan, budget = Number.POSITIVE_INFINITY): ((posterior: Posterior) => Asked) => {
  const { rule, votesPerRound, vote, audit } = plan;
  requireRule(rule);
  if (!(votesPerRound >= 1)) throw RangeError(`votesPerRound: expected at least 1, got ${votesPerRound}`);
  const judge = stop(rule);
  const audited = audit === undefined ? undefined : isAudited(audit);
  const wanted = (logOdds: number, votes: number): number => {
    const most = Math.min(votesPerRound, rule.maxVotes - votes);
    const owed = Math.min(most, rule.minVotes - votes);
    if (vote === undefined) return most;
    const settled = (z: number, n: number): boolean => judge({ logOdds: z, votes: n, scores: 1 }) !== 'ask';
    return Math.max(owed, fewestToSettle(vote, { logOdds, votes }, { most, settled }));
  };
  return (posterior) => {
    const { stackIds, logOdds, votes, scores } = posterior;
    const routing: Routing[] = new Array(stackIds.length);
    const blinded = new Uint8Array(stackIds.length);
    for (let s = 0; s < stackIds.length; s++) {
      const what = judge({ logOdds: logOdds[s], votes: votes[s], scores: scores[s] });
      if (what === 'expert') routing[s] = ASK_EXPERT;
      else if (what === 'ask') routing[s] = { _tag: 'AskCrowd', votesWanted: wanted(logOdds[s], votes[s]) };
      else {
        routing[s] = RETIRE[what];
        if (audited?.(stackIds[s]) === true) blinded[s] = 1;
      }
    }
    return { routing, audited: blinded, ...serve(plan, posterior, { routing, budget }) };
  };
};

/** Which stacks wait when votes are short: those where a vote has the lowest value; without costs, those furthest from even odds. */
const serve = (
  { rule, vote, costs }: AskingPlan,
  { logOdds, votes }: Posterior,
  { routing, budget }: { readonly routing: readonly Routing[]; readonly budget: number },
): Pick<Asked, 'votesWanted' | 'waiting'> => {
  const waiting = new Uint8Array(routing.length);
  const asking: { readonly s: number; readonly wanted: number }[] = [];
  let all = 0;
  routing.forEach((row, s) => {
    if (row._tag !== 'AskCrowd') return;
    asking.push({ s, wanted: row.votesWanted });
    all += row.votesWanted;
  });
  if (all <= budget) return { votesWanted: all, waiting };
  const value =
    vote === undefined || costs === undefined
      ? ({ logOdds: z }: { readonly logOdds: number }): number => -Math.abs(z)
      : valueOfAsking(costs, vote, rule.maxVotes);
  const priced = asking.map((row) => ({ ...row, value: value({ logOdds: logOdds[row.s], votes: votes[row.s] }) }));
  priced.sort((a, b) => b.value - a.value || a.s - b.s);
  let left = budget;
  for (const { s, wanted } of priced) {
    if (wanted <= left) left -= wanted;
    else waiting[s] = 1;
  }
  return { votesWanted: budget - left, waiting };
};
