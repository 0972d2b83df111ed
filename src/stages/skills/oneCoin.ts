import type { Gold } from '../../domain/gold.js';
import { present, withJson } from '../../domain/present.js';
import type { Skills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { FREE } from '../../kernel/crowd/emVotes.js';
import { oneCoinEm } from '../../kernel/crowd/oneCoin.js';
import { rowOfId, votesPerAnnotator } from '../../kernel/ids/voteColumns.js';

/** Settings of `oneCoin`. */
export interface OneCoinOptions {
  /** Stacks whose truth is known; it clamps the expectation step. */
  readonly gold?: Gold<'fit'>;
  /** Pseudo-votes of each annotator, default 4 right and 1 wrong; `null` is plain maximum likelihood. */
  readonly pseudo?: { readonly right: number; readonly wrong: number } | null;
  /** Fixed P(stalled) in (0, 1); estimated from stacks without gold when absent. */
  readonly prevalence?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Stop when the objective gains less than this per vote (nats); default 1e-9. */
  readonly tolerance?: number;
}

/** Skills with `sensitivity` = `specificity` = accuracy, with the diagnostics of the fit. */
export interface OneCoin extends Skills {
  /** P(stalled) among stacks without gold, in (0, 1). */
  readonly prevalence: number;
  /** Log-likelihood of the votes under exactly these skills and this prevalence, in nats. */
  readonly logLikelihood: number;
  /** Log-likelihood plus log-prior after each iteration; never decreases. */
  readonly trace: Float64Array;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

const DEFAULT_PSEUDO = { right: 4, wrong: 1 };
const NO_PSEUDO = { right: 0, wrong: 0 };

/**
 * One accuracy per annotator, the same for stalled and flowing stacks: half of Dawid and Skene's parameters.
 *
 * maximises Σ_s ln( π Π P(vote | stalled, a) + (1 − π) Π P(vote | flowing, a) ) + ln prior,   P(right | a) = accuracy[a]
 *
 * For annotators with a handful of votes. It cannot tell bias from noise: where a crowd calls too many stacks flowing,
 * it may end with next to none stalled and every annotator half right (58 % on `bluebird`, where `dawidSkene` has 89
 * %).
 *
 * @param options - see `OneCoinOptions`; all have defaults
 * @returns skills whose rows follow `votes.annotatorIds`; fuse them with the returned prevalence
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * const skills = Skills.oneCoin()(votes);
 * [...skills.sensitivity].every((rate, a) => rate === skills.specificity[a]) // => true
 * skills.sensitivity[skills.annotatorIds.indexOf('cyd')] < skills.sensitivity[skills.annotatorIds.indexOf('ann')] // => true
 * @see docs/math.md#one-coin · Zhang, Chen, Zhou & Jordan (2016), §5, jmlr.org/papers/v17/14-511.html ·
 * Dawid & Skene (1979), doi:10.2307/2346806
 */
export const oneCoin =
  (options: OneCoinOptions = {}) =>
  (votes: VoteTable): OneCoin => {
    const { offsets, annotatorOf, label } = votes;
    const nAnnotators = votes.annotatorIds.length;
    const fitted = oneCoinEm(
      present({
        offsets,
        annotatorOf,
        label,
        nAnnotators,
        clamp: clampBy(options.gold, votes.stackIds),
        pseudo: options.pseudo === null ? NO_PSEUDO : (options.pseudo ?? DEFAULT_PSEUDO),
        prevalence: options.prevalence,
        maxIterations: options.maxIterations ?? 1000,
        tolerance: options.tolerance ?? 1e-9,
      }),
    );
    return withJson({
      annotatorIds: votes.annotatorIds,
      sensitivity: fitted.accuracy,
      specificity: fitted.accuracy.slice(),
      support: votesPerAnnotator(annotatorOf, nAnnotators),
      newcomer: { sensitivity: fitted.pooled, specificity: fitted.pooled },
      prevalence: fitted.prevalence,
      logLikelihood: fitted.logLikelihood,
      trace: fitted.trace,
      converged: fitted.converged,
    });
  };

const clampBy = (gold: Gold<'fit'> | undefined, stackIds: readonly string[]): Uint8Array => {
  const clamp = new Uint8Array(stackIds.length).fill(FREE);
  if (gold === undefined) return clamp;
  const rows = rowOfId(stackIds);
  for (let g = 0; g < gold.stackIds.length; g++) {
    const s = rows.get(gold.stackIds[g]);
    if (s !== undefined) clamp[s] = gold.label[g];
  }
  return clamp;
};
