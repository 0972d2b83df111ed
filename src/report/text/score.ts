import { countText, some } from '../../output/format.js';
import { bullets, lines } from './words.js';

/** How a batch of stacks stands, for people. */
export interface ScoreSummary {
  readonly status: 'finished' | 'stopped';
  readonly kind: 'scores' | 'tensors';
  readonly pipeline: string;
  readonly total: number;
  readonly scored: number;
  readonly failed: number;
  /** Done in earlier runs. */
  readonly before: number;
  readonly changed: number;
  /** Stacks the preset itself would call stalled. */
  readonly stalled?: number;
  /** Failures by tag. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

const MANY = 4;

/** A summary as a few lines of text. */
export const scoreText = (summary: ScoreSummary): string =>
  lines(
    head(summary),
    stalledLine(summary),
    failedLines(summary),
    noteLines(summary),
    '',
    'Files',
    summary.files.map((file) => `  ${file}`),
  );

const head = ({ status, kind, pipeline, total, scored, failed, before, changed, seconds }: ScoreSummary): string => {
  const done = scored + failed;
  const verb = kind === 'scores' ? 'scored' : 'turned into tensors';
  const whole = `${countText(scored)} of ${some(total, 'stack')} ${verb} with ${pipeline}`;
  if (status === 'finished' && before === total) return `Nothing to do: ${whole} already.`;
  const now = done - before;
  const rate = seconds > 0 ? `, ${speedText(now / seconds)}` : '';
  const news = `${some(now, 'stack')} now${rate}`;
  const earlier = before > 0 ? ` (${countText(before)} in earlier runs, ${news})` : ` (${news})`;
  const again =
    changed > 0 ? `\n${some(changed, 'stack')} read again: the file, its place or its batch has changed.` : '';
  return `${whole}${earlier}.${again}`;
};

/** A rate with the digits that matter. */
export const speedText = (perSecond: number): string =>
  `${perSecond >= 10 ? Math.round(perSecond).toLocaleString('en-US') : perSecond.toPrecision(2)} stacks/s`;

const stalledLine = ({ stalled, scored }: ScoreSummary): string | undefined => {
  if (stalled === undefined || scored === 0) return undefined;
  const called = `${countText(stalled)} of the ${countText(scored)} are stalled`;
  return `By the pipeline’s own threshold ${called}; \`tandem run\` certifies one of its own.`;
};

const failedLines = ({ failed, reasons, kind }: ScoreSummary): readonly string[] => {
  if (failed === 0) return [];
  const sorted = Object.entries(reasons).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const first = sorted.slice(0, MANY).map(([tag, n]) => `${tag} ${countText(n)}`);
  const more = sorted.length > MANY ? `, and ${sorted.length - MANY} other reasons` : '';
  const absent = kind === 'scores' ? 'unscored, which is not the same as flowing' : 'without a tensor';
  const verb = failed === 1 ? 'stack has failed and stays' : 'stacks have failed and stay';
  return [
    `${countText(failed)} ${verb} ${absent}: ${first.join(', ')}${more}.`,
    'Repair them and start the same command with --retry-failed.',
  ];
};

const noteLines = ({ notes }: ScoreSummary): readonly string[] =>
  notes.length === 0 ? [] : ['', 'Note', ...bullets(notes)];

/** A time in usual words: `40 s`, `12 min`, `3 h 20 min`. */
export const durationText = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
