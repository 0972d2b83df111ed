import type { Gold } from '../../domain/gold.js';
import { STALLED } from '../../domain/label.js';
import { withJson } from '../../domain/present.js';
import type { MeasuredSkills } from '../../domain/skills.js';
import type { VoteTable } from '../../domain/voteTable.js';
import { rowOfId } from '../../kernel/ids/voteColumns.js';
import { fitStrength } from '../../kernel/special/betaBinomial.js';

/** Gold that measures the skills, and the prior behind each rate. */
export interface FromGoldOptions {
  /** Stacks with known truth; those nobody voted on are ignored. */
  readonly gold: Gold<'fit'>;
  /** Weight of the crowd's pooled rates, in votes per class, > 0; fitted for each class when absent. */
  readonly strength?: number | undefined;
}

/**
 * Skills from votes on gold stacks, shrunken towards the pooled rates (the posterior mean of a Beta prior).
 *
 * sensitivity[a] = (hits[a] + m · pooled) / (n[a] + m), over a's votes on stalled gold; specificity likewise on flowing
 *
 * The strength m is fitted, one for each class, to how much annotators differ: strong shrinkage where annotators are alike,
 * weak where they differ, and about ten votes where gold is too small to tell.
 *
 * With gold it is the safest method at 1 % prevalence, where unsupervised estimates drift from "stalled against
 * flowing" to "hard against easy".
 *
 * @param options - gold for fitting; `strength` m > 0 in votes, where you know it
 * @returns rates in (0, 1), rows follow `votes.annotatorIds`
 * @example
 * const votes = Errors.getOrThrow(Votes.from()([
 *   { stackId: 's1', annotatorId: 'ann', label: 1 },
 *   { stackId: 's2', annotatorId: 'ann', label: 0 },
 * ]));
 * const gold = Gold.as('fit')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }]));
 * Skills.fromGold({ gold, strength: 2 })(votes).sensitivity // => Float64Array [0.777778]
 * @see docs/math.md#skills · Marshall et al. (2016), Space Warps I, §3, doi:10.1093/mnras/stv2009; Efron & Morris (1975)
 */
export const fromGold =
  ({ gold, strength: known }: FromGoldOptions) =>
  (votes: VoteTable): MeasuredSkills => {
    const n = votes.annotatorIds.length;
    const caught = new Uint32Array(n);
    const stalledSeen = new Uint32Array(n);
    const cleared = new Uint32Array(n);
    const flowingSeen = new Uint32Array(n);
    const rows = rowOfId(votes.stackIds);
    for (let g = 0; g < gold.stackIds.length; g++) {
      const s = rows.get(gold.stackIds[g]);
      if (s === undefined) continue;
      for (let v = votes.offsets[s]; v < votes.offsets[s + 1]; v++) {
        const a = votes.annotatorOf[v];
        if (gold.label[g] === STALLED) {
          stalledSeen[a]++;
          caught[a] += votes.label[v];
        } else {
          flowingSeen[a]++;
          cleared[a] += 1 - votes.label[v];
        }
      }
    }
    const pooledSensitivity = pooled(caught, stalledSeen);
    const pooledSpecificity = pooled(cleared, flowingSeen);
    const strength = {
      stalled: known ?? fitStrength({ hits: caught, tries: stalledSeen }, pooledSensitivity),
      flowing: known ?? fitStrength({ hits: cleared, tries: flowingSeen }, pooledSpecificity),
    };
    const shrunk = (hits: Uint32Array, seen: Uint32Array, m: number, rate: number): Float64Array =>
      Float64Array.from(hits, (own, a) => (own + m * rate) / (seen[a] + m));
    return withJson({
      annotatorIds: votes.annotatorIds,
      sensitivity: shrunk(caught, stalledSeen, strength.stalled, pooledSensitivity),
      specificity: shrunk(cleared, flowingSeen, strength.flowing, pooledSpecificity),
      support: Uint32Array.from(stalledSeen, (seen, a) => seen + flowingSeen[a]),
      newcomer: { sensitivity: pooledSensitivity, specificity: pooledSpecificity },
      weight: {
        stalled: Float64Array.from(stalledSeen, (seen) => seen + strength.stalled),
        flowing: Float64Array.from(flowingSeen, (seen) => seen + strength.flowing),
      },
    });
  };

/** Laplace's rule keeps the pooled rate inside (0, 1); with no gold votes at all it is ½, which carries no evidence. */
const pooled = (hits: Uint32Array, seen: Uint32Array): number => {
  let allHits = 0;
  let all = 0;
  for (let a = 0; a < hits.length; a++) {
    allHits += hits[a];
    all += seen[a];
  }
  return (allHits + 1) / (all + 2);
};
