import type { Recalibration } from '../../domain/evidence.js';
import { mixedLogOdds, slopeDraws } from '../optimise/slopes.js';

/** Weight of each of n votes on one stack, because they share its difficulty: 1 / (1 + (n − 1)ρ). */
export const effectiveVotes = (voteCorrelation: number, n: number): number =>
  n > 1 ? 1 / (1 + (n - 1) * voteCorrelation) : 1;

/**
 * The recalibrated log-odds of one stack from its terms; it rises with each of them.
 *
 * logit Σ_k w_k σ(prior + a_k · model + g_k · votes / (1 + (n − 1)ρ))   over 25 draws of (a, g)
 */
export const recalibrated = (
  recalibration: Recalibration,
): ((terms: {
  readonly prior: number;
  readonly model: number;
  readonly votes: number;
  readonly n: number;
}) => number) => {
  const { slopes, variance, voteCorrelation } = recalibration;
  const draws = slopeDraws({
    first: slopes.model,
    second: slopes.votes,
    variance: { first: variance.model, second: variance.votes, both: variance.both },
  });
  return ({ prior, model, votes, n }) =>
    // A stack without votes and score has exactly its prior.
    model === 0 && votes === 0 ? prior : mixedLogOdds(draws, prior, model, votes * effectiveVotes(voteCorrelation, n));
};
