import type { Recalibration } from '../domain/evidence.js';
import type { Skills } from '../domain/skills.js';
import { effectiveVotes } from '../kernel/crowd/recalibrated.js';
import { logistic } from '../kernel/special/logit.js';
import type { Prices } from './stopRule/index.js';

/** The value of one vote of an unknown annotator, and how fast it falls with more votes. Plain data. */
export interface VoteValue {
  /** Nats of a vote for stalled, > 0. */
  readonly stalled: number;
  /** Nats of a vote for flowing, < 0. */
  readonly flowing: number;
  /** ρ: n votes count as n / (1 + (n − 1)ρ). */
  readonly correlation: number;
}

/**
 * The value of the next vote under a policy: the crowd's pooled skill times the fitted slope of votes.
 *
 * @example
 * const skills = { annotatorIds: [], sensitivity: new Float64Array(0), specificity: new Float64Array(0), support: new Uint32Array(0), newcomer: { sensitivity: 0.8, specificity: 0.8 } };
 * Asking.voteValueOf({ skills }) // => { stalled: 1.38629, flowing: -1.38629, correlation: 0 }
 */
export const voteValueOf = ({
  skills,
  recalibration,
}: {
  readonly skills: Skills;
  readonly recalibration?: Recalibration | undefined;
}): VoteValue => {
  const { sensitivity, specificity } = skills.newcomer;
  const slope = recalibration?.slopes.votes ?? 1;
  return {
    stalled: slope * (Math.log(sensitivity) - Math.log1p(-specificity)),
    flowing: slope * (Math.log1p(-sensitivity) - Math.log(specificity)),
    correlation: recalibration?.voteCorrelation ?? 0,
  };
};

/** Change of the log-odds by `more` agreeing votes after `votes` others, per nat of one vote. */
const reach = (correlation: number, votes: number, more: number): number =>
  (votes + more) * effectiveVotes(correlation, votes + more) - votes * effectiveVotes(correlation, votes);

/**
 * The value of asking, per vote: the largest saving in expected cost per vote over any number of further votes.
 *
 * max over k of ( L(p) − q L(p₊) − (1 − q) L(p₋) ) / k,   L(p) = min(miss · p, expert, alarm · (1 − p)),   p = q p₊ + (1 − q) p₋
 *
 * p₊ and p₋ are the posteriors after k agreeing votes either way, which saturate with ρ; q follows because a posterior is a
 * martingale. The formula looks several votes ahead, because a single vote often changes no decision and would seem useless.
 *
 * @param prices - in votes: where the result is below 1, stop
 * @param vote - from `voteValueOf`
 * @param most - votes left to ask, ≥ 0
 * @returns votes saved per vote asked, ≥ 0
 * @example
 * const value = Asking.valueOfAsking({ miss: 1000, expert: 20, alarm: 40 }, { stalled: 2, flowing: -1, correlation: 0.4 }, 20);
 * value({ logOdds: -4, votes: 0 }) > 1 && value({ logOdds: -4, votes: 0 }) > value({ logOdds: -4, votes: 8 }) // => true
 * value({ logOdds: -12, votes: 0 }) < 1 // => true
 * @see docs/math.md#asking · Frazier & Powell (2010), doi:10.1287/deca.1100.0173 (looking several samples ahead)
 */
export const valueOfAsking =
  ({ miss, expert, alarm }: Prices, { stalled, flowing, correlation }: VoteValue, most: number) =>
  ({ logOdds, votes }: { readonly logOdds: number; readonly votes: number }): number => {
    const loss = (p: number): number => Math.min(miss * p, expert, alarm * (1 - p));
    const p = logistic(logOdds);
    let best = 0;
    for (let k = 1; k <= most; k++) {
      const far = reach(correlation, votes, k);
      const up = logistic(logOdds + far * stalled);
      const down = logistic(logOdds + far * flowing);
      if (!(up > down)) continue;
      const q = (p - down) / (up - down);
      best = Math.max(best, (loss(p) - q * loss(up) - (1 - q) * loss(down)) / k);
    }
    return best;
  };
