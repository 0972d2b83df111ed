import { FLOWING } from '../domain/label.js';
import type { Routing } from '../routing.js';
import type { Band } from '../thresholds.js';

/** Enough to recognise a threshold by; the policy has all its digits. */
const DIGITS = 10;

const shown = (value: number | undefined): string => String(Number((value ?? 0).toPrecision(DIGITS)));

/** Why a stack is routed as it is, in the words of decisions.csv. Sentences are made once: a band has few. */
export const reasonsFor = (band: Band): ((next: Routing, seen: boolean, logOdds: number) => string) => {
  const { flowingBelow, stalledAbove } = band;
  const below = `below the certified ${shown(flowingBelow)}`;
  const above = `above the certified ${shown(stalledAbove)}`;
  const why = (seen: boolean, logOdds: number): string => {
    if (!seen) return 'neither votes nor a score';
    if (flowingBelow === undefined)
      return stalledAbove === undefined ? 'no threshold is certified' : 'no flowing threshold is certified';
    return stalledAbove === undefined && logOdds >= flowingBelow
      ? 'no stalled threshold is certified'
      : 'between the certified thresholds';
  };
  return (next, seen, logOdds) => {
    switch (next._tag) {
      case 'Retire':
        return next.label === FLOWING ? below : above;
      case 'AskCrowd':
        return why(seen, logOdds);
      case 'AskExpert':
        return `${why(seen, logOdds)}; ${next.reason}`;
    }
  };
};
