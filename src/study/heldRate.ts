import type { Rate } from '../domain/interval.js';
import * as Evaluation from '../stages/evaluation/index.js';

/** Gold of each class whose votes ran out while the rule would have asked for more. */
export interface RanOut {
  readonly stalled: number;
  readonly flowing: number;
}

/**
 * A rate of which part is not known: it counts as wrong, as in every certificate, and upper bounds allow that it was right.
 */
export const heldRate = (of: {
  readonly hits: number;
  readonly ranOut: number;
  readonly n: number;
  readonly confidence: number;
}): Rate => {
  const { hits, ranOut, n, confidence } = of;
  const worst = Evaluation.rate({ hits, n, confidence });
  if (ranOut === 0) return worst;
  const best = Evaluation.rate({ hits: hits + ranOut, n, confidence });
  return { ...worst, interval: { lower: worst.interval.lower, upper: best.interval.upper }, atMost: best.atMost };
};
