import type { ModelEvidence } from '../calibration.js';
import type { Posterior } from '../consensus.js';
import { fuseInto } from '../kernel/fuse.js';
import { logit } from '../kernel/logit.js';
import type { Skills } from '../skills.js';
import type { VoteTable } from '../votes.js';
import { voteEvidence } from './voteEvidence.js';

/** What is known apart from the votes themselves. */
export interface Evidence {
  /** P(stalled) in the population at hand, in (0, 1). */
  readonly prevalence: number;
  /** Rows follow `votes.annotatorIds`; see `Skills.alignedTo`. */
  readonly skills: Skills;
  /** Rows follow `votes.stackIds`; see `Calibration.evidence`. */
  readonly model?: ModelEvidence;
}

/**
 * Fuses crowd votes and model evidence into one posterior per stack.
 *
 * logOdds[s] = logit(prevalence) + model[s] + Σ over votes of llr(annotator, label)      (nats)
 *
 * Additive and so auditable (`Consensus.explain`). It assumes that sources err independently given the truth; votes on
 * one stack share its difficulty, so far-out posteriors are too sure of themselves. Certify thresholds on what it
 * returns (`Thresholds.certify`): a wrong assumption then costs coverage, never validity.
 *
 * @param evidence - prevalence in (0, 1); `skills` and `model` aligned with the votes
 * @returns log-odds aligned with `votes.stackIds`
 * @throws RangeError when `skills` or `model` was estimated on another table (a bug, not bad data)
 * @example
 * const votes = Errors.getOrThrow(Votes.index([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const skills = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.8), specificity: Float64Array.of(0.9), support: Uint32Array.of(20), newcomer: { sensitivity: 0.7, specificity: 0.7 } };
 * Consensus.fuse({ prevalence: 0.01, skills })(votes).logOdds // => Float64Array [-2.51568]
 * @see docs/math.md#fusion · Dawid & Skene (1979), doi:10.2307/2346806
 */
export const fuse =
  ({ prevalence, skills, model }: Evidence) =>
  (votes: VoteTable): Posterior => {
    const n = votes.stackIds.length;
    if (!(prevalence > 0 && prevalence < 1))
      throw RangeError(`prevalence: expected a number in (0, 1), got ${prevalence}`);
    if (model !== undefined && model.nats.length !== n) {
      throw RangeError(`model: expected evidence for ${n} stacks, got ${model.nats.length}`);
    }
    const logOdds = new Float64Array(n).fill(logit(prevalence));
    if (model !== undefined) for (let s = 0; s < n; s++) logOdds[s] += model.nats[s];
    fuseInto(votes, voteEvidence(skills, votes), { logOdds });
    return {
      stackIds: votes.stackIds,
      logOdds,
      votes: votesPerStack(votes),
      scores: model?.scores ?? new Uint32Array(n),
    };
  };

const votesPerStack = ({ offsets }: VoteTable): Uint32Array => {
  const votes = new Uint32Array(offsets.length - 1);
  for (let s = 0; s < votes.length; s++) votes[s] = offsets[s + 1] - offsets[s];
  return votes;
};
