import type { Interval } from '../../domain/interval.js';
import { type Cell, LETTER, type LegendEntry, marker, type Plot, words } from './chart.js';
import { coordinate, escaped, tag } from './svg.js';

/** A value at a place, and what a pointer shows there. */
export interface PlotMark {
  readonly x: number;
  readonly y: number;
  readonly title?: string;
}

const path = (place: Plot, points: readonly PlotMark[], step: boolean): string =>
  points
    .map(({ x, y }, i) => {
      const [px, py] = [coordinate(place.x(x)), coordinate(place.y(y))];
      if (i === 0) return `M${px} ${py}`;
      return step ? `V${py}H${px}` : `L${px} ${py}`;
    })
    .join('');

/** A line through values, in the colour and dash of its series. */
export const line = (
  place: Plot,
  series: number,
  points: readonly PlotMark[],
  options: { readonly step?: boolean } = {},
): string =>
  points.length === 0 ? '' : tag('path', { class: `line s${series}`, d: path(place, points, options.step === true) });

/** Shapes at values that are at least `apart` pixels from the last one drawn, so that each can be pointed at. */
export const markers = (
  place: Plot,
  series: number,
  points: readonly PlotMark[],
  { apart = 0 }: { readonly apart?: number } = {},
): string =>
  spaced(place, points, apart)
    .map(({ x, y, title }) => marker(place.x(x), place.y(y), series, title === undefined ? {} : { title }))
    .join('');

/** Those values that stand at least `apart` pixels from the last one taken. */
export const spaced = (place: Plot, points: readonly PlotMark[], apart: number): readonly PlotMark[] => {
  const taken: PlotMark[] = [];
  for (const point of points) {
    const last = taken.at(-1);
    const distance =
      last === undefined
        ? Number.POSITIVE_INFINITY
        : Math.hypot(place.x(point.x) - place.x(last.x), place.y(point.y) - place.y(last.y));
    if (distance >= apart) taken.push(point);
  }
  return taken;
};

/** An interval as a bar across the y axis, with its ends. */
export const whisker = (place: Plot, series: number, x: number, { lower, upper }: Interval): string => {
  const [at, low, high] = [coordinate(place.x(x)), coordinate(place.y(lower)), coordinate(place.y(upper))];
  return tag('path', { class: `whisker s${series}`, d: `M${at} ${low}V${high}m-3 0h6M${at} ${low}m-3 0h6` });
};

/** A bar from 0, between two places of the x axis in pixels. */
export const bar = (
  place: Plot,
  series: number,
  { from, to, y, title }: { readonly from: number; readonly to: number; readonly y: number; readonly title: string },
): string =>
  tag(
    'rect',
    {
      class: `bar s${series}`,
      x: from,
      y: place.y(y),
      width: Math.max(0.5, to - from),
      height: Math.max(0, place.bottom - place.y(y)),
    },
    tag('title', {}, escaped(title)),
  );

/** A value of the y axis as a dashed line across, with its words on the right. */
export const across = (place: Plot, y: number, text: string): string =>
  tag('path', {
    class: 'rule',
    d: `M${coordinate(place.left)} ${coordinate(place.y(y))}H${coordinate(place.right)}`,
  }) + (text === '' ? '' : words(place.right - 3, place.y(y) - 4, text, { class: 'halo', anchor: 'end' }));

/** A label above a value, on the side where there is room. */
export const beside = (place: Plot, x: number, y: number, text: string): string => {
  const at = place.x(x);
  const fits = at + 5 + LETTER * text.length < place.right;
  const above = Math.max(place.top + 10, place.y(y) - 7);
  return words(fits ? at + 5 : at - 5, above, text, { class: 'halo', anchor: fits ? 'start' : 'end' });
};

/** A number with four digits, as tables show it. */
export const short = (value: number | undefined): Cell => (value === undefined ? '' : Number(value.toPrecision(4)));

/** Legend entries numbered from 0. */
export const legendOfNames = (...names: readonly string[]): readonly LegendEntry[] =>
  names.map((name, series) => ({ series, name }));
