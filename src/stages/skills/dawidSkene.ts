import type { Gold } from '../../domain/gold.js';
import { present, withJson } from '../../domain/present.js';
import type { MeasuredSkills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { em } from '../../kernel/crowd/em.js';
import { FREE } from '../../kernel/crowd/emVotes.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';

/** Settings of `dawidSkene`. */
export interface DawidSkeneOptions {
  /** Stacks whose truth is known; it clamps the expectation step. */
  readonly gold?: Gold<'fit'>;
  /**
   * Pseudo-votes per confusion row: `right` on the correct cell, `wrong` on the other. Default 4 and 1; `null` switches
   * smoothing off (plain maximum likelihood, where one unlucky cell can be worth 23 nats).
   */
  readonly pseudo?: { readonly right: number; readonly wrong: number } | null;
  /**
   * Skills of an earlier batch, by annotator id: their Beta posteriors take the place of `pseudo`. A `weight` of 1 counts old
   * votes as if cast today, ½ as half a vote each. Annotators it does not know start from `pseudo`.
   */
  readonly prior?: { readonly skills: MeasuredSkills; readonly weight: number };
  /** Fixed P(stalled) in (0, 1); estimated from stacks without gold when absent. */
  readonly prevalence?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
  /** Stop when the objective gains less than this per vote (nats); default 1e-9. */
  readonly tolerance?: number;
}

/** Skills with the diagnostics of the fit. */
export interface DawidSkene extends MeasuredSkills {
  /** P(stalled) among stacks without gold, in (0, 1). */
  readonly prevalence: number;
  /** Log-likelihood of the votes under exactly these skills and this prevalence, in nats. */
  readonly logLikelihood: number;
  /** Log-likelihood plus log-prior after each iteration; never decreases. */
  readonly trace: Float64Array;
  /** False when `maxIterations` came first. */
  readonly converged: boolean;
}

/** An annotator starts four right votes and one wrong one ahead, in each class: the prior of IBCC and rater. */
const DEFAULT_PSEUDO = { right: 4, wrong: 1 };
const NO_PSEUDO = { right: 0, wrong: 0 };

/**
 * Skills without gold, or with a little of it: Dawid and Skene's model by expectation–maximisation in log space.
 *
 * maximises Σ_s ln( π Π P(vote | stalled, a) + (1 − π) Π P(vote | flowing, a) ) + ln prior
 *
 * The returned skills and prevalence belong together: `Consensus.fuse` with both gives the posterior of the last
 * expectation step. Starts from vote shares. At 1 % prevalence give it gold: without, it may find hard against easy.
 *
 * @param options - see `DawidSkeneOptions`; all have defaults
 * @returns skills whose rows follow `votes.annotatorIds`, with prevalence, log-likelihood and its trace
 * @example
 * const votes = Errors.getOrThrow(Votes.from()(['ann', 'bob', 'cyd'].flatMap((annotatorId) =>
 *   [0, 1, 2, 3].map((s) => ({ stackId: `s${s}`, annotatorId, label: s === 0 || (annotatorId === 'cyd' && s === 1) ? 1 : 0 })))));
 * const skills = Skills.dawidSkene()(votes);
 * skills.converged // => true
 * skills.specificity[skills.annotatorIds.indexOf('cyd')] < skills.specificity[skills.annotatorIds.indexOf('ann')] // => true
 * @see docs/math.md#dawid-skene · Dawid & Skene (1979), doi:10.2307/2346806
 */
export const dawidSkene =
  (options: DawidSkeneOptions = {}) =>
  (votes: VoteTable): DawidSkene => {
    const clamp = new Uint8Array(votes.stackIds.length).fill(FREE);
    if (options.gold !== undefined) {
      const rows = rowOfId(votes.stackIds);
      for (let g = 0; g < options.gold.stackIds.length; g++) {
        const s = rows.get(options.gold.stackIds[g]);
        if (s !== undefined) clamp[s] = options.gold.label[g];
      }
    }
    const pseudo = options.pseudo === null ? NO_PSEUDO : (options.pseudo ?? DEFAULT_PSEUDO);
    const tolerance = options.tolerance ?? 1e-9;
    const fitted = em(
      present({
        offsets: votes.offsets,
        annotatorOf: votes.annotatorOf,
        label: votes.label,
        nAnnotators: votes.annotatorIds.length,
        clamp,
        pseudo,
        carried: options.prior === undefined ? undefined : carriedOver(options.prior, pseudo, votes),
        prevalence: options.prevalence,
        maxIterations: options.maxIterations ?? 1000,
        tolerance,
        accelerate: pseudo.right > 0 && pseudo.wrong > 0 && tolerance !== Number.NEGATIVE_INFINITY,
      }),
    );
    return withJson({
      annotatorIds: votes.annotatorIds,
      sensitivity: fitted.sensitivity,
      specificity: fitted.specificity,
      support: fitted.support,
      newcomer: fitted.pooled,
      weight: fitted.weight,
      prevalence: fitted.prevalence,
      logLikelihood: fitted.logLikelihood,
      trace: fitted.trace,
      converged: fitted.converged,
    });
  };

/** What earlier votes add beyond `pseudo`, four per annotator: missed, cleared, caught, alarmed. */
const carriedOver = (
  { skills, weight }: NonNullable<DawidSkeneOptions['prior']>,
  pseudo: { readonly right: number; readonly wrong: number },
  votes: VoteTable,
): Float64Array => {
  const rows = rowOfId(skills.annotatorIds);
  const carried = new Float64Array(4 * votes.annotatorIds.length);
  votes.annotatorIds.forEach((id, a) => {
    const row = rows.get(id);
    if (row === undefined) return;
    const [sensitivity, specificity] = [skills.sensitivity[row], skills.specificity[row]];
    const [stalled, flowing] = [weight * skills.weight.stalled[row], weight * skills.weight.flowing[row]];
    carried[4 * a] = Math.max(0, (1 - sensitivity) * stalled - pseudo.wrong);
    carried[4 * a + 1] = Math.max(0, specificity * flowing - pseudo.right);
    carried[4 * a + 2] = Math.max(0, sensitivity * stalled - pseudo.right);
    carried[4 * a + 3] = Math.max(0, (1 - specificity) * flowing - pseudo.wrong);
  });
  return carried;
};
