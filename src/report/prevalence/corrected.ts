import type { Rate } from '../../domain/interval.js';
import { STALLED } from '../../domain/label.js';
import * as Evaluation from '../../evaluation.js';
import type { GoldSet } from '../../gold.js';
import { countsOf, type Row } from './fates.js';
import type { Figure, Method } from './method.js';

/** “Not called stalled” is the other call, so stacks still asked are in it as what they are, and flowing is assumed of none. */
export const corrected =
  (confidence: number, rates: { readonly sensitivity: Rate; readonly specificity: Rate }): Method =>
  (groups, claim) => {
    const counts = [...groups].map(([stratum, rows]) => {
      const own = countsOf(rows);
      return {
        stratum,
        stacks: own.rows - own.unread - own.leftOut,
        calledStalled: own.calledStalled,
      };
    });
    const level = claim === 'all' ? 1 - (1 - confidence) / Math.max(1, groups.size) : confidence;
    const { strata } = Evaluation.prevalence({ ...rates, confidence: level })(counts);
    return strata.map(
      ({ stratum, stacks, estimate, unclamped, interval }): Figure => ({
        stratum,
        about: 'seen',
        stacks,
        ...(estimate === undefined ? {} : { estimate }),
        ...(unclamped === undefined ? {} : { unclamped }),
        ...(interval === undefined ? {} : { interval }),
      }),
    );
  };

/** The rates of the calls, on gold that taught them nothing. */
export const callRates = (rows: readonly Row[], gold: GoldSet, used: ReadonlySet<string>, confidence: number) => {
  const fates = new Map(rows.map(({ stackId, fate }) => [stackId, fate]));
  const seen = { stalled: 0, flowing: 0 };
  const called = { stalled: 0, flowing: 0 };
  for (const [g, stackId] of gold.stackIds.entries()) {
    const fate = fates.get(stackId);
    if (fate === undefined || fate === 'unread' || used.has(stackId)) continue;
    const truth = gold.label[g] === STALLED ? 'stalled' : 'flowing';
    seen[truth]++;
    if (fate === 'stalled') called[truth]++;
  }
  return {
    sensitivity: Evaluation.rate({ hits: called.stalled, n: seen.stalled, confidence }),
    specificity: Evaluation.rate({ hits: seen.flowing - called.flowing, n: seen.flowing, confidence }),
  };
};
