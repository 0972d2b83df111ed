import type { Posterior } from '../../domain/posterior.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { type BccResult, bcc } from '../../kernel/crowd/bcc.js';
import { votesPerStack } from '../../kernel/ids/voteColumns.js';
import { type Seed, splitSeed } from '../../kernel/random/prng.js';

/** Settings of `ebcc`. */
export interface EbccOptions {
  /** Latent subtypes of each class, an integer ≥ 1; default 10. */
  readonly subtypes?: number;
  /** Random starts, an integer ≥ 1, of which the best evidence bound wins; default 5. */
  readonly starts?: number;
  /** Start i draws from the stream `ebcc/i` of this seed; default 1. */
  readonly seed?: Seed;
  /** Dirichlet counts of each confusion row, > 0; default 4 on the right cell and 1 on the wrong one. */
  readonly pseudo?: { readonly right: number; readonly wrong: number };
  /** Per start; default 500. */
  readonly maxIterations?: number;
  /** Stop when no P(stalled) moves by more than this; default 1e-3. */
  readonly tolerance?: number;
}

/** A posterior with the diagnostics of the best start. */
export interface Ebcc extends Posterior {
  /** Evidence lower bound in nats; never decreases with iterations. */
  readonly bound: number;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

/**
 * Enhanced Bayesian classifier combination: each class has latent subtypes, on each of which every annotator has a
 * skill of their own, so that annotators may err together on hard or odd stacks.
 *
 * ln q(z = k, g = m) ∝ E ln τ_k + E ln π_km + Σ E ln P(vote | k, m, a),   logOdds[s] = ln Σ_m q(1, m) − ln Σ_m q(0, m)
 *
 * with Dirichlet(0.1/M, …) on the subtypes and the vote shares as counts on the classes, as its authors ran it. The
 * bound has many maxima, hence several starts. The best bound need not be the best consensus, because subtypes may split
 * a class by something other than the truth (`medrelex_treat`: 83 % correct, where `ibcc` has a lower bound and 92 %).
 *
 * @param options - see `EbccOptions`; all have defaults
 * @returns log-odds aligned with `votes.stackIds`; a stack without votes has the expected prior log-odds
 * @throws RangeError when `starts` or `subtypes` is not a positive integer
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * [...Consensus.ebcc({ subtypes: 2, starts: 3 })(votes).logOdds].map(Math.sign) // => [1, -1, -1, -1]
 * @see docs/math.md#ebcc · Li, Rubinstein & Cohn (2019), ICML, proceedings.mlr.press/v97/li19i.html
 */
export const ebcc =
  (options: EbccOptions = {}) =>
  (votes: VoteTable): Ebcc => {
    const { subtypes = 10, starts = 5, seed = 1, pseudo = { right: 4, wrong: 1 } } = options;
    requireCount('subtypes', subtypes);
    requireCount('starts', starts);
    const { offsets, annotatorOf, label, annotatorIds, stackIds } = votes;
    const classPrior = shareCounts(votes);
    let best: BccResult | undefined;
    for (let i = 0; i < starts; i++) {
      const random = splitSeed(seed, `ebcc/${i}`);
      const fitted = bcc({
        offsets,
        annotatorOf,
        label,
        nAnnotators: annotatorIds.length,
        subtypes,
        // One draw for both classes, so that swapping the classes swaps the result.
        startInto: (out) => flatDirichletInto(out, random),
        classPrior,
        pseudo,
        maxIterations: options.maxIterations ?? 500,
        tolerance: options.tolerance ?? 1e-3,
      });
      if (best === undefined || fitted.bound > best.bound) best = fitted;
    }
    if (best === undefined) throw new RangeError('ebcc: expected at least one start, got none');
    return { stackIds, votes: votesPerStack(offsets), scores: new Uint32Array(stackIds.length), ...best };
  };

const requireCount = (name: string, value: number): void => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name}: expected an integer >= 1, got ${value}`);
};

/** Σ of vote shares for flowing and for stalled; at least one stack's worth each, where ψ would end. */
const shareCounts = ({ offsets, label }: VoteTable): [number, number] => {
  let flowing = 0;
  let stalled = 0;
  for (let s = 0; s + 1 < offsets.length; s++) {
    const n = offsets[s + 1] - offsets[s];
    if (n === 0) continue;
    let here = 0;
    for (let v = offsets[s]; v < offsets[s + 1]; v++) here += label[v];
    stalled += here / n;
    flowing += (n - here) / n;
  }
  return [Math.max(flowing, 1), Math.max(stalled, 1)];
};

/** Uniform on the simplex: exponentials over their sum. */
const flatDirichletInto = (out: Float64Array, random: () => number): void => {
  let total = 0;
  for (let m = 0; m < out.length; m++) {
    out[m] = -Math.log1p(-random());
    total += out[m];
  }
  // All draws 0 has probability 2^-53 per subtype; the first subtype then takes the stack.
  if (total === 0) out[0] = total = 1;
  for (let m = 0; m < out.length; m++) out[m] /= total;
};
