import type { ModelEvidence } from '../../domain/evidence.js';
import type { Skills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';

/** Evidence of one vote of each annotator, in nats towards stalled; row a describes `annotatorIds[a]`. */
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

/**
 * Model evidence as a column; zeros without a model.
 *
 * @throws RangeError when it was made for another table
 */
export const modelNats = (model: ModelEvidence | undefined, n: number): Float64Array => {
  if (model === undefined) return new Float64Array(n);
  if (model.nats.length !== n) throw RangeError(`model: expected evidence for ${n} stacks, got ${model.nats.length}`);
  return model.nats;
};

/**
 * Adds to `logOdds` the evidence of every vote: the hot loop of the library, about a nanosecond or two per vote.
 *
 * @param out.logOdds - holds what is known before the votes (prior and model), one entry per stack; written in place
 */
export const fuseInto = (
  votes: { readonly offsets: Uint32Array; readonly annotatorOf: Uint32Array; readonly label: Uint8Array },
  evidence: { readonly stalled: Float64Array; readonly flowing: Float64Array },
  out: { readonly logOdds: Float64Array },
): void => {
  const { offsets, annotatorOf, label } = votes;
  const { stalled, flowing } = evidence;
  const { logOdds } = out;
  const nStacks = logOdds.length;
  // Votes of stack s are rows offsets[s] .. offsets[s + 1] - 1 in canonical order, so sums are reproducible to the bit.
  for (let s = 0; s < nStacks; s++) {
    const to = offsets[s + 1];
    let z = logOdds[s];
    for (let v = offsets[s]; v < to; v++) {
      z += label[v] === 1 ? stalled[annotatorOf[v]] : flowing[annotatorOf[v]];
    }
    logOdds[s] = z;
  }
};
