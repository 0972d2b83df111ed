/** From posteriors to what happens next: retire, ask the crowd, or ask an expert. */

import { FLOWING, STALLED } from '../domain/label.js';
import type { Band } from '../domain/operatingPoint.js';
import type { Posterior } from '../domain/posterior.js';
import { type Budget, DEFAULT_BUDGET, type Routing } from '../domain/routing.js';

export { type Budget, DEFAULT_BUDGET, decisionOf, type ExpertReason, type Routing } from '../domain/routing.js';

/**
 * Routes every stack under an operating point.
 *
 * log-odds < flowingBelow: retire as flowing · log-odds > stalledAbove: retire as stalled · otherwise ask
 *
 * Both comparisons are strict, which the certificate needs. A stack of which nothing was seen is never retired,
 * whatever its prior says; nor is anything retired on a side that is not certified.
 *
 * @param options - an operating point of `Thresholds.certify`, certified on posteriors made the same way; `budget`: 20 votes at most, 3 at a time when absent
 * @returns one routing per row of the posterior
 * @example
 * const posterior = { stackIds: ['s1', 's2', 's3'], logOdds: Float64Array.of(-7, 0.2, 3), votes: Uint32Array.of(5, 20, 4), scores: Uint32Array.of(1, 1, 1) };
 * Routing.route({ flowingBelow: -2, stalledAbove: 2 })(posterior) // => [{ _tag: 'Retire', label: 0 }, { _tag: 'AskExpert', reason: 'votes exhausted' }, { _tag: 'Retire', label: 1 }]
 */
export const route =
  ({ flowingBelow, stalledAbove, budget = DEFAULT_BUDGET }: Band & { readonly budget?: Budget | undefined }) =>
  (posterior: Posterior): readonly Routing[] => {
    const { maxVotes, votesPerRound } = budget;
    const routing: Routing[] = new Array(posterior.stackIds.length);
    for (let s = 0; s < routing.length; s++) {
      const z = posterior.logOdds[s];
      const votes = posterior.votes[s];
      const seen = votes + posterior.scores[s] > 0;
      if (seen && flowingBelow !== undefined && z < flowingBelow) routing[s] = RETIRE_FLOWING;
      else if (seen && stalledAbove !== undefined && z > stalledAbove) routing[s] = RETIRE_STALLED;
      else if (votes >= maxVotes) routing[s] = EXHAUSTED;
      else routing[s] = { _tag: 'AskCrowd', votesWanted: Math.min(votesPerRound, maxVotes - votes) };
    }
    return routing;
  };

// Shared values: a million routed stacks need no million objects.
const RETIRE_FLOWING: Routing = { _tag: 'Retire', label: FLOWING };
const RETIRE_STALLED: Routing = { _tag: 'Retire', label: STALLED };
const EXHAUSTED: Routing = { _tag: 'AskExpert', reason: 'votes exhausted' };
