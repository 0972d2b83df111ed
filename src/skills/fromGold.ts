import type { Gold } from '../domain/gold.js';
import { STALLED } from '../domain/label.js';
import { rowOf } from '../kernel/rowOf.js';
import type { Skills } from '../skills.js';
import type { VoteTable } from '../votes.js';

/** How strongly an annotator's own record is pulled towards the crowd's. */
export interface SkillPrior {
  /** Weight of the pooled rate, in votes per class; > 0. */
  readonly strength: number;
}

/**
 * Ten votes: an annotator's own record outweighs the crowd's from the eleventh gold vote of a class on. Most annotators
 * have seen few stalled gold stacks, so a weaker pull lets one lucky vote make an expert.
 */
const DEFAULT_PRIOR: SkillPrior = { strength: 10 };

/**
 * Skills from votes on gold stacks, shrunken towards the pooled rates (the posterior mean of a Beta prior).
 *
 * sensitivity[a] = (hits[a] + m · pooled) / (n[a] + m), over a's votes on stalled gold; specificity likewise on flowing
 *
 * With gold it is the safest method at 1 % prevalence, where unsupervised estimates drift from "stalled against
 * flowing" to "hard against easy".
 *
 * @param gold - stacks with known truth, for fitting only; stacks nobody voted on are passed over
 * @param prior - `strength` m > 0 in votes (default 10)
 * @returns rates in (0, 1), rows follow `votes.annotatorIds`
 * @example
 * const votes = Errors.getOrThrow(Votes.index([
 *   { stackId: 's1', annotatorId: 'ann', label: 1 },
 *   { stackId: 's2', annotatorId: 'ann', label: 0 },
 * ]));
 * const gold = Gold.as('fit')(Gold.set([{ stackId: 's1', label: 1 }, { stackId: 's2', label: 0 }], 'random'));
 * Skills.fromGold(gold, { strength: 2 })(votes).sensitivity // => Float64Array [0.777778]
 * @see docs/math.md#skills · Marshall et al. (2016), Space Warps I, §3, doi:10.1093/mnras/stv2009
 */
export const fromGold =
  (gold: Gold<'fit'>, prior: SkillPrior = DEFAULT_PRIOR) =>
  (votes: VoteTable): Skills => {
    const n = votes.annotatorIds.length;
    const caught = new Uint32Array(n);
    const stalledSeen = new Uint32Array(n);
    const cleared = new Uint32Array(n);
    const flowingSeen = new Uint32Array(n);
    const rows = rowOf(votes.stackIds);
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
    const m = prior.strength;
    return {
      annotatorIds: votes.annotatorIds,
      sensitivity: Float64Array.from(caught, (hits, a) => (hits + m * pooledSensitivity) / (stalledSeen[a] + m)),
      specificity: Float64Array.from(cleared, (hits, a) => (hits + m * pooledSpecificity) / (flowingSeen[a] + m)),
      support: Uint32Array.from(stalledSeen, (seen, a) => seen + flowingSeen[a]),
      newcomer: { sensitivity: pooledSensitivity, specificity: pooledSpecificity },
    };
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
