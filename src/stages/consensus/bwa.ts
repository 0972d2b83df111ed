import type { Posterior } from '../../domain/posterior.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { bwaEm as fit } from '../../kernel/crowd/bwa.js';
import { votesPerStack } from '../../kernel/ids/voteColumns.js';

/** Settings of `bwa`. */
export interface BwaOptions {
  /** Pseudo-votes behind each annotator's variance, > 0; default 15, the authors'. */
  readonly strength?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Stop when every z moves by less than this part of min(z, 1 − z); default 1e-6. */
  readonly tolerance?: number;
}

/** A posterior with the weights it came from. */
export interface Bwa extends Posterior {
  readonly annotatorIds: readonly string[];
  /** Precision of an annotator's votes, > 0: 1 / variance around the consensus, shrunken towards the crowd's. */
  readonly weight: Float64Array;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

/**
 * Bayesian weighted average: a vote y ∈ {0, 1} is a Gaussian reading of the stack's z, more precise by better
 * annotators.
 *
 * z[s] = (μ + Σ w[a] y) / (1 + Σ w[a]),   w[a] = (A + n[a]) / (b + Σ (z − y)²),   logOdds[s] = logit z[s]
 * with μ the mean z, A = `strength`, and b = 2 A · mean over votes of z₀ (1 − z₀) from the vote shares z₀
 *
 * On most crowds it has the best log-loss of the standard methods, because weights add to shares and not to certainty. But
 * it cannot see bias, so it cannot correct a crowd that leans to flowing (75.9 % on `bluebird`, where `dawidSkene` has 89 %).
 *
 * @param options - see `BwaOptions`; all have defaults
 * @returns log-odds aligned with `votes.stackIds`; a stack without votes is at logit μ
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * const posterior = Consensus.bwa()(votes);
 * [...posterior.logOdds].map(Math.sign) // => [1, -1, -1, -1]
 * posterior.weight[posterior.annotatorIds.indexOf('cyd')] < posterior.weight[posterior.annotatorIds.indexOf('ann')] // => true
 * @see docs/math.md#bwa · Li, Rubinstein & Cohn (2019), Truth inference at scale, doi:10.48550/arXiv.1902.08918
 */
export const bwa =
  ({ strength = 15, maxIterations = 1000, tolerance = 1e-6 }: BwaOptions = {}) =>
  (votes: VoteTable): Bwa => {
    const { offsets, annotatorOf, label, annotatorIds, stackIds } = votes;
    const nAnnotators = annotatorIds.length;
    const fitted = fit({ offsets, annotatorOf, label, nAnnotators, strength, maxIterations, tolerance });
    const scores = new Uint32Array(stackIds.length);
    return { stackIds, votes: votesPerStack(offsets), scores, annotatorIds, ...fitted };
  };
