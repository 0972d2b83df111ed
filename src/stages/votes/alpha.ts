import { present } from '../../domain/present.js';
import type { VoteTable } from '../../domain/voteTable.js';

/**
 * Krippendorff's alpha for nominal labels: agreement beyond what the mix of labels alone would give.
 *
 * alpha = 1 − D_o / D_e over stacks with at least two votes, n votes in all, n_1 of them stalled:
 * D_o = (1/n) Σ_s 2 n_s1 n_s0 / (n_s − 1),   D_e = 2 n_1 n_0 / (n (n − 1))
 *
 * 1 is perfect agreement, 0 is chance, below 0 is disagreement by design. At 1 % stalled a crowd that misses every
 * stall together has no alpha at all: agreement is not accuracy.
 *
 * @returns a number of at most 1; `undefined` when no stack has two votes, or such stacks have votes of one label only
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob'].flatMap((annotatorId) =>
 *   [0, 1, 2].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (s === 1 && annotatorId === 'ann') ? 1 : 0 })))));
 * Votes.alpha(votes) // => 0.444444
 * @see docs/math.md#agreement · Krippendorff (1970), doi:10.1177/001316447003000105
 */
export const alpha = ({ offsets, label }: VoteTable): number | undefined => {
  let n = 0;
  let stalled = 0;
  let disagreement = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    const cast = offsets[s + 1] - offsets[s];
    if (cast < 2) continue;
    let stalledHere = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) stalledHere += label[v];
    n += cast;
    stalled += stalledHere;
    disagreement += (stalledHere * (cast - stalledHere)) / (cast - 1);
  }
  if (stalled === 0 || stalled === n) return undefined;
  // Both halves of D_o / D_e times n / 2, which cancel.
  return 1 - (disagreement * (n - 1)) / (stalled * (n - stalled));
};

/** How often two votes on one stack agree. */
export interface PairwiseAgreement {
  /** Pairs of votes on the same stack. */
  readonly pairs: number;
  readonly agreeing: number;
  /** agreeing / pairs; absent when no stack has two votes. */
  readonly share?: number;
}

/**
 * The share of pairs of votes on one stack that agree. Where stalls are rare it is high by itself: read it with `alpha`.
 *
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([['ann', 1], ['bob', 1], ['cat', 0]].map(([annotatorId, label]) => ({ stackId: 's1', annotatorId, label }))));
 * Votes.pairwiseAgreement(votes) // => { pairs: 3, agreeing: 1, share: 0.333333 }
 */
export const pairwiseAgreement = ({ offsets, label }: VoteTable): PairwiseAgreement => {
  let pairs = 0;
  let agreeing = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    const n = offsets[s + 1] - offsets[s];
    let stalled = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) stalled += label[v];
    pairs += (n * (n - 1)) / 2;
    agreeing += (stalled * (stalled - 1)) / 2 + ((n - stalled) * (n - stalled - 1)) / 2;
  }
  return present({ pairs, agreeing, share: pairs === 0 ? undefined : agreeing / pairs });
};
