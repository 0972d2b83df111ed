import type { Rate } from '../../domain/interval.js';
import { percent } from '../../output/format.js';
import { type Axis, countAxis, shareAxis } from './axis.js';
import { chart, type Drawing } from './chart.js';
import { rateCells } from './curves.js';
import { across, legendOfNames, line, markers, short, whisker } from './marks.js';

/** One week, or another span of time. */
export interface WeekRow {
  readonly week: string;
  readonly stacks: number;
  /** On the gold of that week; absent where it has none. */
  readonly sensitivity?: Rate;
  readonly specificity?: Rate;
  /** Of the scores or posteriors of that week, in the order of `quantilesAt`. */
  readonly quantiles?: readonly number[];
  readonly alarm?: boolean;
}

/** Do decisions still hold? */
export interface WeeksPart {
  /** In the order of time. */
  readonly weeks: readonly WeekRow[];
  /** Which quantiles, each in (0, 1), rising. */
  readonly quantilesAt?: readonly number[];
  readonly targets?: { readonly sensitivity: number; readonly specificity: number };
}

const MOST_LABELS = 8;

const weekAxis = (weeks: readonly WeekRow[]): Axis => {
  const every = Math.max(1, Math.ceil(weeks.length / MOST_LABELS));
  return {
    label: 'week',
    stretch: 'linear',
    from: -0.5,
    to: Math.max(1, weeks.length) - 0.5,
    show: (i) => weeks[i]?.week ?? '',
    ticks: weeks.map((_, i) => i).filter((i) => i % every === 0),
  };
};

/**
 * Sensitivity and specificity by week, with intervals and alarms.
 *
 * @param part - rows in the order of time
 */
export const weeksDrawing = ({ weeks, targets }: WeeksPart): Drawing => {
  const rates = ['sensitivity', 'specificity'] as const;
  const alarms = weeks.filter(({ alarm }) => alarm === true).map(({ week }) => week);
  const title = 'Do decisions still hold?';
  const description = `Sensitivity and specificity on the gold of each week, with intervals. ${
    alarms.length === 0 ? 'No week raised an alarm.' : `Alarm in ${alarms.join(', ')}.`
  }`;
  const lowest = Math.min(
    0.9,
    ...weeks.flatMap((week) => rates.flatMap((rate) => (week[rate] === undefined ? [] : [week[rate].interval.lower]))),
  );
  const svg = chart(
    {
      id: 'weeks',
      title,
      description,
      x: weekAxis(weeks),
      y: shareAxis('rate', { from: Math.floor(10 * lowest) / 10 }),
      legend: [...legendOfNames(...rates), ...(alarms.length === 0 ? [] : [{ series: 4, name: 'alarm' }])],
    },
    (place) => [
      ...(targets === undefined
        ? []
        : rates.map((rate) => across(place, targets[rate], `target ${percent(targets[rate])}`))),
      ...rates.map((rate, series) => {
        const points = weeks.flatMap((week, i) => {
          const measured = week[rate];
          if (measured?.estimate === undefined) return [];
          const title = `${week.week}: ${rate} ${measured.hits} of ${measured.n}`;
          return [{ x: i + 0.12 * series, y: measured.estimate, title, interval: measured.interval }];
        });
        return (
          line(place, series, points) +
          points.map(({ x, interval }) => whisker(place, series, x, interval)).join('') +
          markers(place, series, points)
        );
      }),
      markers(
        place,
        4,
        weeks.flatMap(({ week, alarm }, i) =>
          alarm === true ? [{ x: i, y: Math.floor(10 * lowest) / 10 + 0.01, title: `alarm in ${week}` }] : [],
        ),
      ),
    ],
  );
  return {
    id: 'weeks',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['week', 'stacks', 'rate', 'right', 'gold', 'estimate', 'from', 'to', 'alarm'],
      rows: weeks.flatMap((week) =>
        rates.flatMap((rate) => {
          const measured = week[rate];
          if (measured === undefined) return [];
          return [[week.week, week.stacks, rate, ...rateCells(measured), week.alarm === true ? 'yes' : 'no']];
        }),
      ),
    },
  };
};

/**
 * Quantiles of scores by week: where the whole distribution moves.
 *
 * @param part - only weeks with quantiles are drawn
 */
export const scoresByWeekDrawing = ({ weeks, quantilesAt = [] }: WeeksPart): Drawing => {
  const title = 'Scores by week';
  const names = quantilesAt.map((at) => (at === 0.5 ? 'median' : percent(at)));
  const description = `Quantiles of the scores of each week (${names.join(', ')}). A line that moves is a distribution that moves.`;
  const values = weeks.flatMap(({ quantiles = [] }) => quantiles);
  const [least, most] = [Math.min(...values, 0), Math.max(...values, 0.01)];
  const svg = chart(
    {
      id: 'scores-by-week',
      title,
      description,
      x: weekAxis(weeks),
      y: { ...countAxis('score', most), from: least, show: (value) => String(short(value)) },
      legend: legendOfNames(...names),
      height: 160,
    },
    (place) =>
      quantilesAt.map((at, series) => {
        const points = weeks.flatMap(({ week, quantiles }, i) =>
          quantiles === undefined
            ? []
            : [{ x: i, y: quantiles[series], title: `${week}: ${percent(at)} quantile ${short(quantiles[series])}` }],
        );
        return line(place, series, points) + markers(place, series, points);
      }),
  );
  return {
    id: 'scores-by-week',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['week', 'stacks', ...names],
      rows: weeks.flatMap(({ week, stacks, quantiles }) =>
        quantiles === undefined ? [] : [[week, stacks, ...quantiles.map(short)]],
      ),
    },
  };
};
