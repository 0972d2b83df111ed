import type { Posterior } from '../../domain/posterior.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { votesPerAnnotator, votesPerStack } from '../../kernel/ids/voteColumns.js';

/** Settings of `wawa`. */
export interface WawaOptions {
  /** Votes added to each side, ≥ 0; default ½, as in `majority`. With 0 a unanimous stack is at ±Infinity. */
  readonly pseudo?: number;
}

/** A posterior with the weights it came from. */
export interface Wawa extends Posterior {
  readonly annotatorIds: readonly string[];
  /** Share of an annotator's votes that go with the majority, in [0, 1]; a vote on a tied stack agrees half. */
  readonly agreement: Float64Array;
}

/**
 * Worker agreement with aggregate: a majority in which an annotator weighs as much as they agree with the plain
 * majority.
 *
 * agreement[a] = mean over a's votes of [label = majority], ½ where the stack is tied
 * logOdds[s] = ln( (Σ agreement of stalled votes + pseudo) / (Σ agreement of flowing votes + pseudo) )
 *
 * Weights are agreement rates, so no vote is ever reversed, and a coin still weighs ½. A stack without votes
 * is 0, and its `votes` is 0.
 *
 * @param options - `pseudo: 0` gives the plain weighted share, as crowd-kit has it where nothing is tied or repeated
 * @returns log-odds aligned with `votes.stackIds`; a weighted vote share, not a calibrated posterior
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1].map((s) => ({ stackId: `s${s}`, annotatorId, label: annotatorId === 'cyd' && s === 1 ? 1 : 0 })))));
 * Consensus.wawa()(votes).logOdds // => Float64Array [-1.79176, -0.916291]
 * @see docs/math.md#wawa · Ustalov, Pavlichenko & Tseitlin (2024), Crowd-Kit, doi:10.21105/joss.06227
 */
export const wawa =
  ({ pseudo = 0.5 }: WawaOptions = {}) =>
  (votes: VoteTable): Wawa => {
    const { offsets, annotatorOf, label } = votes;
    const n = votes.stackIds.length;
    const cast = votesPerAnnotator(annotatorOf, votes.annotatorIds.length);
    // Halves are exact in binary, so these sums are too.
    const agreed = new Float64Array(cast.length);
    for (let s = 0; s < n; s++) {
      const lead = stalledLead(votes, s);
      for (let v = offsets[s]; v < offsets[s + 1]; v++) {
        if (lead === 0) agreed[annotatorOf[v]] += 0.5;
        else if (lead > 0 === (label[v] === 1)) agreed[annotatorOf[v]] += 1;
      }
    }
    const agreement = agreed.map((count, a) => (cast[a] === 0 ? 0.5 : count / cast[a]));
    const logOdds = new Float64Array(n);
    for (let s = 0; s < n; s++) {
      let stalled = pseudo;
      let flowing = pseudo;
      for (let v = offsets[s]; v < offsets[s + 1]; v++) {
        if (label[v] === 1) stalled += agreement[annotatorOf[v]];
        else flowing += agreement[annotatorOf[v]];
      }
      // Also where all weights are 0, which is a tie and not 0/0.
      logOdds[s] = stalled === flowing ? 0 : Math.log(stalled) - Math.log(flowing);
    }
    return {
      stackIds: votes.stackIds,
      logOdds,
      votes: votesPerStack(offsets),
      scores: new Uint32Array(n),
      annotatorIds: votes.annotatorIds,
      agreement,
    };
  };

/** Stalled votes less flowing votes. */
const stalledLead = ({ offsets, label }: VoteTable, s: number): number => {
  let lead = 0;
  for (let v = offsets[s]; v < offsets[s + 1]; v++) lead += 2 * label[v] - 1;
  return lead;
};
