import type { Skills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';

/** What one vote of each annotator is worth, in nats towards stalled; row a describes `annotatorIds[a]`. */
export interface VoteEvidence {
  /** ln( sensitivity / (1 − specificity) ): positive for an annotator better than chance. */
  readonly stalled: Float64Array;
  /** ln( (1 − sensitivity) / specificity ): negative for an annotator better than chance. */
  readonly flowing: Float64Array;
}

/**
 * The log-likelihood ratios of a stalled and of a flowing vote, per annotator.
 *
 * @throws RangeError when `skills` was estimated on another table (a bug, not bad data)
 */
export const voteEvidence = (skills: Skills, votes: VoteTable): VoteEvidence => {
  const n = votes.annotatorIds.length;
  if (skills.annotatorIds.length !== n) {
    throw RangeError(
      `skills: expected ${n} annotators, got ${skills.annotatorIds.length}; use Skills.alignedTo(votes)`,
    );
  }
  if (skills.annotatorIds !== votes.annotatorIds) {
    for (let a = 0; a < n; a++) {
      if (skills.annotatorIds[a] !== votes.annotatorIds[a]) {
        throw RangeError(
          `skills: expected annotator "${votes.annotatorIds[a]}" in row ${a}, got "${skills.annotatorIds[a]}"; use Skills.alignedTo(votes)`,
        );
      }
    }
  }
  const stalled = new Float64Array(n);
  const flowing = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    stalled[a] = Math.log(skills.sensitivity[a]) - Math.log1p(-skills.specificity[a]);
    flowing[a] = Math.log1p(-skills.sensitivity[a]) - Math.log(skills.specificity[a]);
  }
  return { stalled, flowing };
};
