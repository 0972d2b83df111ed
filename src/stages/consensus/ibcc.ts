import type { Posterior } from '../../domain/posterior.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { bcc } from '../../kernel/crowd/bcc.js';
import { votesPerStack } from '../../kernel/ids/voteColumns.js';

/** Settings of `ibcc`. */
export interface IbccOptions {
  /** Dirichlet counts of each confusion row, > 0; default 4 on the right cell and 1 on the wrong one. */
  readonly pseudo?: { readonly right: number; readonly wrong: number };
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Stop when no P(stalled) moves by more than this; default 1e-6. */
  readonly tolerance?: number;
}

/** A posterior with the diagnostics of its fit. */
export interface Ibcc extends Posterior {
  /** Evidence lower bound in nats; never decreases with iterations. */
  readonly bound: number;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

/**
 * Independent Bayesian classifier combination: Dawid and Skene's model with priors, integrated by variational Bayes.
 *
 * logOdds[s] = E ln τ₁ − E ln τ₀ + Σ over votes of ( E ln P(vote | stalled, a) − E ln P(vote | flowing, a) )
 *
 * with E ln θ_i = ψ(counts_i) − ψ(Σ counts) and Dirichlet(1, 1) on the classes τ. The fewer votes a rate rests on, the
 * further its expected log lies below its log, most of all for small rates.
 *
 * @param options - see `IbccOptions`; all have defaults
 * @returns log-odds aligned with `votes.stackIds`; a stack without votes has the expected prior log-odds
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * [...Consensus.ibcc()(votes).logOdds].map(Math.sign) // => [1, -1, -1, -1]
 * @see docs/math.md#ibcc · Kim & Ghahramani (2012), proceedings.mlr.press/v22/kim12.html ·
 * Simpson et al. (2013), doi:10.1007/978-3-642-36406-8_1
 */
export const ibcc =
  ({ pseudo = { right: 4, wrong: 1 }, maxIterations = 1000, tolerance = 1e-6 }: IbccOptions = {}) =>
  (votes: VoteTable): Ibcc => {
    const { offsets, annotatorOf, label, annotatorIds, stackIds } = votes;
    const fitted = bcc({
      offsets,
      annotatorOf,
      label,
      nAnnotators: annotatorIds.length,
      subtypes: 1,
      startInto: (out) => out.fill(1),
      classPrior: [1, 1],
      pseudo,
      maxIterations,
      tolerance,
    });
    return { stackIds, votes: votesPerStack(offsets), scores: new Uint32Array(stackIds.length), ...fitted };
  };
