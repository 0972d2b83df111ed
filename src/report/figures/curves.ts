import type { Interval } from '../../domain/interval.js';
import { percent } from '../../output/format.js';
import { type Axis, shareAxis } from './axis.js';
import { type Cell, chart, type Drawing, type LegendEntry, type Plot } from './chart.js';
import { beside, line, markers, type PlotMark, short, spaced } from './marks.js';
import { coordinate, tag } from './svg.js';

/** What one source calls stalled at a threshold, among gold stacks. */
export interface ThresholdPoint {
  /** Stalled is called at or above this. */
  readonly threshold: number;
  /** Stalled stacks called stalled. */
  readonly tp: number;
  /** Flowing stacks called stalled. */
  readonly fp: number;
}

/** All thresholds of one source against gold. */
export interface SourceCurve {
  /** `fused`, `crowd alone`, the name of a model. */
  readonly source: string;
  /** Gold stacks the source has evidence about. */
  readonly stalled: number;
  readonly flowing: number;
  /** Falling in threshold, at most a few hundred. */
  readonly points: readonly ThresholdPoint[];
  /** Area under the ROC curve, where it was worked out on all stacks. */
  readonly auc?: number;
}

/** A sensitivity and specificity that stands in a paper or in a policy, drawn as a single mark. */
export interface KnownPoint {
  readonly name: string;
  readonly sensitivity: number;
  readonly specificity: number;
}

/** ROC and precision–recall: what each source would find, at what price, at each threshold. */
export interface CurvesPart {
  readonly curves: readonly SourceCurve[];
  /** P(stalled) where precision is read, in (0, 1). */
  readonly prevalence: number;
  readonly targets?: { readonly sensitivity: number; readonly specificity: number };
  readonly known?: readonly KnownPoint[];
}

/** False-alarm rates up to this are shown first: nobody works to the right of it. */
const ZOOM = 0.05;
/** The lowest rate on a log scale. */
const FLOOR = 1e-4;
/** Pixels between points one can tell apart, and between labels. */
const APART = 9;
const LABELS_APART = 56;

interface Rates {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly falseAlarms: number;
  /** Where so many are stalled as stated; absent where nothing is called stalled. */
  readonly precision?: number;
}

const ratesOf = ({ curves, prevalence }: CurvesPart): readonly (readonly Rates[])[] =>
  curves.map(({ points, stalled, flowing }) =>
    stalled === 0 || flowing === 0
      ? []
      : points.map(({ threshold, tp, fp }) => {
          const [sensitivity, falseAlarms] = [tp / stalled, fp / flowing];
          const called = prevalence * sensitivity + (1 - prevalence) * falseAlarms;
          const rates = { threshold, sensitivity, falseAlarms };
          return called === 0 ? rates : { ...rates, precision: (prevalence * sensitivity) / called };
        }),
  );

const thresholdText = (threshold: number, digits = 4): string =>
  threshold === Number.POSITIVE_INFINITY ? 'none' : String(rounded(threshold, digits));

/** So many digits of a threshold, near 1 so many of its distance from 1: there .999 and .99999 are worlds apart. */
const rounded = (threshold: number, digits: number): number => {
  const below = 1 - threshold;
  if (!(below > 0 && below < 0.1)) return Number(threshold.toPrecision(digits));
  const decimals = Math.min(15, digits - 1 - Math.floor(Math.log10(below)));
  return Number(threshold.toFixed(decimals));
};

const pointText = (source: string, { threshold, sensitivity, falseAlarms, precision }: Rates): string =>
  `${source}, threshold ${thresholdText(threshold)}: sensitivity ${percent(sensitivity)}, false alarms ${percent(falseAlarms)}${
    precision === undefined ? '' : `, precision ${percent(precision)}`
  }`;

/**
 * The ROC curve of every source, with its threshold at every point: zoomed to few false alarms, on a log scale, and whole.
 *
 * @param part - counts at thresholds; targets are the shaded corner
 */
export const rocDrawing = (part: CurvesPart): Drawing => {
  const { curves, targets, known = [] } = part;
  const rates = ratesOf(part);
  const title = 'ROC: stalls found against false alarms';
  const description = `Sensitivity against the share of flowing stacks called stalled, for ${curves.map(areaText).join('; ')}. Up and to the left is better. The numbers beside the curve are thresholds${
    targets === undefined ? '.' : '; the shaded corner meets both targets.'
  }`;
  const view = (name: string, x: Axis) => ({
    name,
    svg: chart(
      {
        id: `roc-${name.replace(/\W+/g, '-')}`,
        title: `${title} (${name})`,
        description,
        x,
        y: shareAxis('sensitivity'),
        legend: legendOf(part),
      },
      (place) => [
        targets === undefined ? '' : corner(place, { x: 1 - targets.specificity, y: targets.sensitivity }),
        ...inFront(rates, (points, series) =>
          curveMarks(
            place,
            series,
            points
              .map((one) => ({
                x: one.falseAlarms,
                y: one.sensitivity,
                title: pointText(curves[series].source, one),
                threshold: one.threshold,
              }))
              .filter(({ x: rate }) => rate <= x.to),
          ),
        ),
        ...known.map(({ name: what, sensitivity, specificity }) =>
          knownMark(place, 1 - specificity, sensitivity, what),
        ),
      ],
    ),
  });
  return {
    id: 'roc',
    title,
    description,
    views: [
      view('up to 5 % false alarms', shareAxis('flowing stacks called stalled', { to: ZOOM })),
      view('log scale', { ...shareAxis('flowing stacks called stalled', { from: FLOOR }), stretch: 'log' }),
      view('whole', shareAxis('flowing stacks called stalled')),
    ],
    table: curveTable(part, rates),
  };
};

