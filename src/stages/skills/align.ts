import { withJson } from '../../domain/present.js';
import type { Skills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';

/**
 * Lines skills up with another vote table: known annotators keep their skill, new ones get the crowd's pooled rates.
 *
 * @param skills - estimated on any table
 * @returns skills whose rows follow `votes.annotatorIds`
 * @example
 * const known = { annotatorIds: ['ann'], sensitivity: Float64Array.of(0.9), specificity: Float64Array.of(0.8), support: Uint32Array.of(12), newcomer: { sensitivity: 0.7, specificity: 0.75 } };
 * const votes = Errors.getOrThrow(Votes.from()([{ stackId: 's1', annotatorId: 'ann', label: 1 }, { stackId: 's2', annotatorId: 'bob', label: 0 }]));
 * const skills = Skills.alignedTo(votes)(known);
 * [...skills.annotatorIds].sort().map((id) => skills.sensitivity[skills.annotatorIds.indexOf(id)]) // => [0.9, 0.7]
 */
export const alignedTo =
  (votes: VoteTable) =>
  (skills: Skills): Skills => {
    const rowOf = new Map(skills.annotatorIds.map((id, row) => [id, row]));
    const n = votes.annotatorIds.length;
    const sensitivity = new Float64Array(n).fill(skills.newcomer.sensitivity);
    const specificity = new Float64Array(n).fill(skills.newcomer.specificity);
    const support = new Uint32Array(n);
    for (let a = 0; a < n; a++) {
      const row = rowOf.get(votes.annotatorIds[a]);
      if (row === undefined) continue;
      sensitivity[a] = skills.sensitivity[row];
      specificity[a] = skills.specificity[row];
      support[a] = skills.support[row];
    }
    return withJson({ annotatorIds: votes.annotatorIds, sensitivity, specificity, support, newcomer: skills.newcomer });
  };
