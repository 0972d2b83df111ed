import { countText, some } from '../../output/format.js';

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
  [head(summary), ...stalledLine(summary), ...failedLines(summary), ...noteLines(summary), ...fileLines(summary)].join(
    '\n',
  );

const head = ({ status, kind, pipeline, total, scored, failed, before, changed, seconds }: ScoreSummary): string => {
  const done = scored + failed;
  const verb = kind === 'scores' ? 'scored' : 'turned into tensors';
  const whole = `${countText(scored)} of ${some(total, 'stack')} ${verb} with ${pipeline}`;
  if (status === 'finished' && before === total) return `Nothing to do: ${whole} already.`;
  const now = done - before;
  const rate = seconds > 0 ? `, ${speed(now / seconds)}` : '';
  const news = `${some(now, 'stack')} now${rate}`;
  const earlier = before > 0 ? ` (${countText(before)} in earlier runs, ${news})` : ` (${news})`;
  const again =
    changed > 0 ? `\n${some(changed, 'stack')} looked at again: the file, its place or its batch has changed.` : '';
  return `${whole}${earlier}.${again}`;
};

/** A rate with the digits that matter. */
export const speed = (perSecond: number): string =>
  `${perSecond >= 10 ? Math.round(perSecond).toLocaleString('en-US') : perSecond.toPrecision(2)} stacks/s`;

const stalledLine = ({ stalled, scored }: ScoreSummary): readonly string[] =>
  stalled === undefined || scored === 0
    ? []
    : [
        `By the pipeline’s own threshold ${countText(stalled)} of the ${countText(scored)} are stalled; \`tandem run\` certifies one of its own.`,
      ];

const failedLines = ({ failed, reasons, kind }: ScoreSummary): readonly string[] => {
  if (failed === 0) return [];
  const sorted = Object.entries(reasons).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const told = sorted.slice(0, MANY).map(([tag, n]) => `${tag} ${countText(n)}`);
  const more = sorted.length > MANY ? `, and ${sorted.length - MANY} other reasons` : '';
  const absent = kind === 'scores' ? 'unscored, which is not the same as flowing' : 'without a tensor';
  const verb = failed === 1 ? 'stack has failed and stays' : 'stacks have failed and stay';
  return [
    `${countText(failed)} ${verb} ${absent}: ${told.join(', ')}${more}.`,
    'Mend them and start the same command with --retry-failed.',
  ];
};

const noteLines = ({ notes }: ScoreSummary): readonly string[] =>
  notes.length === 0 ? [] : ['', 'Note', ...notes.map((note) => `  · ${note}`)];

const fileLines = ({ files }: ScoreSummary): readonly string[] => ['', 'Files', ...files.map((file) => `  ${file}`)];

/** A time as people say it: `40 s`, `12 min`, `3 h 20 min`. */
export const duration = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};
