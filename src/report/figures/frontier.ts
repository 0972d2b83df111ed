import { percent } from '../../output/format.js';
import { countAxis } from './axis.js';
import { chart, type Drawing } from './chart.js';
import { beside, legendOfNames, line, markers, type PlotMark, short } from './marks.js';

/** What one rule costs and finds. */
export interface FrontierPoint {
  /** Mean votes per stack. */
  readonly votes: number;
  /** Share of stacks that an expert looks at, in [0, 1]. */
  readonly experts: number;
  readonly sensitivity: number;
  readonly specificity: number;
  /** Drawn beside the mark. */
  readonly name?: string;
}

/** Rules that all reach the same sensitivity, from few votes and many expert looks to the other way round. */
export interface FrontierLine {
  readonly sensitivity: number;
  readonly points: readonly FrontierPoint[];
}

/** Which qualities can be had for which votes and expert looks. */
export interface FrontierPart {
  readonly lines: readonly FrontierLine[];
  /** The rule in use. */
  readonly chosen?: FrontierPoint;
}

/** So many lines have a shape of their own. */
const MOST_LINES = 4;
const CHOSEN = 4;

/**
 * Votes per stack against expert looks, one line for each sensitivity.
 *
 * @param part - at most four lines are drawn; the table has them all
 */
export const frontierDrawing = ({ lines, chosen }: FrontierPart): Drawing => {
  const title = 'Votes, expert looks and sensitivity';
  const drawn = lines.slice(0, MOST_LINES);
  const description = `Each line holds the rules that reach one sensitivity (${drawn.map(({ sensitivity }) => percent(sensitivity)).join(', ')}). Down and to the left is cheaper.`;
  const all = [...lines.flatMap(({ points }) => points), ...(chosen === undefined ? [] : [chosen])];
  const text = ({ votes, experts, sensitivity, specificity }: FrontierPoint): string =>
    `${short(votes)} votes per stack, ${percent(experts)} to an expert: sensitivity ${percent(sensitivity)}, specificity ${percent(specificity)}`;
  const mark = (point: FrontierPoint): PlotMark => ({ x: point.votes, y: 100 * point.experts, title: text(point) });
  const svg = chart(
    {
      id: 'frontier',
      title,
      description,
      x: countAxis('votes per stack', 1.05 * Math.max(...all.map(({ votes }) => votes))),
      y: countAxis('expert looks per 100 stacks', 105 * Math.max(0.05, ...all.map(({ experts }) => experts))),
      legend: [
        ...legendOfNames(...drawn.map(({ sensitivity }) => `sensitivity ${percent(sensitivity)}`)),
        ...(chosen === undefined ? [] : [{ series: CHOSEN, name: 'in use' }]),
      ],
    },
    (place) => [
      ...drawn.map(({ points }, series) => {
        const marks = points.map(mark);
        return line(place, series, marks) + markers(place, series, marks);
      }),
      ...(chosen === undefined
        ? []
        : [
            markers(place, CHOSEN, [mark(chosen)]),
            beside(place, chosen.votes, 100 * chosen.experts, chosen.name ?? 'in use'),
          ]),
    ],
  );
  return {
    id: 'frontier',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['line', 'votes per stack', 'expert share', 'sensitivity', 'specificity'],
      rows: [
        ...lines.flatMap(({ sensitivity, points }) => points.map((point) => ({ name: percent(sensitivity), point }))),
        ...(chosen === undefined ? [] : [{ name: 'in use', point: chosen }]),
      ].map(({ name, point }) => [
        name,
        short(point.votes),
        short(point.experts),
        short(point.sensitivity),
        short(point.specificity),
      ]),
    },
  };
};
