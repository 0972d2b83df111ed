import type { Rate } from '../../domain/interval.js';
import { betaQuantile } from '../../kernel/special/beta.js';
import { fitStrength } from '../../kernel/special/betaBinomial.js';
import { percent } from '../../output/format.js';
import { shareAxis } from './axis.js';
import { chart, type Drawing, LETTER, marker, type Plot, words } from './chart.js';
import { rateCells } from './curves.js';
import { legendOfNames, short } from './marks.js';
import { coordinate, tag } from './svg.js';

/** The decisions in one stratum against its gold. */
export interface StratumRates {
  readonly stratum: string;
  readonly sensitivity: Rate;
  readonly specificity: Rate;
}

/** Decisions divided by one column: a mouse, an experiment, a microscope. */
export interface StrataPart {
  readonly by: string;
  readonly strata: readonly StratumRates[];
  /** Strata without gold: nothing is known about them. */
  readonly withoutGold?: readonly string[];
  readonly targets?: { readonly sensitivity: number; readonly specificity: number };
}

/** A rate drawn towards the mean of all strata, as far as its own counts are few. */
export interface Shrunken {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** Probability outside the interval of a shrunken rate. */
const OUTSIDE = 0.05;
const ROW = 22;
/** More strata than this are cut to the worst ones. */
const MOST_ROWS = 24;
const LONGEST_NAME = 18;

/**
 * Rates of strata under a common beta prior fitted to all of them: posterior mean and central 95 % interval.
 *
 * Beta( m·mean + hits, m·(1 − mean) + misses ), with m from `fitStrength` and the mean of all counts, half a hit and half a
 * miss added so that it lies inside (0, 1).
 *
 * @param rates - those with n = 0 get the prior itself
 */
export const shrink = (rates: readonly Rate[]): readonly Shrunken[] => {
  const hits = rates.map((one) => one.hits);
  const tries = rates.map((one) => one.n);
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const mean = (sum(hits) + 0.5) / (sum(tries) + 1);
  const strength = fitStrength({ hits, tries }, mean);
  return rates.map(({ hits: right, n }) => {
    const a = strength * mean + right;
    const b = strength * (1 - mean) + n - right;
    const quantile = (tail: 'lower' | 'upper'): number => betaQuantile({ a, b, p: OUTSIDE / 2, tail }).x;
    return { estimate: a / (a + b), lower: quantile('lower'), upper: quantile('upper') };
  });
};

/**
 * One rate in every stratum: measured with its exact interval, and shrunken towards the others. The worst stands first.
 *
 * @param part - strata of one column
 * @param rate - which rate
 */
export const forestDrawing = (part: StrataPart, rate: 'sensitivity' | 'specificity'): Drawing => {
  const { by, targets } = part;
  const measured = part.strata.filter((one) => one[rate].n > 0);
  const shrunken = shrink(measured.map((one) => one[rate]));
  const rows = measured
    .map((one, i) => ({ stratum: one.stratum, rate: one[rate], shrunken: shrunken[i] }))
    .sort((a, b) => a.shrunken.estimate - b.shrunken.estimate || (a.stratum < b.stratum ? -1 : 1));
  const shown = rows.slice(0, MOST_ROWS);
  const worst = rows[0];
  const title = `${rate === 'sensitivity' ? 'Sensitivity' : 'Specificity'} by ${by}`;
  const description = [
    'Thin lines are what was measured, with exact 95 % intervals; thick ones are drawn towards the mean of all as far as their own gold is little.',
    worst === undefined ? 'No gold.' : `Lowest: ${worst.stratum}, ${worst.rate.hits} of ${worst.rate.n}.`,
    shown.length < rows.length ? `The ${shown.length} lowest of ${rows.length} are shown.` : '',
    part.withoutGold === undefined || part.withoutGold.length === 0
      ? ''
      : `Nothing is known of ${part.withoutGold.length} without gold.`,
  ]
    .filter((one) => one !== '')
    .join(' ');
  const lowest = Math.min(0.9, ...shown.map(({ rate: { interval } }) => interval.lower));
  const names = shown.map(({ stratum }) => cut(stratum));
  const svg = chart(
    {
      id: `forest-${rate}`,
      title,
      description,
      x: shareAxis(rate, { from: Math.floor(10 * lowest) / 10 }),
      y: { label: '', stretch: 'linear', from: 0, to: Math.max(1, shown.length), show: String, ticks: [] },
      legend: legendOfNames('measured', 'shrunken'),
      height: ROW * Math.max(1, shown.length),
      left: 16 + LETTER * Math.max(4, ...names.map((name) => name.length)),
    },
    (place) => [
      ...(targets === undefined ? [] : [upright(place, targets[rate])]),
      ...shown.map((one, i) => {
        const middle = place.top + ROW * (i + 0.5);
        return (
          words(place.left - 8, middle + 4, names[i], { anchor: 'end' }) +
          level(place, { series: 0, at: middle - 4, from: one.rate.interval.lower, to: one.rate.interval.upper }) +
          marker(place.x(one.rate.hits / one.rate.n), middle - 4, 0, {
            title: `${one.stratum}: ${one.rate.hits} of ${one.rate.n}`,
          }) +
          level(place, { series: 1, at: middle + 5, from: one.shrunken.lower, to: one.shrunken.upper, thick: true }) +
          marker(place.x(one.shrunken.estimate), middle + 5, 1, {
            title: `${one.stratum}, shrunken: ${percent(one.shrunken.estimate)}`,
          })
        );
      }),
    ],
  );
  return {
    id: `forest-${rate}`,
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: [by, 'right', 'gold', 'estimate', 'from', 'to', 'shrunken', 'shrunken from', 'shrunken to'],
      rows: shown.map(({ stratum, rate: measuredRate, shrunken: drawn }) => [
        stratum,
        ...rateCells(measuredRate),
        short(drawn.estimate),
        short(drawn.lower),
        short(drawn.upper),
      ]),
    },
  };
};

/** The middle gives way: names of one laboratory begin alike, and differ at the end. */
const cut = (name: string): string =>
  name.length > LONGEST_NAME
    ? `${name.slice(0, Math.floor(LONGEST_NAME / 2) - 1)}…${name.slice(-Math.floor(LONGEST_NAME / 2))}`
    : name;

const level = (
  place: Plot,
  {
    series,
    at,
    from,
    to,
    thick = false,
  }: {
    readonly series: number;
    readonly at: number;
    readonly from: number;
    readonly to: number;
    readonly thick?: boolean;
  },
): string =>
  tag('path', {
    class: `${thick ? 'thick' : 'whisker'} s${series}`,
    d: `M${coordinate(place.x(from))} ${coordinate(at)}H${coordinate(place.x(to))}`,
  });

const upright = (place: Plot, x: number): string =>
  tag('path', { class: 'rule', d: `M${coordinate(place.x(x))} ${coordinate(place.top)}V${coordinate(place.bottom)}` });
