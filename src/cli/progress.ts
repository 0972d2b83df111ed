/** A progress line that is rewritten in place. */

export interface Progress {
  /** Reports how much of the whole is done. */
  readonly to: (done: number) => void;
  readonly end: () => void;
}

const REDRAW_MS = 100;

/**
 * Progress of one long step, with the time left, on stderr. Silent when stderr is not a terminal.
 *
 * @param total - in the unit of `to`; 0 when unknown
 */
export const progress = (label: string, total: number): Progress => {
  const { stderr } = process;
  if (!stderr.isTTY) return { to: () => undefined, end: () => undefined };
  const start = performance.now();
  let drawn = 0;
  return {
    to: (done) => {
      const now = performance.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      const share = total > 0 ? Math.min(done / total, 1) : 0;
      const left = share > 0.01 ? (((now - start) / share) * (1 - share)) / 1000 : undefined;
      const percent = total > 0 ? `${Math.round(100 * share)} %` : `${done}`;
      stderr.write(`\r\x1b[2K${label} … ${percent}${left === undefined ? '' : `, ${seconds(left)} left`}`);
    },
    end: () => {
      stderr.write('\r\x1b[2K');
    },
  };
};

const seconds = (s: number): string => (s < 90 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`);
