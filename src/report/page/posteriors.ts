import { logistic, logit } from '../../kernel/special/logit.js';
import { percent } from '../../output/format.js';
import { type Axis, chart, coordinate, type Drawing, escaped, type Plot, tag, words } from '../figures/index.js';
import type { CountsAround, ExplorerPart } from './data.js';

const BINS = 44;
/** Beyond these log-odds nothing differs for anyone. */
const LIMIT = 14;
const TICKS = [1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];

/** The axis of the explorer: log-odds, with ticks as probabilities. */
export const logOddsAxis = ({ table: { at } }: ExplorerPart): Axis => {
  const inside = (z: number): number => Math.max(-LIMIT, Math.min(LIMIT, z));
  const [from, to] = [Math.min(-2, inside(at[0] ?? 0)) - 0.4, Math.max(2, inside(at[at.length - 1] ?? 0)) + 0.4];
  return {
    label: 'probability of a stall (scale stretched at both ends)',
    stretch: 'linear',
    from,
    to,
    show: (z) => percent(logistic(z)),
    ticks: thinned(TICKS.map(logit).filter((z) => z >= from && z <= to)),
  };
};

/** Every second tick where they would touch. */
const thinned = (ticks: readonly number[]): readonly number[] =>
  ticks.length <= 7 ? ticks : ticks.filter((z, i) => i % 2 === 0 || z === 0);

/**
 * Stalled gold above, flowing gold below, by probability; the certified region is shaded, and the two thresholds are lines.
 *
 * @param part - counts around thresholds
 */
export const posteriorsDrawing = (part: ExplorerPart): Drawing => {
  const { table, certified, chosen } = part;
  const x = logOddsAxis(part);
  const title = 'Where gold stands, and where decisions are made';
  const description = `Gold stacks by their probability of a stall: stalled ones above the line, flowing ones below. Left of the first threshold stacks are retired as flowing, right of the second as stalled.${
    certified === undefined ? '' : ' While both thresholds stand in the shaded regions, the certificate holds.'
  }`;
  const width = (x.to - x.from) / BINS;
  const edges = Array.from({ length: BINS + 1 }, (_, i) => x.from + i * width);
  const [stalled, flowing] = [binned(table.at, table.stalled, edges), binned(table.at, table.flowing, edges)];
  const svg = chart(
    {
      id: 'posteriors',
      title,
      description,
      x,
      y: { label: '', stretch: 'linear', from: -1, to: 1, show: () => '', ticks: [0] },
      height: 190,
      left: 18,
    },
    (place) => [
      ...(certified === undefined ? [] : zones(place, certified, x)),
      ...lane(place, edges, stalled, { series: 1, up: true, name: 'stalled' }),
      ...lane(place, edges, flowing, { series: 0, up: false, name: 'flowing' }),
      words(place.left + 4, place.top + 14, 'stalled gold', { class: 'halo' }),
      words(place.left + 4, place.bottom - 6, 'flowing gold', { class: 'halo' }),
      threshold(place, 'low', chosen.flowingBelow ?? x.from),
      threshold(place, 'high', chosen.stalledAbove ?? x.to),
    ],
  );
  return {
    id: 'posteriors',
    title,
    description,
    views: [{ name: 'whole', svg }],
    table: {
      columns: ['probability from', 'to', 'stalled gold', 'flowing gold'],
      rows: stalled
        .map((count, i) => [
          Number(logistic(edges[i]).toPrecision(3)),
          Number(logistic(edges[i + 1]).toPrecision(3)),
          count,
          flowing[i],
        ])
        .filter(([, , a, b]) => a + b > 0),
    },
  };
};

/** Counts of one class between edges; what lies outside belongs to the outermost bins. */
const binned = (at: readonly number[], { all, below }: CountsAround, edges: readonly number[]): readonly number[] => {
  const belowEdge = edges.map((edge, i) => {
    if (i === 0) return 0;
    if (i === edges.length - 1) return all;
    const next = at.findIndex((z) => z >= edge);
    return next < 0 ? all : below[next];
  });
  return belowEdge.slice(1).map((count, i) => count - belowEdge[i]);
};

/** Heights by the square root, so that single stacks are seen beside thousands. */
const lane = (
  place: Plot,
  edges: readonly number[],
  counts: readonly number[],
  { series, up, name }: { readonly series: number; readonly up: boolean; readonly name: string },
): readonly string[] => {
  const most = Math.max(1, ...counts);
  const middle = place.y(0);
  return counts.map((count, i) => {
    if (count === 0) return '';
    const height = (middle - place.top - 4) * Math.sqrt(count / most);
    const text = `${percent(logistic(edges[i]))} to ${percent(logistic(edges[i + 1]))}: ${count} ${name}`;
    return tag(
      'rect',
      {
        class: `bar s${series}`,
        x: place.x(edges[i]) + 0.4,
        y: up ? middle - height : middle,
        width: Math.max(1, place.x(edges[i + 1]) - place.x(edges[i]) - 0.8),
        height,
      },
      tag('title', {}, escaped(text)),
    );
  });
};

const zones = (
  place: Plot,
  { flowingBelow, stalledAbove }: { readonly flowingBelow?: number; readonly stalledAbove?: number },
  x: Axis,
): readonly string[] => {
  const zone = (from: number, to: number): string =>
    tag('rect', {
      class: 'zone',
      x: place.x(from),
      y: place.top,
      width: Math.max(1, place.x(to) - place.x(from)),
      height: place.bottom - place.top,
    });
  return [
    ...(flowingBelow === undefined ? [] : [zone(x.from, flowingBelow)]),
    ...(stalledAbove === undefined ? [] : [zone(stalledAbove, x.to)]),
  ];
};

/** A line that the script moves. */
const threshold = (place: Plot, side: 'low' | 'high', z: number): string =>
  tag(
    'g',
    { class: `threshold ${side}`, transform: `translate(${coordinate(place.x(z))} 0)` },
    tag('path', { class: 'line s4', d: `M0 ${coordinate(place.top)}V${coordinate(place.bottom)}` }),
    tag('path', {
      class: 'dot s4',
      d: side === 'low' ? `M0 ${coordinate(place.top)}h-8l8 9z` : `M0 ${coordinate(place.top)}h8l-8 9z`,
    }),
  );
