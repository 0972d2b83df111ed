import type { Posterior } from '../../domain/posterior.js';
import type { VoteTable } from '../../domain/voteTable.js';

/**
 * The plain share of stalled votes, with equal weights: the baseline that every other method must beat.
 *
 * logOdds[s] = ln( (stalled + ½) / (flowing + ½) )
 *
 * A tie is exactly 0 and so visible; it is never silently "flowing". The half vote keeps unanimous stacks finite, and five
 * votes to none give more than two to none. A stack without votes is also 0, and its `votes` is 0.
 *
 * @returns log-odds aligned with `votes.stackIds`; they are a vote share, not a calibrated posterior
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }, { stackId: 's1', annotatorId: 'bob', label: 0 }]));
 * Consensus.majority()(votes).logOdds // => Float64Array [0]
 */
export const majority =
  () =>
  (votes: VoteTable): Posterior => {
    const { offsets, label } = votes;
    const n = votes.stackIds.length;
    const logOdds = new Float64Array(n);
    const count = new Uint32Array(n);
    for (let s = 0; s < n; s++) {
      let stalled = 0;
      for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled += label[v];
      count[s] = offsets[s + 1] - offsets[s];
      logOdds[s] = Math.log(stalled + 0.5) - Math.log(count[s] - stalled + 0.5);
    }
    return { stackIds: votes.stackIds, logOdds, votes: count, scores: new Uint32Array(n) };
  };
