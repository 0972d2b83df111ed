import type { Gold } from '../../domain/gold.js';
import type { Posterior } from '../../domain/posterior.js';
import { goldLogOdds } from './orderStatistic.js';

/**
 * The single cut with the highest MCC on tuning gold at a stated prevalence: for calls that may not abstain.
 *
 * It is an estimate without a guarantee; certified decisions come from `certify`. Among equally good cuts it takes the one
 * with the highest sensitivity. The cut lies half-way to the next lower log-odds.
 *
 * @param options - gold for tuning; `prevalence` in (0, 1): class rates are taken from gold and re-expressed there
 * @returns log-odds: call stalled when at or above; 0 when a class is missing
 * @example
 * const posterior = { stackIds: ['s1', 's2', 's3'], logOdds: Float64Array.of(-3, -1, 2), votes: Uint32Array.of(3, 3, 3), scores: new Uint32Array(3) };
 * const gold = Gold.as('tune')(Gold.from({ chosen: 'random' })([{ stackId: 's1', label: 0 }, { stackId: 's2', label: 0 }, { stackId: 's3', label: 1 }]));
 * Thresholds.bestCut({ gold, prevalence: 0.1 })(posterior) // => 0.5
 */
export const bestCut =
  ({ gold, prevalence }: { readonly gold: Gold<'tune'>; readonly prevalence: number }) =>
  (posterior: Posterior): number => {
    const { stalled, flowing } = goldLogOdds(gold, posterior);
    if (stalled.length === 0 || flowing.length === 0) return 0;
    stalled.sort();
    flowing.sort();
    let best = { mcc: Number.NEGATIVE_INFINITY, cut: 0 };
    // From the highest log-odds down; caught and alarmed count those at or above the candidate.
    let i = stalled.length;
    let j = flowing.length;
    while (i > 0 || j > 0) {
      const candidate = Math.max(
        i > 0 ? stalled[i - 1] : Number.NEGATIVE_INFINITY,
        j > 0 ? flowing[j - 1] : Number.NEGATIVE_INFINITY,
      );
      while (i > 0 && stalled[i - 1] === candidate) i--;
      while (j > 0 && flowing[j - 1] === candidate) j--;
      const sensitivity = 1 - i / stalled.length;
      const specificity = j / flowing.length;
      const predicted = prevalence * sensitivity + (1 - prevalence) * (1 - specificity);
      const spread = predicted * (1 - predicted);
      const mcc =
        spread > 0
          ? (sensitivity + specificity - 1) * Math.sqrt((prevalence * (1 - prevalence)) / spread)
          : Number.NEGATIVE_INFINITY;
      if (mcc >= best.mcc) {
        const below = Math.max(
          i > 0 ? stalled[i - 1] : Number.NEGATIVE_INFINITY,
          j > 0 ? flowing[j - 1] : Number.NEGATIVE_INFINITY,
        );
        best = { mcc, cut: below === Number.NEGATIVE_INFINITY ? candidate : (candidate + below) / 2 };
      }
    }
    return best.cut;
  };
