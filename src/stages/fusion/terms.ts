import type { Evidence, FusionTerms } from '../../domain/evidence.js';
import type { Gold } from '../../domain/gold.js';
import { STALLED } from '../../domain/label.js';
import type { MeasuredSkills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { fuseInto, modelNats, voteEvidence } from '../../kernel/crowd/fuse.js';
import { rowOfId, votesPerStack } from '../../kernel/ids/voteColumns.js';
import { logit } from '../../kernel/special/logit.js';

/**
 * The additive terms of a posterior, source by source.
 *
 * votes[s] = Σ over votes of llr(annotator, label)
 *
 * @param evidence - as for `fuse`; its `recalibration`, if any, is not applied
 * @returns rows follow `votes.stackIds`
 * @throws RangeError when `skills` or `model` was estimated on another table (a bug, not bad data)
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const skills = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.8), specificity: Float64Array.of(0.9), support: Uint32Array.of(20), newcomer: { sensitivity: 0.7, specificity: 0.7 } };
 * Consensus.terms({ prevalence: 0.5, skills })(votes).votes // => Float64Array [2.07944]
 */
export const terms =
  (evidence: Evidence) =>
  (table: VoteTable): FusionTerms => {
    const n = table.stackIds.length;
    const perVote = voteEvidence(evidence.skills, table);
    const votes = new Float64Array(n);
    const voteSquares = new Float64Array(n);
    fuseInto(table, perVote, { logOdds: votes });
    const squared = (column: Float64Array): Float64Array => column.map((nats) => nats * nats);
    fuseInto(table, { stalled: squared(perVote.stalled), flowing: squared(perVote.flowing) }, { logOdds: voteSquares });
    return {
      stackIds: table.stackIds,
      prior: logit(evidence.prevalence),
      model: modelNats(evidence.model, n),
      votes,
      voteSquares,
      voteCount: votesPerStack(table.offsets),
      scores: evidence.model?.scores ?? new Uint32Array(n),
    };
  };

/**
 * The same terms where gold stacks are judged by skills that their own votes did not shape (leave one stack out).
 *
 * rate without the stack = (rate · weight − own right votes) / (weight − own votes)
 *
 * Skills that were estimated on the very stacks that recalibrate seem better than they are. Pooled rates still contain the
 * stack's own votes, which are one in thousands. Stacks without gold keep their terms.
 *
 * @param options - the evidence as for `fuse`, with skills from `Skills.fromGold` or `Skills.dawidSkene`; `gold`: the gold these skills were estimated on
 * @returns rows follow `votes.stackIds`
 * @throws RangeError when `skills` or `model` was estimated on another table
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }]));
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }]));
 * const evidence = { prevalence: 0.5, skills: Skills.fromGold({ gold, strength: 1 })(votes) };
 * Consensus.terms(evidence)(votes).votes[0] > Consensus.heldOutTerms({ ...evidence, gold })(votes).votes[0] // => true
 * @see docs/math.md#recalibration
 */
export const heldOutTerms =
  ({ gold, ...evidence }: Evidence & { readonly gold: Gold<'fit'>; readonly skills: MeasuredSkills }) =>
  (table: VoteTable): FusionTerms => {
    const all = terms(evidence)(table);
    const { offsets, annotatorOf, label } = table;
    const { skills } = evidence;
    const rows = rowOfId(table.stackIds);
    for (let g = 0; g < gold.stackIds.length; g++) {
      const s = rows.get(gold.stackIds[g]);
      if (s === undefined) continue;
      let sum = 0;
      let squares = 0;
      for (let v = offsets[s]; v < offsets[s + 1]; ) {
        const a = annotatorOf[v];
        // The votes of one annotator on a stack are adjacent; only the anonymous annotator has several.
        const own = { votes: 0, stalled: 0 };
        for (; v < offsets[s + 1] && annotatorOf[v] === a; v++) {
          own.votes++;
          own.stalled += label[v];
        }
        const stalled = gold.label[g] === STALLED;
        const sensitivity = stalled
          ? without(
              skills.sensitivity[a],
              skills.weight.stalled[a],
              own.stalled,
              own.votes,
              skills.newcomer.sensitivity,
            )
          : skills.sensitivity[a];
        const specificity = stalled
          ? skills.specificity[a]
          : without(
              skills.specificity[a],
              skills.weight.flowing[a],
              own.votes - own.stalled,
              own.votes,
              skills.newcomer.specificity,
            );
        const llrStalled = Math.log(sensitivity) - Math.log1p(-specificity);
        const llrFlowing = Math.log1p(-sensitivity) - Math.log(specificity);
        sum += own.stalled * llrStalled + (own.votes - own.stalled) * llrFlowing;
        squares += own.stalled * llrStalled ** 2 + (own.votes - own.stalled) * llrFlowing ** 2;
      }
      all.votes[s] = sum;
      all.voteSquares[s] = squares;
    }
    return all;
  };

/** A rate is kept this far from 0 and 1 when all its remaining votes agree. */
const MARGIN = 1e-6;

/** A rate without some of its votes; the crowd's rate when no others are left. */
const without = (rate: number, weight: number, right: number, votes: number, pooled: number): number => {
  const left = weight - votes;
  if (!(left > MARGIN)) return pooled;
  return Math.min(Math.max((rate * weight - right) / left, MARGIN), 1 - MARGIN);
};
