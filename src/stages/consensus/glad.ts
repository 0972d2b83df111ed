import type { Posterior } from '../../domain/posterior.js';
import { present } from '../../domain/present.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { gladEm as fit } from '../../kernel/crowd/glad.js';
import { votesPerStack } from '../../kernel/ids/voteColumns.js';

/** Settings of `glad`. */
export interface GladOptions {
  /** P(stalled) in (0, 1), default ½ as in the published code, or `estimated` with one pseudo-stack of each class. */
  readonly prevalence?: number | 'estimated';
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Stop when the objective gains less than this per vote (nats); default 1e-8. */
  readonly tolerance?: number;
}

/** A posterior with the parameters it came from. */
export interface Glad extends Posterior {
  readonly annotatorIds: readonly string[];
  /** α of each annotator: 0 guesses, below 0 is wrong more often than right; 1 unless the votes say otherwise. */
  readonly ability: Float64Array;
  /** β of each stack: the larger, the easier; 1 unless the votes say otherwise. */
  readonly easiness: Float64Array;
  /** P(stalled), given or estimated. */
  readonly prevalence: number;
  /** Log-likelihood plus log-prior after each iteration; never decreases. */
  readonly trace: Float64Array;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

/**
 * Generative model of labels, abilities and difficulties: a vote is right more often on an easy stack.
 *
 * P(vote right) = σ(α[a] e^β[s]),   α, β ~ N(1, 1)
 * logOdds[s] = logit π + e^β[s] ( Σ α of stalled votes − Σ α of flowing votes )
 *
 * at a maximum of the marginal likelihood times the priors, to which every iteration climbs. All votes
 * on an easy stack weigh more, so agreement counts as proof; and one ability for both classes cannot tell bias from noise.
 * Where π is estimated, it absorbs the bias and may be far off (`d_product`, 12 % stalled: π = 2.4 %, MCC .35 instead of
 * .62).
 *
 * @param options - see `GladOptions`; all have defaults
 * @returns log-odds aligned with `votes.stackIds`; a stack without votes is at logit π
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * const posterior = Consensus.glad()(votes);
 * [...posterior.logOdds].map(Math.sign) // => [1, -1, -1, -1]
 * posterior.ability[posterior.annotatorIds.indexOf('cyd')] < posterior.ability[posterior.annotatorIds.indexOf('ann')] // => true
 * @see docs/math.md#glad · Whitehill et al. (2009), NIPS 22, Whose vote should count more ·
 * Jaakkola & Jordan (2000), doi:10.1023/A:1008932416310
 */
export const glad =
  ({ prevalence = 0.5, maxIterations = 1000, tolerance = 1e-8 }: GladOptions = {}) =>
  (votes: VoteTable): Glad => {
    const { offsets, annotatorOf, label, annotatorIds, stackIds } = votes;
    if (prevalence !== 'estimated' && !(prevalence > 0 && prevalence < 1)) {
      throw new RangeError(`prevalence: expected a number in (0, 1), got ${prevalence}`);
    }
    const fitted = fit(
      present({
        offsets,
        annotatorOf,
        label,
        nAnnotators: annotatorIds.length,
        prevalence: prevalence === 'estimated' ? undefined : prevalence,
        maxIterations,
        tolerance,
      }),
    );
    const scores = new Uint32Array(stackIds.length);
    return { stackIds, votes: votesPerStack(offsets), scores, annotatorIds, ...fitted };
  };
