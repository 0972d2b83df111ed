/** Progress on stderr: a line that rewrites itself on a terminal, now and then a line of its own elsewhere. */

const REDRAW_MS = 100;
const LOG_MS = 10_000;
const CLEAR = '\r\x1b[2K';

export interface StatusLine {
  /** Draws the text, unless it drew a moment ago. */
  readonly show: (text: () => string) => void;
  /** Removes the line from a terminal. */
  readonly end: () => void;
}

/** A status that rewrites itself on a terminal; in a log it is a line every ten seconds, so that a night's log stays short. */
export const statusLine = (
  stderr: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
  now: () => number = () => performance.now(),
): StatusLine => {
  const isTerminal = stderr.isTTY === true;
  let drawn = isTerminal ? 0 : now();
  return {
    show: (text) => {
      const ms = now();
      if (ms - drawn < (isTerminal ? REDRAW_MS : LOG_MS)) return;
      drawn = ms;
      stderr.write(isTerminal ? `${CLEAR}${text()}` : `${text()}\n`);
    },
    end: () => {
      if (isTerminal) stderr.write(CLEAR);
    },
  };
};

export interface Progress {
  /** Reports how much of the whole is done. */
  readonly to: (done: number) => void;
  readonly end: () => void;
}

/**
 * Progress of one long step, with the time left.
 *
 * @param total - in the unit of `to`; 0 when unknown
 * @param options - `isLogged`: also where stderr is not a terminal
 */
export const progress = (
  label: string,
  total: number,
  { isLogged = false }: { readonly isLogged?: boolean } = {},
): Progress => {
  if (!process.stderr.isTTY && !isLogged) return { to: () => undefined, end: () => undefined };
  const line = statusLine();
  const start = performance.now();
  return {
    to: (done) => line.show(() => progressLine(label, done, total, (performance.now() - start) / 1000)),
    end: line.end,
  };
};

const progressLine = (label: string, done: number, total: number, seconds: number): string => {
  const share = total > 0 ? Math.min(done / total, 1) : 0;
  const percent = total > 0 ? `${Math.round(100 * share)} %` : `${done}`;
  const left = share > 0.01 ? `, ${durationText((seconds / share) * (1 - share))} left` : '';
  return `${label} … ${percent}${left}`;
};

const durationText = (s: number): string => (s < 90 ? `${Math.ceil(s)} s` : `${Math.ceil(s / 60)} min`);
