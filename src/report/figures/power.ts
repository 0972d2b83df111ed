import { percent } from '../../output/format.js';
import { type Axis, countAxis, shareAxis } from './axis.js';
import { chart, type Drawing } from './chart.js';
import { across, legendOfNames, line, markers, short } from './marks.js';

/** What so much gold would prove. */
export interface PowerPoint {
  /** Gold stacks to label, of both classes. */
  readonly gold: number;
  /** Probability that a rule of the believed risks is certified. */
  readonly power: number;
  /** Of the labels, in any unit. */
  readonly cost?: number;
}

/** How much gold to label. */
export interface PowerPart {
  /** For example one line for each target. */
  readonly lines: readonly { readonly name: string; readonly points: readonly PowerPoint[] }[];
  /** Wanted power, in (0, 1). */
  readonly wanted?: number;
  /** Of `cost`: `€`, `hours`. */
  readonly unit?: string;
}

/**
 * Power by the amount of gold, and by its cost where that is known.
 *
 * @param part - one or more lines, rising in gold
 */
export const powerDrawing = ({ lines, wanted, unit }: PowerPart): Drawing => {
  const title = 'How much gold is needed';
  const costs = lines.flatMap(({ points }) => points.flatMap(({ cost }) => (cost === undefined ? [] : [cost])));
  const description = `Probability of a certificate by the number of labelled stacks${costs.length > 0 ? ', and by their cost' : ''}.${
    wanted === undefined ? '' : ` The dashed line is the wanted ${percent(wanted)}.`
  }`;
  const view = (name: string, x: Axis, amountOf: (point: PowerPoint) => number | undefined) => ({
    name,
    svg: chart(
      {
        id: `power-${name.replace(/\W+/g, '-')}`,
        title: `${title} (${name})`,
        description,
        x,
        y: shareAxis('probability of a certificate'),
        legend: legendOfNames(...lines.map((one) => one.name)),
      },
      (place) => [
        ...(wanted === undefined ? [] : [across(place, wanted, `wanted ${percent(wanted)}`)]),
        ...lines.map(({ name: what, points }, series) => {
          const marks = points.flatMap((point) => {
            const value = amountOf(point);
            const text = `${what}: ${point.gold.toLocaleString('en-US')} stacks, ${percent(point.power)}`;
            return value === undefined ? [] : [{ x: value, y: point.power, title: text }];
          });
          return line(place, series, marks) + markers(place, series, marks, { apart: 8 });
        }),
      ],
    ),
  });
  const most = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ gold }) => gold)));
  return {
    id: 'power',
    title,
    description,
    views: [
      view('by gold', countAxis('gold stacks to label', most), ({ gold }) => gold),
      ...(costs.length === 0
        ? []
        : [
            view(
              'by cost',
              countAxis(unit === undefined ? 'cost of labels' : `cost of labels (${unit})`, Math.max(...costs)),
              ({ cost }) => cost,
            ),
          ]),
    ],
    table: {
      columns: ['line', 'gold stacks', 'power', 'cost'],
      rows: lines.flatMap(({ name, points }) =>
        points.map(({ gold, power, cost }) => [name, gold, short(power), short(cost)]),
      ),
    },
  };
};
