import type { RunProgress } from '../model/scoring/run.js';
import { countText } from '../output/format.js';
import { durationText, speedText } from '../report/index.js';

const REDRAW_MS = 100;
const LINE_MS = 10_000;

/**
 * How far a batch is, on stderr: a line that rewrites itself on a terminal, a line every ten seconds anywhere else, so that
 * the log of a night's run stays short.
 */
export const scoreProgress = (
  stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
  now: () => number = () => performance.now(),
): { readonly to: (at: RunProgress) => void; readonly end: () => void } => {
  let first: { readonly ms: number; readonly done: number } | undefined;
  const isTerminal = stderr.isTTY === true;
  let drawn = isTerminal ? 0 : now();
  return {
    to: (at) => {
      const ms = now();
      // The models take their time to load; the clock starts with the first result.
      first ??= { ms, done: at.done };
      if (ms - drawn < (isTerminal ? REDRAW_MS : LINE_MS)) return;
      drawn = ms;
      const text = progressText(at, at.done - first.done, (ms - first.ms) / 1000);
      stderr.write(isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
    },
    end: () => {
      if (isTerminal) stderr.write('\r\x1b[2K');
    },
  };
};

/** @param done - stacks in the last `seconds` */
export const progressText = ({ total, done: all, failed }: RunProgress, done: number, seconds: number): string => {
  const perSecond = seconds > 0 ? done / seconds : 0;
  const pace = perSecond > 0 ? `, ${speedText(perSecond)}, ${durationText((total - all) / perSecond)} left` : '';
  return `${countText(all)} of ${countText(total)} stacks${failed > 0 ? `, ${countText(failed)} failed` : ''}${pace}`;
};
