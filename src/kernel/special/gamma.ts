import { stirlingError } from './stirling.js';

const HALF_LN_2_PI = 0.5 * Math.log(2 * Math.PI);

/** From here on six terms of the series err by less than 1e-15. */
const SERIES_FROM = 10;

/** ln Γ(x) for x > 0. */
export const logGamma = (x: number): number =>
  (x + 0.5) * Math.log(x) - x + HALF_LN_2_PI + stirlingError(x) - Math.log(x);

/**
 * ψ(x) = d ln Γ(x) / dx for x > 0: the recurrence ψ(x) = ψ(x + 1) − 1/x up to the asymptotic series.
 *
 * @see https://dlmf.nist.gov/5.11#E2
 */
export const digamma = (x: number): number => {
  let shifted = x;
  let sum = 0;
  while (shifted < SERIES_FROM) {
    sum -= 1 / shifted;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  const s = inverse * inverse;
  const series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * (691 / 32760))))));
  return sum + Math.log(shifted) - 0.5 * inverse - series;
};
