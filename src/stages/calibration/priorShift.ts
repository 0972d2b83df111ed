import { logistic, logit } from '../../kernel/special/logit.js';

/**
 * Moves a calibrated probability from one prevalence to another (label shift: p(score | label) unchanged).
 *
 * logit p′ = logit p − logit from + logit to
 *
 * @param shift - `probability` in [0, 1]; `from` and `to` in (0, 1)
 * @returns a probability in [0, 1]; 0 and 1 stay what they are
 * @example
 * Calibration.priorShift({ probability: 0.99, from: 0.5, to: 0.01 }) // => 0.5
 * @see docs/math.md#prior-shift · Saerens, Latinne & Decaestecker (2002), doi:10.1162/089976602753284446
 */
export const priorShift = ({
  probability,
  from,
  to,
}: {
  readonly probability: number;
  readonly from: number;
  readonly to: number;
}): number => logistic(logit(probability) - logit(from) + logit(to));
