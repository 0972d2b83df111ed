import type { Interval } from '../../domain/interval.js';
import { percent } from '../../output/format.js';
import { shareAxis } from './axis.js';
import { chart, type Drawing, marker, type Plot } from './chart.js';
import { line, short } from './marks.js';
import { coordinate, tag } from './svg.js';

/** What one annotator did; the rows of `Study.annotators` are such. */
export interface AnnotatorMark {
  readonly annotatorId: string;
  readonly votes: number;
  readonly sensitivity: { readonly estimate: number; readonly interval: Interval };
  readonly specificity: { readonly estimate: number; readonly interval: Interval };
  /** Patterns to check; empty for most. */
  readonly flags: readonly string[];
  readonly bot?: boolean;
}

/** Who votes, how well, and how much of the work is theirs. */
export interface AnnotatorsPart {
  readonly annotators: readonly AnnotatorMark[];
  /** Annotators of the whole file, where `annotators` holds a part. */
  readonly all?: number;
}

/** Drawn and listed: those who vote most, and all who have a flag. */
const MOST_DRAWN = 60;
const MOST_LISTED = 40;
const SERIES = { people: 0, flagged: 1, bots: 2 } as const;

const seriesOf = ({ bot, flags }: AnnotatorMark): number =>
  flags.length > 0 ? SERIES.flagged : bot === true ? SERIES.bots : SERIES.people;

const byVotes = (rows: readonly AnnotatorMark[]): readonly AnnotatorMark[] =>
  [...rows].sort(
    (a, b) =>
      Number(b.flags.length > 0) - Number(a.flags.length > 0) ||
      b.votes - a.votes ||
      (a.annotatorId < b.annotatorId ? -1 : 1),
  );

/**
 * Sensitivity against specificity of annotators, with intervals; flags and bots have a shape of their own.
 *
 * @param part - rows in any order
 */
export const annotatorsDrawing = ({ annotators, all = annotators.length }: AnnotatorsPart): Drawing => {
  const rows = byVotes(annotators).slice(0, MOST_DRAWN);
  const title = 'How good annotators are';
  const flagged = annotators.filter(({ flags }) => flags.length > 0).length;
  const description = `Sensitivity against specificity with intervals, for ${rows.length} of ${all} annotators: all with a flag, then those with most votes. Up and to the right is better. ${flagged === 0 ? 'None has' : `${flagged} have`} a flag. A flag names a pattern to check, not a person to exclude.`;
  const lowest = (rate: 'sensitivity' | 'specificity'): number =>
    Math.floor(10 * Math.min(0.8, ...rows.map((row) => row[rate].interval.lower))) / 10;
  const svg = chart(
    {
      id: 'annotators',
      title,
      description,
      x: shareAxis('specificity', { from: lowest('specificity') }),
      y: shareAxis('sensitivity', { from: lowest('sensitivity') }),
      legend: [
        { series: SERIES.people, name: 'person' },
        ...(annotators.some(({ bot }) => bot === true) ? [{ series: SERIES.bots, name: 'bot' }] : []),
        ...(flagged > 0 ? [{ series: SERIES.flagged, name: 'flagged' }] : []),
      ],
    },
    (place) => [...rows].reverse().map((row) => annotatorMark(place, row)),
  );
  return {
    id: 'annotators',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['annotator', 'votes', 'sensitivity', 'from', 'to', 'specificity', 'from ', 'to ', 'flags'],
      rows: rows
        .slice(0, MOST_LISTED)
        .map(({ annotatorId, votes, sensitivity, specificity, flags }) => [
          annotatorId,
          votes,
          short(sensitivity.estimate),
          short(sensitivity.interval.lower),
          short(sensitivity.interval.upper),
          short(specificity.estimate),
          short(specificity.interval.lower),
          short(specificity.interval.upper),
          flags.join(' '),
        ]),
    },
  };
};

const annotatorMark = (place: Plot, row: AnnotatorMark): string => {
  const { annotatorId, votes, sensitivity, specificity, flags } = row;
  const series = seriesOf(row);
  const [x, y] = [place.x(specificity.estimate), place.y(sensitivity.estimate)];
  const d = `M${coordinate(place.x(specificity.interval.lower))} ${coordinate(y)}H${coordinate(place.x(specificity.interval.upper))}M${coordinate(x)} ${coordinate(place.y(sensitivity.interval.lower))}V${coordinate(place.y(sensitivity.interval.upper))}`;
  return (
    tag('path', { class: `faint s${series}`, d }) +
    marker(x, y, series, {
      size: 2.5 + Math.min(3.5, Math.log10(1 + votes)),
      title: `${annotatorId}: ${votes} votes, sensitivity ${percent(sensitivity.estimate)}, specificity ${percent(specificity.estimate)}${
        flags.length === 0 ? '' : `, ${flags.join(', ')}`
      }`,
    })
  );
};

const LORENZ_POINTS = 40;

/**
 * How much of the work is done by how few: share of votes against share of annotators, the busiest first.
 *
 * @param part - rows of all annotators
 */
export const activityDrawing = ({ annotators }: AnnotatorsPart): Drawing => {
  const votes = annotators.map((row) => row.votes).sort((a, b) => b - a);
  const all = votes.reduce((a, b) => a + b, 0);
  const so = (count: number): number => votes.slice(0, count).reduce((a, b) => a + b, 0) / Math.max(1, all);
  const counts = [
    ...new Set(
      Array.from({ length: LORENZ_POINTS + 1 }, (_, i) => Math.round(votes.length * (i / LORENZ_POINTS) ** 2)),
    ),
  ];
  const points = counts.map((count) => ({ x: count / Math.max(1, votes.length), y: so(count), count }));
  const tenth = so(Math.ceil(votes.length / 10));
  const title = 'Who does the work';
  const description = `Share of all votes by the busiest annotators. The busiest tenth gave ${percent(tenth)}.`;
  const svg = chart(
    {
      id: 'activity',
      title,
      description,
      x: shareAxis('annotators, the busiest first'),
      y: shareAxis('share of votes'),
      height: 160,
    },
    (place) => [
      line(place, 6, [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ]),
      line(place, 0, points),
    ],
  );
  return {
    id: 'activity',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['annotators', 'share of annotators', 'share of votes'],
      rows: points.map(({ count, x, y }) => [count, short(x), short(y)]),
    },
  };
};
