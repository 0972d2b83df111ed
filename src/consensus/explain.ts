import type { Label } from '../domain/label.js';
import { logistic, logit } from '../kernel/logit.js';
import type { VoteTable } from '../votes.js';
import type { Evidence } from './fuse.js';
import { voteEvidence } from './voteEvidence.js';

/** One term of a posterior. */
export type Contribution =
  | { readonly source: 'prevalence'; readonly nats: number }
  | { readonly source: 'model'; readonly nats: number }
  | { readonly source: 'vote'; readonly annotatorId: string; readonly label: Label; readonly nats: number };

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
 * @param evidence - the very evidence given to `fuse`
 * @param stackId - a stack of the table
 * @returns the terms, or `undefined` when the table does not know the stack
 * @throws RangeError when `skills` was estimated on another table
 * @example
 * const votes = Errors.getOrThrow(Votes.index([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const skills = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.8), specificity: Float64Array.of(0.9), support: Uint32Array.of(20), newcomer: { sensitivity: 0.7, specificity: 0.7 } };
 * Consensus.explain({ prevalence: 0.01, skills }, 's1')(votes)?.contributions.map((term) => [term.source, term.nats]) // => [['prevalence', -4.59512], ['vote', 2.07944]]
 */
export const explain =
  (evidence: Evidence, stackId: string) =>
  (votes: VoteTable): Explanation | undefined => {
    const s = votes.stackIds.indexOf(stackId);
    if (s < 0) return undefined;
    const worth = voteEvidence(evidence.skills, votes);
    const contributions: Contribution[] = [{ source: 'prevalence', nats: logit(evidence.prevalence) }];
    if (evidence.model !== undefined && evidence.model.scores[s] > 0) {
      contributions.push({ source: 'model', nats: evidence.model.nats[s] });
    }
    for (let v = votes.offsets[s]; v < votes.offsets[s + 1]; v++) {
      const a = votes.annotatorOf[v];
      const stalled = votes.label[v] === 1;
      contributions.push({
        source: 'vote',
        annotatorId: votes.annotatorIds[a],
        label: stalled ? 1 : 0,
        nats: stalled ? worth.stalled[a] : worth.flowing[a],
      });
    }
    let logOdds = 0;
    for (const term of contributions) logOdds += term.nats;
    return { stackId, contributions, logOdds, posterior: logistic(logOdds) };
  };
