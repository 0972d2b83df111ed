import { betaQuantile } from './beta.js';

/**
 * t with P(T > t) = p for Student's T of `freedom` degrees of freedom: T² = ν(1 − x)/x with x from Beta(ν/2, ½).
 *
 * @param freedom - ν > 0, not necessarily whole
 * @param p - in (0, ½)
 */
export const studentQuantile = (freedom: number, p: number): number => {
  const { x, y } = betaQuantile({ a: freedom / 2, b: 0.5, p: 2 * p, tail: 'lower' });
  return Math.sqrt((freedom * y) / x);
};
