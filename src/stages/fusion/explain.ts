import type { Evidence } from '../../domain/evidence.js';
import type { Label } from '../../domain/label.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { voteEvidence } from '../../kernel/crowd/fuse.js';
import { effectiveVotes, recalibrated } from '../../kernel/crowd/recalibrated.js';
import { logistic, logit } from '../../kernel/special/logit.js';

/** One term of a posterior. */
export type Contribution =
  | { readonly source: 'prevalence'; readonly nats: number }
  | { readonly source: 'model'; readonly nats: number }
  | { readonly source: 'vote'; readonly annotatorId: string; readonly label: Label; readonly nats: number }
  /** What the uncertainty of the slopes takes back, because they were fitted on a limited amount of gold. */
  | { readonly source: 'parameterUncertainty'; readonly nats: number };

/** Why a stack has the posterior it has: the terms add up to `logOdds` exactly, in this order. */
export interface Explanation {
  readonly stackId: string;
  readonly contributions: readonly Contribution[];
  readonly logOdds: number;
  /** P(stalled | everything seen). */
  readonly posterior: number;
}

/**
 * Takes one posterior of `fuse` apart into its additive terms, in nats.
 *
 * With a recalibration, model and votes count with their fitted slopes, and one more term, `parameterUncertainty`, is what the average
 * over the uncertain slopes takes back.
 *
 * @param options - the evidence that was given to `fuse`; `stackId`: a stack of the table
 * @returns the terms, or `undefined` when the table does not know the stack
 * @throws RangeError when `skills` was estimated on another table
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const skills = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.8), specificity: Float64Array.of(0.9), support: Uint32Array.of(20), newcomer: { sensitivity: 0.7, specificity: 0.7 } };
 * Consensus.explain({ prevalence: 0.01, skills, stackId: 's1' })(votes)?.contributions.map((term) => [term.source, term.nats]) // => [['prevalence', -4.59512], ['vote', 2.07944]]
 */
export const explain =
  ({ stackId, ...evidence }: Evidence & { readonly stackId: string }) =>
  (votes: VoteTable): Explanation | undefined => {
    const s = votes.stackIds.indexOf(stackId);
    if (s < 0) return undefined;
    const { recalibration } = evidence;
    const perVote = voteEvidence(evidence.skills, votes);
    const n = votes.offsets[s + 1] - votes.offsets[s];
    const perModelNat = recalibration?.slopes.model ?? 1;
    const perVoteNat =
      recalibration === undefined ? 1 : recalibration.slopes.votes * effectiveVotes(recalibration.voteCorrelation, n);
    const contributions: Contribution[] = [{ source: 'prevalence', nats: logit(evidence.prevalence) }];
    let model = 0;
    if (evidence.model !== undefined && evidence.model.scores[s] > 0) {
      model = evidence.model.nats[s];
      contributions.push({ source: 'model', nats: perModelNat * model });
    }
    let voteNats = 0;
    for (let v = votes.offsets[s]; v < votes.offsets[s + 1]; v++) {
      const a = votes.annotatorOf[v];
      const stalled = votes.label[v] === 1;
      const nats = stalled ? perVote.stalled[a] : perVote.flowing[a];
      voteNats += nats;
      contributions.push({
        source: 'vote',
        annotatorId: votes.annotatorIds[a],
        label: stalled ? 1 : 0,
        nats: perVoteNat * nats,
      });
    }
    const logOdds =
      recalibration === undefined
        ? sumOf(contributions)
        : recalibrated(recalibration)({ prior: logit(evidence.prevalence), model, votes: voteNats, n });
    if (recalibration !== undefined && contributions.length > 1) {
      contributions.push({ source: 'parameterUncertainty', nats: closing(sumOf(contributions), logOdds) });
    }
    return { stackId, contributions, logOdds, posterior: logistic(logOdds) };
  };

const sumOf = (contributions: readonly Contribution[]): number => {
  let sum = 0;
  for (const term of contributions) sum += term.nats;
  return sum;
};

/** The last term, with which a sum is exactly `total`, where rounding allows it. */
const closing = (sum: number, total: number): number => {
  const rest = total - sum;
  return rest + (total - (sum + rest));
};
