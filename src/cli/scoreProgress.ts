import type { RunProgress } from '../model/scoring/run.js';
import { countText } from '../output/format.js';
import { durationText, speedText } from '../report/index.js';
import { statusLine } from './progress.js';

/** Progress of `tandem score` on stderr: stacks done and failed, pace, time left. */
export const scoreProgress = (
  stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
  now: () => number = () => performance.now(),
): { readonly to: (at: RunProgress) => void; readonly end: () => void } => {
  let first: { readonly ms: number; readonly done: number } | undefined;
  const line = statusLine(stderr, now);
  return {
    to: (at) => {
      const ms = now();
      // The models take time to load, so the clock starts with the first result.
      first ??= { ms, done: at.done };
      const { ms: start, done } = first;
      line.show(() => progressText(at, at.done - done, (ms - start) / 1000));
    },
    end: line.end,
  };
};

/** @param done - stacks in the last `seconds` */
const progressText = ({ total, done: all, failed }: RunProgress, done: number, seconds: number): string => {
  const perSecond = seconds > 0 ? done / seconds : 0;
  const pace = perSecond > 0 ? `, ${speedText(perSecond)}, ${durationText((total - all) / perSecond)} left` : '';
  return `${countText(all)} of ${countText(total)} stacks${failed > 0 ? `, ${countText(failed)} failed` : ''}${pace}`;
};