/**
 * Precision against recall where stalls are as rare as stated, with the threshold at every point.
 *
 * @param part - counts at thresholds, from gold of any composition: precision is moved to `prevalence`
 */
export const precisionDrawing = (part: CurvesPart): Drawing => {
  const { curves, prevalence, known = [] } = part;
  const rates = ratesOf(part);
  const title = `Precision and recall where ${percent(prevalence)} are stalled`;
  const description = `Of the stacks called stalled, how many are, against how many of the stalls are found. Up and to the right is better. The numbers beside the curve are thresholds.`;
  const svg = chart(
    {
      id: 'precision',
      title,
      description,
      x: shareAxis('recall (sensitivity)'),
      y: shareAxis('precision (PPV)'),
      legend: legendOf(part),
    },
    (place) => [
      ...inFront(rates, (points, series) =>
        curveMarks(
          place,
          series,
          points.flatMap((one) =>
            one.precision === undefined
              ? []
              : [
                  {
                    x: one.sensitivity,
                    y: one.precision,
                    title: pointText(curves[series].source, one),
                    threshold: one.threshold,
                  },
                ],
          ),
        ),
      ),
      ...known.map(({ name, sensitivity, specificity }) => {
        const called = prevalence * sensitivity + (1 - prevalence) * (1 - specificity);
        return called === 0 ? '' : knownMark(place, sensitivity, (prevalence * sensitivity) / called, name);
      }),
    ],
  );
  return { id: 'precision', title, description, views: [{ name: 'whole', svg }], table: curveTable(part, rates) };
};

const areaText = ({ source, auc }: SourceCurve): string =>
  auc === undefined ? source : `${source} (area ${auc.toFixed(3)})`;

const legendOf = ({ curves, known = [] }: CurvesPart): readonly LegendEntry[] => [
  ...curves.map(({ source }, series) => ({ series, name: source })),
  ...(known.length === 0 ? [] : [{ series: KNOWN, name: 'known operating points' }]),
];

/** The series of single marks, apart from those of sources. */
const KNOWN = 4;

/** Drawn from the last to the first, so that the first source and its labels stand in front. */
const inFront = <T>(list: readonly T[], drawn: (one: T, series: number) => string): readonly string[] =>
  list.map(drawn).reverse();

const curveMarks = (
  place: Plot,
  series: number,
  points: readonly (PlotMark & { readonly threshold: number })[],
): string => {
  // Thresholds of the first source alone, or labels would cover each other; the others have theirs under the pointer.
  const labels =
    series > 0
      ? ''
      : spaced(place, points, LABELS_APART)
          .map((point) => points.find((one) => one.x === point.x && one.y === point.y))
          .map((one) =>
            one === undefined || one.threshold === Number.POSITIVE_INFINITY
              ? ''
              : beside(place, one.x, one.y, thresholdText(one.threshold, 2)),
          )
          .join('');
  return line(place, series, points) + markers(place, series, points, { apart: APART }) + labels;
};

const knownMark = (place: Plot, x: number, y: number, name: string): string =>
  markers(place, KNOWN, [{ x, y, title: name }]) + beside(place, x, y, name);

/** The corner of the plot in which both targets are met. */
const corner = (place: Plot, { x, y }: { readonly x: number; readonly y: number }): string =>
  tag('rect', {
    class: 'zone',
    x: place.left,
    y: place.top,
    width: Math.max(1, place.x(x) - place.left),
    height: Math.max(1, Number(coordinate(place.y(y) - place.top))),
  });

/** So many rows of each source are listed: the page must not grow with the number of stacks. */
const LISTED = 24;

const curveTable = ({ curves }: CurvesPart, rates: readonly (readonly Rates[])[]): Drawing['table'] => ({
  columns: ['source', 'threshold', 'sensitivity', 'false-alarm rate', 'precision'],
  rows: rates.flatMap((points, series) =>
    evenly(points, LISTED).map((one): readonly Cell[] => [
      curves[series].source,
      one.threshold === Number.POSITIVE_INFINITY ? '' : rounded(one.threshold, 4),
      short(one.sensitivity),
      short(one.falseAlarms),
      short(one.precision),
    ]),
  ),
});

/** At most `most` of a list, evenly spread, the first and the last among them. */
export const evenly = <T>(list: readonly T[], most: number): readonly T[] =>
  list.length <= most
    ? list
    : Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]);

/** A rate counted as hits of n with its interval, as a row of a table shows it. */
export const rateCells = ({
  hits,
  n,
  interval,
}: {
  readonly hits: number;
  readonly n: number;
  readonly interval: Interval;
}): readonly Cell[] => [
  hits,
  n,
  n === 0 ? '' : short(hits / n),
  n === 0 ? '' : short(interval.lower),
  n === 0 ? '' : short(interval.upper),
];
