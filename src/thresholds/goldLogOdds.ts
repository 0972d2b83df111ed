import type { Posterior } from '../consensus.js';
import type { Gold } from '../domain/gold.js';
import { STALLED } from '../domain/label.js';
import { rowOf } from '../kernel/rowOf.js';

/**
 * Log-odds of the gold stacks something was seen of, by class.
 *
 * @throws RangeError when a posterior is NaN
 */
export const goldLogOdds = (
  gold: Gold<'tune'>,
  posterior: Posterior,
): { readonly stalled: Float64Array; readonly flowing: Float64Array } => {
  const rows = rowOf(posterior.stackIds);
  const stalled: number[] = [];
  const flowing: number[] = [];
  for (let g = 0; g < gold.stackIds.length; g++) {
    const s = rows.get(gold.stackIds[g]);
    if (s === undefined || posterior.votes[s] + posterior.scores[s] === 0) continue;
    const z = posterior.logOdds[s];
    if (Number.isNaN(z)) throw RangeError(`posterior: log-odds of stack "${gold.stackIds[g]}" is NaN`);
    (gold.label[g] === STALLED ? stalled : flowing).push(z);
  }
  return { stalled: Float64Array.from(stalled), flowing: Float64Array.from(flowing) };
};
