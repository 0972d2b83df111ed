import type { Interval, Rate } from '../../domain/interval.js';
import { countText, fixed, percent } from '../../output/format.js';

/** Warnings as a list. */
export const bullets = (notes: readonly string[]): readonly string[] => notes.map((note) => `  · ${note}`);

/** A rate with its interval and the counts behind it: `0.950 (0.900–0.980), 95 of 100`. */
export const rateText = (rate: Rate): string =>
  rate.estimate === undefined
    ? 'not measured (no such gold)'
    : `${estimateText(rate, fixed)}, ${countText(rate.hits)} of ${countText(rate.n)}`;

/** An estimate with its interval; a dash where there is none. */
export const estimateText = (
  { estimate, interval }: { readonly estimate?: number; readonly interval: Interval },
  show: (x: number) => string,
): string => (estimate === undefined ? '–' : `${show(estimate)} (${show(interval.lower)}–${show(interval.upper)})`);

/** An interval of shares in percent. */
export const rangeText = ({ lower, upper }: Interval): string => `${percent(lower)} – ${percent(upper)}`;

/** `a`, `a and b`, `a, b and c`. */
export const joinedText = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;

/** `3 more stalled and 5 more flowing`; undefined where nothing more is needed. */
export const moreGoldText = ({
  stalled,
  flowing,
}: {
  readonly stalled: number;
  readonly flowing: number;
}): string | undefined => {
  const more: string[] = [];
  if (stalled > 0) more.push(`${countText(stalled)} more stalled`);
  if (flowing > 0) more.push(`${countText(flowing)} more flowing`);
  return more.length === 0 ? undefined : joinedText(more);
};

/** A count among all, and of what: `3 of 100 stalled missed`. */
export const countOfText = (count: number, all: number, what: string): string =>
  `${countText(count)} of ${countText(all)} ${what}`;

/** A p-value with two digits. Smaller ones than this are no better evidence, only more digits. */
export const pValueText = (p: number): string => (p < SMALLEST_P ? `p < ${SMALLEST_P}` : `p = ${p.toPrecision(2)}`);

const SMALLEST_P = 1e-12;
