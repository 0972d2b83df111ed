import type { Rate } from '../../domain/interval.js';
import { present } from '../../domain/present.js';
import { clopperPearson } from '../../kernel/special/clopperPearson.js';

/**
 * A counted rate with its exact intervals.
 *
 * `interval` is two-sided, (1 − confidence)/2 on each side; `atLeast` and `atMost` are one-sided, 1 − confidence each.
 * The lower end of a two-sided 95 % interval is therefore a 97.5 % statement: to claim "at least", use `atLeast`.
 *
 * @param counts - integers 0 <= hits <= n; confidence in (0, 1)
 * @returns no `estimate` when n is 0; then nothing is known and the interval is [0, 1]
 * @throws RangeError when the counts are not such integers, or confidence is not inside (0, 1)
 * @example
 * const sensitivity = Evaluation.rate({ hits: 472, n: 473, confidence: 0.95 });
 * sensitivity.estimate // => 0.997886
 * sensitivity.interval // => { lower: 0.988277, upper: 0.999946 }
 * sensitivity.atLeast // => 0.99001
 * @see Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404
 */
export const rate = ({ hits, n, confidence }: { hits: number; n: number; confidence: number }): Rate => {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`rate: expected confidence in (0, 1), got ${confidence}`);
  const oneSided = clopperPearson({ hits, n, delta: 1 - confidence });
  return present({
    hits,
    n,
    estimate: n === 0 ? undefined : hits / n,
    interval: clopperPearson({ hits, n, delta: (1 - confidence) / 2 }),
    atLeast: oneSided.lower,
    atMost: oneSided.upper,
  });
};
