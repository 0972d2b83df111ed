import type { Rate } from '../domain/interval.js';
import { count, fixed } from './format.js';

/** A rate with its interval and the counts behind it. */
export const rateText = ({ estimate, hits, n, interval }: Rate): string =>
  estimate === undefined
    ? 'not measured (no such gold)'
    : `${fixed(estimate)} (${fixed(interval.lower)}–${fixed(interval.upper)}), ${count(hits)} of ${count(n)}`;
