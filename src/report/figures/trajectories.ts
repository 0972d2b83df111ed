import { logistic } from '../../kernel/special/logit.js';
import { percent } from '../../output/format.js';
import { countAxis } from './axis.js';
import { chart, type Drawing, marker } from './chart.js';
import { line, type PlotMark, short } from './marks.js';

/** One stack from its first vote to its end. */
export interface Trajectory {
  readonly stackId: string;
  /** Log-odds of a stall after 0, 1, 2, … votes. */
  readonly logOdds: readonly number[];
  /** 1 stalled, 0 flowing; absent where nobody knows. */
  readonly truth?: 0 | 1;
  /** What became of it, in words. */
  readonly ended?: string;
}

/** Where the rule stops after so many votes, in log-odds; an absent side does not stop. */
export interface TrajectoryBounds {
  readonly votes: number;
  readonly flowingBelow?: number;
  readonly stalledAbove?: number;
}

/** How evidence grew, vote by vote, for a sample of stacks. */
export interface TrajectoriesPart {
  readonly stacks: readonly Trajectory[];
  /** Rising in votes. */
  readonly bounds?: readonly TrajectoryBounds[];
}

const MOST_DRAWN = 24;
/** Beyond these log-odds a stack is as clear as it gets. */
const LIMIT = 12;
const SERIES = { stalled: 1, flowing: 0, unknown: 3 } as const;
/** Widest spread of log-odds drawn beyond the bounds. */
const TICKS = [1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];

const seriesOf = ({ truth }: Trajectory): number =>
  truth === undefined ? SERIES.unknown : truth === 1 ? SERIES.stalled : SERIES.flowing;

/**
 * Log-odds by votes, with the bounds at which the rule stops.
 *
 * @param part - the first two dozen stacks are drawn
 */
export const trajectoriesDrawing = ({ stacks, bounds = [] }: TrajectoriesPart): Drawing => {
  const drawn = stacks.slice(0, MOST_DRAWN);
  const title = 'How evidence grows with votes';
  const description = `Probability of a stall after each vote for ${drawn.length} stacks, on a scale stretched at both ends.${
    bounds.length === 0 ? '' : ' At the dashed bounds the rule stops: above as stalled, below as flowing.'
  }`;
  const inside = (z: number): number => Math.max(-LIMIT, Math.min(LIMIT, z));
  const values = [
    ...drawn.flatMap(({ logOdds }) => logOdds),
    ...bounds.flatMap(({ flowingBelow, stalledAbove }) => [flowingBelow ?? 0, stalledAbove ?? 0]),
  ].map(inside);
  const last = Math.max(1, ...drawn.map(({ logOdds }) => logOdds.length - 1));
  const [from, to] = [Math.min(-1, ...values) - 0.5, Math.max(1, ...values) + 0.5];
  const svg = chart(
    {
      id: 'trajectories',
      title,
      description,
      x: countAxis('votes', last),
      y: {
        label: 'probability of a stall',
        stretch: 'linear',
        from,
        to,
        show: (z) => percent(logistic(z)),
        ticks: TICKS.map((p) => Math.log(p / (1 - p))),
      },
      legend: [
        ...(drawn.some(({ truth }) => truth === 1) ? [{ series: SERIES.stalled, name: 'stalled' }] : []),
        ...(drawn.some(({ truth }) => truth === 0) ? [{ series: SERIES.flowing, name: 'flowing' }] : []),
        ...(drawn.some(({ truth }) => truth === undefined) ? [{ series: SERIES.unknown, name: 'unknown' }] : []),
      ],
      left: 66,
      height: 260,
    },
    (place) => [
      ...(['flowingBelow', 'stalledAbove'] as const).map((side) =>
        line(
          place,
          6,
          bounds.flatMap((bound): readonly PlotMark[] => {
            const z = bound[side];
            return z === undefined ? [] : [{ x: bound.votes, y: inside(z) }];
          }),
          { step: true },
        ),
      ),
      ...drawn.map((stack) => {
        const points = stack.logOdds.map((z, votes) => ({ x: votes, y: inside(z) }));
        const end = points.at(-1);
        const series = seriesOf(stack);
        if (end === undefined) return '';
        return (
          line(place, series, points) +
          marker(place.x(end.x), place.y(end.y), series, {
            title: `${stack.stackId}: ${percent(logistic(stack.logOdds[stack.logOdds.length - 1]))} after ${end.x} votes${
              stack.ended === undefined ? '' : `, ${stack.ended}`
            }`,
          })
        );
      }),
    ],
  );
  return {
    id: 'trajectories',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['stack', 'truth', 'votes', 'log-odds before', 'log-odds after', 'ended'],
      rows: drawn.map(({ stackId, truth, logOdds, ended }) => [
        stackId,
        truth === undefined ? '' : truth === 1 ? 'stalled' : 'flowing',
        Math.max(0, logOdds.length - 1),
        short(logOdds[0]),
        short(logOdds.at(-1)),
        ended ?? '',
      ]),
    },
  };
};
