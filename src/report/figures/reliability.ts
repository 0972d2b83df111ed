import type { Rate } from '../../domain/interval.js';
import { percent } from '../../output/format.js';
import { type Axis, countAxis, shareAxis } from './axis.js';
import { chart, type Drawing, marker, type Plot } from './chart.js';
import { rateCells } from './curves.js';
import { bar, legendOfNames, line, short, whisker } from './marks.js';

/** Stacks with similar probabilities, and how many of them are stalled. */
export interface ReliabilityBin {
  readonly meanProbability: number;
  /** Stalled of all stacks of the bin, with the interval that is drawn. */
  readonly stalled: Rate;
}

/** One set of probabilities held against gold. */
export interface ReliabilitySeries {
  readonly name: string;
  /** Of about equal counts, rising. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error. */
  readonly ece?: number;
  readonly brier?: number;
}

/** Do probabilities mean what they say? */
export interface ReliabilityPart {
  /** For example before and after calibration. */
  readonly series: readonly ReliabilitySeries[];
  /** How many stacks have such a probability; edges rise, one more than counts. */
  readonly histogram?: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

/** Fewer stacks than this in a bin are drawn open: their share is mostly chance. */
const FEW = 20;
const FLOOR = 1e-4;
/** Pixels by which series stand apart, so that their intervals do not cover each other. */
const BESIDE = 4;

/**
 * Observed shares of stalls against stated probabilities, in bins of equal counts with exact intervals.
 *
 * @param part - bins of one or more series
 */
export const reliabilityDrawing = ({ series }: ReliabilityPart): Drawing => {
  const title = 'Reliability: stated probability and observed share';
  const errors = series.flatMap(({ name, ece }) => (ece === undefined ? [] : [`${name} ${ece.toFixed(4)}`]));
  const description = `For stacks with similar probabilities, the share that is stalled, with its interval. On the diagonal, probabilities mean what they say. Open marks rest on fewer than ${FEW} stacks.${
    errors.length === 0 ? '' : ` Expected calibration error: ${errors.join(', ')}.`
  }`;
  const view = (name: string, axis: (label: string) => Axis) => ({
    name,
    svg: chart(
      {
        id: `reliability-${name.replace(/\W+/g, '-')}`,
        title: `${title} (${name})`,
        description,
        x: axis('stated probability of a stall'),
        y: axis('share that is stalled'),
        legend: legendOfNames(...series.map((one) => one.name)),
      },
      (place) => [
        line(place, 6, [
          { x: FLOOR, y: FLOOR },
          { x: 1 - FLOOR, y: 1 - FLOOR },
        ]),
        ...series.map(({ name: what, bins }, i) => binMarks(moved(place, BESIDE * i), i, what, bins)),
      ],
    ),
  });
  return {
    id: 'reliability',
    title,
    description,
    views: [
      view('stretched at both ends', (label) => ({
        ...shareAxis(label, { from: FLOOR, to: 1 - FLOOR }),
        stretch: 'logit',
        ticks: [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999],
      })),
      view('even scale', (label) => shareAxis(label)),
    ],
    table: {
      columns: ['series', 'mean probability', 'stalled', 'stacks', 'share', 'from', 'to'],
      rows: series.flatMap(({ name, bins }) =>
        bins.map(({ meanProbability, stalled }) => [name, short(meanProbability), ...rateCells(stalled)]),
      ),
    },
  };
};

const moved = (place: Plot, pixels: number): Plot => ({ ...place, x: (value) => place.x(value) + pixels });

const binMarks = (place: Plot, series: number, name: string, bins: readonly ReliabilityBin[]): string => {
  const seen = bins.filter(({ stalled }) => stalled.estimate !== undefined);
  return [
    line(
      place,
      series,
      seen.map(({ meanProbability, stalled }) => ({ x: meanProbability, y: stalled.hits / stalled.n })),
    ),
    ...seen.map(({ meanProbability, stalled }) => {
      const share = stalled.hits / stalled.n;
      return (
        whisker(place, series, meanProbability, stalled.interval) +
        marker(place.x(meanProbability), place.y(share), series, {
          open: stalled.n < FEW,
          title: `${name}: stated ${percent(meanProbability)}, found ${percent(share)} (${stalled.hits} of ${stalled.n})`,
        })
      );
    }),
  ].join('');
};

/**
 * How many stacks have such a probability. The counts are on a log scale, because most stacks are clear.
 *
 * @param histogram - edges and counts
 */
export const probabilityDrawing = ({
  edges,
  counts,
}: {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}): Drawing => {
  const title = 'How many stacks have which probability';
  const description =
    'Stacks by their probability of a stall. Most are clear; those in the middle cost votes and expert looks. The scale of counts is stretched: each line is ten times the one below.';
  const most = Math.max(1, ...counts);
  const svg = chart(
    {
      id: 'probabilities',
      title,
      description,
      x: shareAxis('probability of a stall'),
      y: { ...countAxis('stacks', 10 ** Math.ceil(Math.log10(most + 1))), from: 0.5, stretch: 'log' },
      height: 150,
    },
    (place) =>
      counts.map((count, i) =>
        count === 0
          ? ''
          : bar(place, 0, {
              from: place.x(edges[i]) + 0.5,
              to: place.x(edges[i + 1]) - 0.5,
              y: count,
              title: `${percent(edges[i])} to ${percent(edges[i + 1])}: ${count} stacks`,
            }),
      ),
  );
  return {
    id: 'probabilities',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['from', 'to', 'stacks'],
      rows: counts.map((count, i) => [short(edges[i]), short(edges[i + 1]), count]),
    },
  };
};
