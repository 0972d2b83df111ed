import type { Rate } from '../../domain/interval.js';
import { percent } from '../../output/format.js';
import { countAxis, shareAxis } from './axis.js';
import { chart, type Drawing } from './chart.js';
import { rateCells } from './curves.js';
import { across, bar, legendOfNames, line, markers, short, whisker } from './marks.js';

/** What so many votes per stack are worth. */
export interface QualityAtVotes {
  readonly votes: number;
  readonly sensitivity: Rate;
  readonly specificity: Rate;
}

/** Votes spent against those of another rule. */
export interface Saving {
  /** The other rule in words: `20 votes for each stack`. */
  readonly against: string;
  readonly votesPerStack: number;
}

/** How many votes were spent, and what they bought. */
export interface VotesPart {
  /** Stacks with so many votes; rising, the last bin may say `or more`. */
  readonly histogram: readonly { readonly votes: number; readonly stacks: number; readonly orMore?: boolean }[];
  /** Mean votes per stack. */
  readonly spent: number;
  readonly quality?: readonly QualityAtVotes[];
  readonly savings?: readonly Saving[];
  readonly targets?: { readonly sensitivity: number; readonly specificity: number };
}

/**
 * How many stacks have how many votes.
 *
 * @param part - counts of stacks by their votes
 */
export const votesDrawing = ({ histogram, spent }: VotesPart): Drawing => {
  const title = 'Votes per stack';
  const description = `Stacks by the number of their votes; ${short(spent)} on average.`;
  const most = Math.max(1, ...histogram.map(({ stacks }) => stacks));
  const last = Math.max(1, ...histogram.map(({ votes }) => votes));
  const nameOf = ({ votes, orMore }: VotesPart['histogram'][number]): string =>
    orMore === true ? `${votes} or more` : String(votes);
  const svg = chart(
    {
      id: 'votes',
      title,
      description,
      x: { ...countAxis('votes', last + 0.6), from: -0.6 },
      y: countAxis('stacks', most),
      left: 62,
      height: 160,
    },
    (place) =>
      histogram.map((one) =>
        one.stacks === 0
          ? ''
          : bar(place, 0, {
              from: place.x(one.votes - 0.4),
              to: place.x(one.votes + 0.4),
              y: one.stacks,
              title: `${nameOf(one)} votes: ${one.stacks} stacks`,
            }),
      ),
  );
  return {
    id: 'votes',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: { columns: ['votes', 'stacks'], rows: histogram.map((one) => [nameOf(one), one.stacks]) },
  };
};

/**
 * Sensitivity and specificity by the number of votes, each with its interval.
 *
 * @param quality - rates after 1, 2, … votes
 * @param targets - drawn as lines across
 */
export const qualityDrawing = (
  quality: readonly QualityAtVotes[],
  targets: VotesPart['targets'] = undefined,
): Drawing => {
  const title = 'What votes buy';
  const description = 'Sensitivity and specificity on gold after so many votes for each stack, with intervals.';
  const last = Math.max(1, ...quality.map(({ votes }) => votes));
  const lowest = Math.min(
    0.9,
    ...quality.flatMap(({ sensitivity, specificity }) => [sensitivity.interval.lower, specificity.interval.lower]),
  );
  const rates = ['sensitivity', 'specificity'] as const;
  const svg = chart(
    {
      id: 'quality',
      title,
      description,
      x: { ...countAxis('votes per stack', last + 0.5), from: 0.5 },
      y: shareAxis('rate', { from: Math.floor(10 * lowest) / 10 }),
      legend: legendOfNames(...rates),
    },
    (place) => [
      ...(targets === undefined
        ? []
        : rates.map((rate) => across(place, targets[rate], `target ${percent(targets[rate])}`))),
      ...rates.map((rate, series) => {
        const points = quality.flatMap((one) => {
          const { estimate, hits, n } = one[rate];
          const title = `${rate} after ${one.votes}: ${hits} of ${n}`;
          return estimate === undefined ? [] : [{ x: one.votes + 0.08 * series, y: estimate, title }];
        });
        return (
          line(place, series, points) +
          quality.map((one) => whisker(place, series, one.votes + 0.08 * series, one[rate].interval)).join('') +
          markers(place, series, points)
        );
      }),
    ],
  );
  return {
    id: 'quality',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['votes', 'rate', 'right', 'gold', 'estimate', 'from', 'to'],
      rows: quality.flatMap((one) => rates.map((rate) => [one.votes, rate, ...rateCells(one[rate])])),
    },
  };
};

/**
 * Votes per stack here and under other rules.
 *
 * @param part - `savings` names the other rules
 */
export const savingsDrawing = ({ spent, savings = [] }: VotesPart): Drawing => {
  const title = 'Votes saved';
  const rows = [{ against: 'here', votesPerStack: spent }, ...savings];
  const description = `Mean votes per stack here (${short(spent)}) and under ${savings.map(({ against }) => against).join(', ')}.`;
  const most = Math.max(1, ...rows.map(({ votesPerStack }) => votesPerStack));
  const svg = chart(
    {
      id: 'savings',
      title,
      description,
      x: { ...countAxis('', rows.length), ticks: [] },
      y: countAxis('votes per stack', most),
      legend: legendOfNames(...rows.map(({ against }) => against)),
      height: 140,
    },
    (place) =>
      rows.map(({ against, votesPerStack }, i) =>
        bar(place, i, {
          from: place.x(i + 0.2),
          to: place.x(i + 0.8),
          y: votesPerStack,
          title: `${against}: ${short(votesPerStack)} votes per stack`,
        }),
      ),
  );
  return {
    id: 'savings',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['rule', 'votes per stack', 'votes saved here per 10,000 stacks'],
      rows: rows.map(({ against, votesPerStack }) => [
        against,
        short(votesPerStack),
        Math.round(10_000 * (votesPerStack - spent)),
      ]),
    },
  };
};
