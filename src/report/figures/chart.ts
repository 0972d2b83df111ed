import { type Axis, along, ticksOf } from './axis.js';
import { coordinate, escaped, tag } from './svg.js';

/** A cell of the table under a figure; empty where nothing was measured. */
export type Cell = string | number;

/** The numbers of a figure, as they are shown, written to CSV and to JSON. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** One figure: accessible pictures and the table of the same numbers. */
export interface Drawing {
  /** Of lower-case letters and dashes; also the name of its files. */
  readonly id: string;
  readonly title: string;
  /** What is shown and how to read it, in one or two sentences. */
  readonly description: string;
  /** The same numbers on one or more scales, the first shown first. */
  readonly views: readonly { readonly name: string; readonly svg: string }[];
  readonly table: DataTable;
}

/** What a series is drawn with: colour, dash and shape all follow from its number. */
export interface LegendEntry {
  readonly series: number;
  readonly name: string;
}

/** Words and axes of one picture. */
export interface ChartFrame {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly legend?: readonly LegendEntry[];
  /** Pixels of the plotting area; default 230. */
  readonly height?: number;
  /** Pixels for the words beside the y axis; default 52. */
  readonly left?: number;
}

/** Turns values into pixels. */
export interface Plot {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Narrow enough that text stays readable on a screen of 400 pixels. */
export const WIDTH = 440;
/** Pixels right of the plotting area, for half a tick label. */
export const RIGHT_MARGIN = 22;
const LINE_HEIGHT = 18;
/** Mean width of a letter at this size of type, for places only. */
export const LETTER = 6.6;

/**
 * A picture with axes, a grid and a legend: `role="img"`, with its title and description for those who do not see it.
 *
 * @param marks - drawn in this order, given where values stand
 */
export const chart = (frame: ChartFrame, marks: (place: Plot) => readonly string[]): string => {
  const { x, y, legend = [], height = 230, left = 52 } = frame;
  const rows = legendRows(legend);
  const top = 10 + rows.length * LINE_HEIGHT + (rows.length > 0 ? 6 : 0) + (y.label === '' ? 0 : LINE_HEIGHT);
  const bottom = top + height;
  const right = WIDTH - RIGHT_MARGIN;
  const [alongX, alongY] = [along(x), along(y)];
  const place: Plot = {
    x: (value) => left + (right - left) * alongX(value),
    y: (value) => bottom - height * alongY(value),
    left,
    right,
    top,
    bottom,
  };
  return picture(
    { ...frame, height: bottom + 42 },
    rows.flatMap((row, i) => row.map(({ entry, at }) => legendKey(entry, at, 14 + i * LINE_HEIGHT))).join(''),
    grid(frame, place),
    ...marks(place),
  );
};

/** A picture without axes. */
export const picture = (
  { id, title, description, height }: Pick<ChartFrame, 'id' | 'title' | 'description'> & { readonly height: number },
  ...content: readonly string[]
): string =>
  tag(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'tandem-figure',
      viewBox: `0 0 ${WIDTH} ${coordinate(height)}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
    },
    tag('title', { id: `${id}-title` }, escaped(title)),
    tag('desc', { id: `${id}-desc` }, escaped(description)),
    ...content,
  );

const grid = ({ x, y }: ChartFrame, place: Plot): string => {
  const { left, right, top, bottom } = place;
  const across = ticksOf(y).map((tick) => {
    const at = place.y(tick);
    return (
      tag('path', { class: 'grid', d: `M${coordinate(left)} ${coordinate(at)}H${coordinate(right)}` }) +
      words(left - 6, at + 4, y.show(tick), { class: 'quiet', anchor: 'end' })
    );
  });
  const up = ticksOf(x).map((tick) =>
    tag('path', {
      class: 'grid',
      d: `M${coordinate(place.x(tick))} ${coordinate(top)}V${coordinate(bottom)}`,
    }),
  );
  const below = apart(ticksOf(x).map((tick) => ({ at: place.x(tick), text: x.show(tick) }))).map(({ at, text }) =>
    words(at, bottom + 16, text, { class: 'quiet', anchor: 'middle' }),
  );
  return tag(
    'g',
    { 'aria-hidden': 'true' },
    ...across,
    ...up,
    ...below,
    words((left + right) / 2, bottom + 35, x.label, { anchor: 'middle' }),
    // Level and above its axis: turned text is slow to read, and stands on the ticks where these are long.
    y.label === '' ? '' : words(8, top - 8, y.label),
  );
};

interface TickText {
  readonly at: number;
  readonly text: string;
}

/** Those texts that do not touch the one before. */
const apart = (ticks: readonly TickText[]): readonly TickText[] => {
  const shown: TickText[] = [];
  for (const tick of ticks) {
    const last = shown.at(-1);
    const room = last === undefined ? 0 : (LETTER * (last.text.length + tick.text.length)) / 2 + 5;
    if (last === undefined || tick.at - last.at >= room) shown.push(tick);
  }
  return shown;
};

/** Text at a place. */
export const words = (
  x: number,
  y: number,
  text: string,
  { class: name, anchor }: { readonly class?: string; readonly anchor?: 'start' | 'middle' | 'end' } = {},
): string => tag('text', { x, y, class: name, 'text-anchor': anchor === 'start' ? undefined : anchor }, escaped(text));

/** Entries of a legend in rows that fit. */
const legendRows = (
  legend: readonly LegendEntry[],
): readonly (readonly { readonly entry: LegendEntry; readonly at: number }[])[] => {
  const rows: { entry: LegendEntry; at: number }[][] = [];
  let next = WIDTH;
  for (const entry of legend) {
    const needed = 44 + LETTER * entry.name.length;
    if (next + needed > WIDTH) {
      rows.push([]);
      next = 8;
    }
    rows[rows.length - 1].push({ entry, at: next });
    next += needed;
  }
  return rows;
};

const legendKey = ({ series, name }: LegendEntry, x: number, y: number): string =>
  tag('path', { class: `line s${series}`, d: `M${coordinate(x)} ${coordinate(y - 4)}h22` }) +
  marker(x + 11, y - 4, series) +
  words(x + 28, y, name);

/** The shape of a series at a place; `title` is what a pointer shows. */
export const marker = (
  x: number,
  y: number,
  series: number,
  { title, open = false, size = 4 }: { readonly title?: string; readonly open?: boolean; readonly size?: number } = {},
): string =>
  tag(
    'path',
    { class: `dot s${series}${open ? ' open' : ''}`, d: SHAPES[series % SHAPES.length](x, y, size) },
    ...(title === undefined ? [] : [tag('title', {}, escaped(title))]),
  );

const at = (x: number, y: number): string => `${coordinate(x)} ${coordinate(y)}`;

/** A disc, a square, a triangle, a diamond, a triangle on its head. */
const SHAPES: readonly ((x: number, y: number, r: number) => string)[] = [
  (x, y, r) =>
    `M${at(x - r, y)}a${coordinate(r)} ${coordinate(r)} 0 1 0 ${coordinate(2 * r)} 0a${coordinate(r)} ${coordinate(r)} 0 1 0 ${coordinate(-2 * r)} 0z`,
  (x, y, r) => `M${at(x - r, y - r)}h${coordinate(2 * r)}v${coordinate(2 * r)}h${coordinate(-2 * r)}z`,
  (x, y, r) => `M${at(x, y - r - 1)}L${at(x + r + 1, y + r)}H${coordinate(x - r - 1)}z`,
  (x, y, r) => `M${at(x, y - r - 1)}L${at(x + r + 1, y)}L${at(x, y + r + 1)}L${at(x - r - 1, y)}z`,
  (x, y, r) => `M${at(x, y + r + 1)}L${at(x + r + 1, y - r)}H${coordinate(x - r - 1)}z`,
];
