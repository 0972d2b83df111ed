import { logit } from '../../kernel/special/logit.js';
import { percent } from '../../output/format.js';

/** How values are spread along an axis. `log` needs values above 0, `logit` values inside (0, 1). */
export type Stretch = 'linear' | 'log' | 'logit';

/** One axis: its words, its range and how it shows a value. */
export interface Axis {
  readonly label: string;
  readonly stretch: Stretch;
  readonly from: number;
  /** Above `from`. */
  readonly to: number;
  /** A tick in words. */
  readonly show: (value: number) => string;
  /** Default: about six round values. */
  readonly ticks?: readonly number[];
}

/** Where a value stands: 0 at `from`, 1 at `to`. What lies outside stands on the edge. */
export const along = ({ stretch, from, to }: Axis): ((value: number) => number) => {
  const [start, end] = [spread(stretch, from), spread(stretch, to)];
  return (value) => {
    const share = (spread(stretch, Math.min(to, Math.max(from, value))) - start) / (end - start);
    return Math.min(1, Math.max(0, share));
  };
};

const spread = (stretch: Stretch, value: number): number =>
  stretch === 'linear' ? value : stretch === 'log' ? Math.log10(value) : logit(value);

/** Round values along an axis. */
export const ticksOf = (axis: Axis): readonly number[] => {
  const within = (value: number): boolean => value >= axis.from && value <= axis.to;
  if (axis.ticks !== undefined) return axis.ticks.filter(within);
  if (axis.stretch === 'logit') return LOGIT_TICKS.filter(within);
  return axis.stretch === 'log' ? powersOfTen(axis).filter(within) : roundSteps(axis);
};

const LOGIT_TICKS = [1e-5, 1e-4, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999];

const powersOfTen = ({ from, to }: Axis): readonly number[] => {
  const [first, last] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
};

const WANTED_TICKS = 6;

/** Multiples of 1, 2 or 5 times a power of ten, written as decimals: 3 · 0.1 would be 0.30000000000000004. */
const roundSteps = ({ from, to }: Axis): readonly number[] => {
  const rough = (to - from) / WANTED_TICKS;
  const power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((f) => f * 10 ** power >= rough) ?? 10;
  const step = Number(`${factor}e${power}`);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`${(first + i) * factor}e${power}`));
};

/** An axis of shares in percent. */
export const shareAxis = (label: string, range: { readonly from?: number; readonly to?: number } = {}): Axis => ({
  label,
  stretch: 'linear',
  from: range.from ?? 0,
  to: range.to ?? 1,
  show: percent,
});

/** An axis of counts from 0. */
export const countAxis = (label: string, most: number): Axis => ({
  label,
  stretch: 'linear',
  from: 0,
  to: Math.max(1, most),
  show: (value) => value.toLocaleString('en-US'),
});
